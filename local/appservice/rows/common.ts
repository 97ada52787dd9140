import type { Arm, Resource } from '../../arm/types.ts';
import type { LocalContext } from '../../core/context.ts';
import type { Directory } from '../../entra/types.ts';
import type { SettingsStore } from '../settingsStore.ts';
import type { SiteRuntime } from '../siteRuntime.ts';
import type { Swaps } from '../swap/swaps.ts';

export const WEB_API_VERSIONS = ['2025-05-01', '2025-03-01', '2024-11-01', '2024-04-01', '2023-12-01'] as const;

const PROVIDER = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web';
export const PLAN_PATH = `${PROVIDER}/serverfarms/{name}`;
export const SITE_PATH = `${PROVIDER}/sites/{name}`;
export const SLOT_PATH = `${SITE_PATH}/slots/{slot}`;

/** What runs for the sites, as the rows steer it. */
export interface SiteRuntimes {
  /** Opens the site's listener when it is not open, and brings about what the resource says. */
  serve(siteId: string): Promise<void>;
  find(siteId: string): SiteRuntime | undefined;
  on(planId: string): SiteRuntime[];
  /** Stops the site's processes and its listener, and forgets its port. */
  remove(siteId: string): Promise<void>;
}

export interface WebRowDependencies {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  readonly settings: SettingsStore;
  readonly sites: SiteRuntimes;
  readonly swaps: Swaps;
  /** What a client that polls a swap is told to wait. */
  readonly swapRetryAfterSeconds: number;
  readonly forgetPlan: (planId: string) => void;
}

/** A resource's id segments with the plan's name: `serverFarmId` may be an id or a bare name in the site's own group. */
export function toPlanId(serverFarmId: string, siteId: string): string {
  if (serverFarmId.startsWith('/')) return serverFarmId;
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(siteId)?.[0] ?? '';
  return `${group}/providers/Microsoft.Web/serverfarms/${serverFarmId}`;
}

export function sitesOn(arm: Arm, planId: string): Resource[] {
  const key = planId.toLowerCase();
  return ['Microsoft.Web/sites', 'Microsoft.Web/sites/slots']
    .flatMap((type) => arm.list(type))
    .filter((site) => String(site.properties['serverFarmId']).toLowerCase() === key);
}
