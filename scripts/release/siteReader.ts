import { WebSiteManagementClient } from '@azure/arm-appservice';
import type { ReleaseTarget, SlotName } from './target.ts';

/** A setting that names a secret, and what Azure makes of it. */
export interface KeyVaultReference {
  readonly setting: string;
  /** `Resolved`, or why not. Source: learn.microsoft.com, "Use Key Vault references as app settings", troubleshooting. */
  readonly status: string;
}

export interface SlotState {
  /** `Running` or `Stopped`. */
  readonly state: string;
  readonly lastSwap: { readonly at: string; readonly from: string; readonly to: string } | undefined;
}

/** What Azure Resource Manager says of a site and its slot. Reads alone. */
export interface SiteReader {
  /** Ids of the instances, as WEBSITE_INSTANCE_ID names them. */
  instances(slot: SlotName): Promise<readonly string[]>;
  references(slot: SlotName): Promise<readonly KeyVaultReference[]>;
  /** URL of the package that the slot is set to run; undefined when it is set to none. */
  packageUrl(slot: SlotName): Promise<string | undefined>;
  state(slot: SlotName): Promise<SlotState>;
}

/** ARM's name of the staging slot. Production has none. */
const STAGING = 'staging';
const PACKAGE_SETTING = 'WEBSITE_RUN_FROM_PACKAGE';

/** Source: learn.microsoft.com, REST reference of App Service 2025-05-01, Web Apps. */
export function createSiteReader({ credential, subscriptionId, armUrl, outputs }: Pick<ReleaseTarget, 'credential' | 'subscriptionId' | 'armUrl' | 'outputs'>): SiteReader {
  const { webApps } = new WebSiteManagementClient(credential, subscriptionId, { endpoint: armUrl });
  const { resourceGroupName: group, siteName: site } = outputs;
  return {
    async instances(slot) {
      const pages = slot === 'production' ? webApps.listInstanceIdentifiers(group, site) : webApps.listInstanceIdentifiersSlot(group, site, STAGING);
      return (await all(pages)).flatMap(({ name }) => (name === undefined ? [] : [name]));
    },
    async references(slot) {
      const pages = slot === 'production' ? webApps.listAppSettingsKeyVaultReferences(group, site) : webApps.listAppSettingsKeyVaultReferencesSlot(group, site, STAGING);
      return (await all(pages)).map(({ name, status }) => ({ setting: name ?? 'unnamed', status: status ?? 'Unknown' }));
    },
    async packageUrl(slot) {
      const { properties = {} } = await (slot === 'production' ? webApps.listApplicationSettings(group, site) : webApps.listApplicationSettingsSlot(group, site, STAGING));
      return properties[PACKAGE_SETTING];
    },
    async state(slot) {
      const { state = 'unknown', slotSwapStatus } = await (slot === 'production' ? webApps.get(group, site) : webApps.getSlot(group, site, STAGING));
      const { timestampUtc, sourceSlotName, destinationSlotName } = slotSwapStatus ?? {};
      return { state, lastSwap: timestampUtc === undefined ? undefined : { at: timestampUtc.toISOString(), from: sourceSlotName ?? 'unknown', to: destinationSlotName ?? 'unknown' } };
    },
  };
}

/** The SHA-256 in the URL of a package: its last segment without `.zip`. */
export function digestOfPackageUrl(url: string): string | undefined {
  return /\/([0-9a-f]{64})\.zip$/.exec(new URL(url).pathname)?.[1];
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
