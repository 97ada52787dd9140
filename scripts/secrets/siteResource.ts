import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { STAGING_SLOT } from '../../infra/names.ts';
import { ARM_SCOPE } from '../cloud/resourceManager.ts';
import { CommandError } from '../commandError.ts';
import type { SlotName } from '../release/target.ts';

const API_VERSION = '2024-04-01';
/** The setting whose reference names the secret. */
const KEY_SETTING = 'MCP_REQUEST_STATE_KEY';
const TIMEOUT_MS = 60_000;

const instancesSchema = z.object({ value: z.array(z.object({ name: z.string() })), nextLink: z.url().nullish() });
const referencesSchema = z.object({ value: z.array(z.object({ name: z.string(), properties: z.object({ status: z.string().nullish(), details: z.string().nullish() }).nullish() })) });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface SiteAddress {
  /** Azure Resource Manager, without a slash at its end. */
  readonly armUrl: string;
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  readonly siteName: string;
}

/** What ARM knows of a site and its slot, as far as a rotation asks. */
export interface SiteResource {
  /** Ids of the instances that a slot runs on. */
  instances(slot: SlotName): Promise<readonly string[]>;
  /** Has App Service read the secret again; a value that is new restarts the processes, one after the other. */
  refreshReferences(slot: SlotName): Promise<void>;
  /** How it stands with the reference to the key. @returns `Resolved`, or the status with its details */
  referenceStatus(slot: SlotName): Promise<string>;
}

/**
 * Source: learn.microsoft.com, REST API, "Web Apps - List Instance Identifiers" and "… Slot"; "Use Key Vault references as app settings", sections "Understand rotation" and
 * "Troubleshoot Key Vault references".
 */
export function siteResource({ armUrl, subscriptionId, resourceGroupName, siteName }: SiteAddress, credential: TokenCredential): SiteResource {
  const site = `${armUrl}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.Web/sites/${siteName}`;
  const urlOf = (slot: SlotName, path: string): string => `${site}${slot === 'production' ? '' : `/slots/${STAGING_SLOT}`}/${path}?api-version=${API_VERSION}`;
  const send = async (method: 'GET' | 'POST', url: string): Promise<unknown> => {
    const token = await credential.getToken(ARM_SCOPE);
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${token?.token ?? ''}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    const { code, message } = readError(text);
    throw new CommandError('SECRETS_ARM_REFUSED', `Azure Resource Manager answered ${response.status} (${code}) to ${method} ${new URL(url).pathname}: ${message} Whoever rotates needs Website Contributor on site and slot (docs/secrets.md).`);
  };
  return {
    async instances(slot) {
      const ids: string[] = [];
      for (let url: string | null | undefined = urlOf(slot, 'instances'); url != null;) {
        const page: z.infer<typeof instancesSchema> = instancesSchema.parse(await send('GET', url));
        ids.push(...page.value.map(({ name }) => name));
        url = page.nextLink;
      }
      return ids;
    },
    async refreshReferences(slot) {
      await send('POST', urlOf(slot, 'config/configreferences/appsettings/refresh'));
    },
    async referenceStatus(slot) {
      const { value } = referencesSchema.parse(await send('GET', urlOf(slot, 'config/configreferences/appsettings')));
      const found = value.find(({ name }) => name === KEY_SETTING)?.properties;
      if (!found) return `${KEY_SETTING} is no Key Vault reference`;
      return found.status === 'Resolved' ? 'Resolved' : `${found.status ?? 'unknown'}: ${found.details ?? 'no details'}`;
    },
  };
}

function readError(text: string): { code: string; message: string } {
  try {
    return errorSchema.parse(JSON.parse(text)).error;
  } catch {
    return { code: 'no code', message: 'the answer says no more.' };
  }
}
