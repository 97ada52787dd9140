import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ARM_SCOPE } from '../cloud/resourceManager.ts';
import { CommandError } from '../commandError.ts';
import type { DeployedGroups } from './deployedGroups.ts';

const API_VERSION = '2021-04-01';
const TIMEOUT_MS = 600_000;
/** Where an answer does not say when to ask again. */
const DEFAULT_RETRY_AFTER_S = 2;

const resourceSchema = z.looseObject({ type: z.string(), apiVersion: z.string(), name: z.string(), properties: z.record(z.string(), z.json()).optional() });
/** A template for one resource group. */
const templateSchema = z.looseObject({ $schema: z.string(), contentVersion: z.string(), resources: z.array(resourceSchema) });
const detailSchema = z.looseObject({ code: z.string(), message: z.string(), target: z.string().nullish() });
const exportSchema = z.object({ template: templateSchema, error: detailSchema.extend({ details: z.array(detailSchema).nullish() }).nullish() });

export type Template = z.output<typeof templateSchema>;
export type TemplateResource = z.output<typeof resourceSchema>;

/** A resource group as Azure exports it. */
export interface ExportedGroup {
  readonly name: string;
  readonly template: Template;
  /** What Azure could not export, in its own words; one line a type. */
  readonly notExported: readonly string[];
}

/**
 * Asks Azure for a resource group as a template.
 * Source: learn.microsoft.com, REST API, "Resource Groups - Export Template" and "Track asynchronous Azure operations".
 * @throws CommandError TEMPLATE_REFUSED with Azure's code and message, TEMPLATE_TIMEOUT
 */
export async function exportGroup({ armUrl, subscriptionId, credential }: Omit<DeployedGroups, 'groupNames'>, name: string): Promise<ExportedGroup> {
  const ask = async (url: string, body?: unknown): Promise<Response> => fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${(await credential.getToken(ARM_SCOPE))?.token ?? ''}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'error',
  });
  const url = `${armUrl}/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(name)}/exportTemplate?api-version=${API_VERSION}`;
  const deadline = performance.now() + TIMEOUT_MS;
  let answer = await ask(url, { resources: ['*'], options: 'SkipAllParameterization' });
  while (answer.status === 202) {
    if (performance.now() > deadline) throw new CommandError('TEMPLATE_TIMEOUT', `Azure did not export the resource group "${name}" within ${TIMEOUT_MS / 60_000} minutes. Try again later.`);
    const location = answer.headers.get('location') ?? '';
    // The token goes to Azure Resource Manager, and nowhere else.
    if (!URL.canParse(location) || new URL(location).origin !== new URL(armUrl).origin) throw new CommandError('TEMPLATE_REFUSED', `Azure answered the export of "${name}" with a Location that is not on ${armUrl}.`);
    await answer.body?.cancel();
    await pause(secondsOf(answer.headers.get('retry-after')) * 1_000);
    answer = await ask(location);
  }
  const text = await answer.text();
  if (!answer.ok) throw new CommandError('TEMPLATE_REFUSED', `Azure does not export the resource group "${name}": ${problemOf(text) ?? `status ${answer.status}`}`);
  const { template, error } = exportSchema.parse(JSON.parse(text));
  return { name, template, notExported: error ? (error.details ?? [error]).map(({ code, target, message }) => `${target ?? name}: ${message} (${code})`) : [] };
}

function secondsOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? DEFAULT_RETRY_AFTER_S);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_RETRY_AFTER_S;
}

/** ARM's own words for a refusal. */
function problemOf(text: string): string | undefined {
  try {
    const { error } = z.object({ error: detailSchema }).parse(JSON.parse(text));
    return `${error.code}: ${error.message}`;
  } catch {
    return undefined;
  }
}
