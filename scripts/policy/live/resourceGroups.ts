import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { ARM_SCOPE } from '../../cloud/resourceManager.ts';
import { CommandError } from '../../commandError.ts';
import type { StateResource } from '../engine/state.ts';
import { compare } from '../findings.ts';

/** Azure Resource Manager, for whoever makes the report. */
export interface ArmReader {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credential: TokenCredential;
}

const API_VERSION = '2021-04-01';
const FORBIDDEN = 403;
const GROUP_TYPE = /^azure-native[^:]*:resources(?:\/[^:]+)?:ResourceGroup$/;
const ENDPOINT_TYPE = /^azure-native[^:]*:network(?:\/[^:]+)?:PrivateEndpoint$/;
const pageSchema = z.looseObject({ value: z.array(z.looseObject({ id: z.string(), type: z.string() })), nextLink: z.url().nullish() });
const errorSchema = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });
const idsSchema = z.array(z.looseObject({ id: z.string() })).catch([]);

/** A resource as the list of its group has it. */
export type ListedResource = z.output<typeof pageSchema>['value'][number];

/**
 * Lists what stands in the stack's resource groups, whoever made it. Children that ARM keeps no location of, such as containers and subnets, and extensions, such as locks, are not in such a list.
 * Source: learn.microsoft.com, "Resources - List By Resource Group".
 * @throws CommandError POLICY_ARM_FAILED with what ARM answered
 */
export async function listGroups({ url, credential }: ArmReader, resources: readonly StateResource[]): Promise<ListedResource[]> {
  const token = (await credential.getToken(ARM_SCOPE))?.token ?? '';
  const listed: ListedResource[] = [];
  for (const { id } of resources.filter(({ type }) => GROUP_TYPE.test(type))) {
    let next: string | undefined = `${url}${id ?? ''}/resources?api-version=${API_VERSION}`;
    while (next !== undefined) {
      const page = await readPage(next, token);
      listed.push(...page.value);
      next = page.nextLink ?? undefined;
      // The token is for ARM, and goes nowhere else.
      if (next !== undefined && new URL(next).origin !== new URL(url).origin) throw new CommandError('POLICY_ARM_FAILED', `ARM names a next page of the list at another host than its own, ${new URL(next).host}. The report was not made.`);
    }
  }
  return listed.sort((left, right) => compare(left.id, right.id));
}

async function readPage(address: string, token: string): Promise<z.output<typeof pageSchema>> {
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return pageSchema.parse(body);
  const { error } = errorSchema.catch({ error: { code: String(response.status), message: 'The answer has no reason.' } }).parse(body);
  throw new CommandError('POLICY_ARM_FAILED', `The list of resources of ${new URL(address).pathname} was refused, ${error.code}: ${error.message}${response.status === FORBIDDEN ? ' It takes the role Reader on the resource groups of the stack.' : ''}`);
}

/** What stands there and is neither of the stack nor made by Azure for a resource of the stack, by id. */
export function unmanagedOf(listed: readonly ListedResource[], resources: readonly StateResource[]): string[] {
  const known = new Set(resources.flatMap((resource) => [resource.id ?? '', ...madeByAzure(resource)]).map(idKey));
  return listed.map(({ id }) => id).filter((id) => !known.has(idKey(id)));
}

/** The network interfaces of a private endpoint: the only ones that come without being asked for. */
function madeByAzure({ type, outputs }: StateResource): string[] {
  return ENDPOINT_TYPE.test(type) ? idsSchema.parse(outputs['networkInterfaces']).map(({ id }) => id) : [];
}

/** ARM tells ids apart without regard to case. */
function idKey(id: string): string {
  return id.toLowerCase();
}
