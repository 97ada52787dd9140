import { delimiter, dirname } from 'node:path';
import type { SiteSpec } from '../siteSpec.ts';

export interface WorkerPlace {
  readonly instanceId: string;
  readonly port: number;
  readonly home: string;
  /** Where the worker asks for tokens; absent when the site has no identity. */
  readonly identity: { readonly endpoint: string; readonly header: string } | undefined;
  /** What the local cloud adds for every worker: the login authority, the certificate authority. */
  readonly platformEnv: Readonly<Record<string, string>>;
}

/**
 * The environment of a worker process: app settings with their APPSETTING_ copies, over them the platform's own variables.
 * Nothing of this process's own environment is in it.
 * Sources: learn.microsoft.com, "Environment variables and app settings in Azure App Service"; "Configure an App Service app"
 * (on Linux a period in a name becomes an underscore); "Use managed identities for App Service" (IDENTITY_ENDPOINT, IDENTITY_HEADER).
 * @param settings app settings with references resolved
 */
export function workerEnvironment(spec: SiteSpec, settings: Readonly<Record<string, string>>, place: WorkerPlace): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    const key = name.replaceAll('.', '_');
    own[key] = value;
    own[`APPSETTING_${key}`] = value;
  }
  return {
    LANG: 'C.UTF-8',
    NODE_ENV: 'production',
    ...own,
    ...place.platformEnv,
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: place.home,
    PORT: String(place.port),
    REGION_NAME: spec.region,
    WEBSITE_SITE_NAME: spec.siteName,
    WEBSITE_SLOT_NAME: spec.slotName ?? 'Production',
    WEBSITE_HOSTNAME: spec.host,
    WEBSITE_RESOURCE_GROUP: spec.resourceGroup,
    WEBSITE_OWNER_NAME: `${spec.subscriptionId}+${spec.resourceGroup}-${spec.region.replaceAll(' ', '')}webspace-Linux`,
    WEBSITE_INSTANCE_ID: place.instanceId,
    WEBSITE_SKU: spec.tier,
    WEBSITE_COMPUTE_MODE: 'Dedicated',
    ...(place.identity ? { IDENTITY_ENDPOINT: place.identity.endpoint, IDENTITY_HEADER: place.identity.header } : {}),
  };
}
