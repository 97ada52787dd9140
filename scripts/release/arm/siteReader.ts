import { STAGING_SLOT } from '../../../infra/names.ts';
import type { Slots } from '../log/events.ts';
import type { ReleaseTarget, SlotName } from '../target.ts';
import { openSlots } from './slots.ts';
import { openWebSites } from './webSites.ts';

/** A setting that names a secret, and what Azure makes of it. */
export interface KeyVaultReference {
  readonly setting: string;
  /** `Resolved`, or why not. Source: learn.microsoft.com, "Use Key Vault references as app settings", troubleshooting. */
  readonly status: string;
}

/** What Azure Resource Manager says of a site and its slot. Reads alone. */
export interface SiteReader {
  /** Ids of the instances, as WEBSITE_INSTANCE_ID names them. */
  instances(slot: SlotName): Promise<readonly string[]>;
  /** What the slots are set to run. */
  packages(): Promise<Slots>;
  references(slot: SlotName): Promise<readonly KeyVaultReference[]>;
}

/** @param onWait told when ARM asks for patience */
export function createSiteReader(target: Pick<ReleaseTarget, 'credential' | 'subscriptionId' | 'armUrl' | 'outputs'>, onWait: (text: string) => void): SiteReader {
  const slots = openSlots(target, onWait);
  const { webApps } = openWebSites(target, onWait);
  const { resourceGroupName: group, siteName: site } = target.outputs;
  return {
    instances: slots.instances,
    packages: async () => (await slots.facts()).slots,
    async references(slot) {
      const pages = slot === 'production' ? webApps.listAppSettingsKeyVaultReferences(group, site) : webApps.listAppSettingsKeyVaultReferencesSlot(group, site, STAGING_SLOT);
      const found: KeyVaultReference[] = [];
      for await (const { name, status } of pages) found.push({ setting: name ?? 'unnamed', status: status ?? 'Unknown' });
      return found;
    },
  };
}
