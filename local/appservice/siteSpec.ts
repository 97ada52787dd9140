import { z } from 'zod';
import type { Arm, JsonObject, Resource } from '../arm/types.ts';
import { admitsNobody, readAdmission, type Admission } from './frontend/accessRestrictions.ts';
import { readSlotRules, type SlotRule } from './frontend/slotRouting.ts';

/** What a site or a slot is to run and how, read from its ARM resources. */
export interface SiteSpec {
  readonly id: string;
  readonly key: string;
  readonly siteName: string;
  /** Undefined for the production slot, which is the site itself. */
  readonly slotName: string | undefined;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly region: string;
  /** Host and port of the front end. */
  readonly host: string;
  readonly planId: string;
  readonly tier: string;
  readonly capacity: number;
  readonly running: boolean;
  readonly affinity: Affinity;
  /** Whose requests the front end lets in. */
  readonly admits: Admission;
  /** Which clients of the production slot go to other slots. */
  readonly slotRules: readonly SlotRule[];
  readonly appCommandLine: string;
  readonly linuxFxVersion: string;
  readonly healthCheckPath: string | undefined;
  /** Resource ids of the identities that the site has; its own id stands for the system-assigned one. */
  readonly identities: readonly string[];
  /** Resource id of the identity that reads Key Vault references. */
  readonly referenceIdentity: string;
  /** App settings as configured: references are not resolved. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Affinity {
  readonly enabled: boolean;
  /** The cookie's domain is taken from X-Forwarded-Host. */
  readonly proxy: boolean;
  readonly partitioned: boolean;
}

const propertiesSchema = z.object({
  serverFarmId: z.string(),
  defaultHostName: z.string(),
  state: z.string(),
  clientAffinityEnabled: z.boolean().nullish(),
  clientAffinityProxyEnabled: z.boolean().nullish(),
  clientAffinityPartitioningEnabled: z.boolean().nullish(),
  keyVaultReferenceIdentity: z.string().nullish(),
  publicNetworkAccess: z.string().nullish(),
  siteConfig: z
    .looseObject({ appCommandLine: z.string().nullish(), linuxFxVersion: z.string().nullish(), healthCheckPath: z.string().nullish() })
    .nullish(),
});

const identitySchema = z
  .object({
    type: z.string().nullish(),
    userAssignedIdentities: z.union([z.record(z.string(), z.unknown()), z.array(z.string())]).nullish(),
  })
  .nullish();

const planSchema = z.object({
  location: z.string(),
  sku: z.object({ capacity: z.number(), tier: z.string() }),
});

/** Site, slot and group of an id: `…/resourceGroups/g/providers/Microsoft.Web/sites/s[/slots/t]`. */
export function parseSiteId(id: string): { subscriptionId: string; resourceGroup: string; siteId: string; siteName: string; slotName: string | undefined } {
  const match = /^(?<siteId>\/subscriptions\/(?<subscription>[^/]+)\/resourceGroups\/(?<group>[^/]+)\/providers\/Microsoft\.Web\/sites\/(?<site>[^/]+))(\/slots\/(?<slot>[^/]+))?/i.exec(id)?.groups;
  if (!match) throw new Error(`${id} is not the id of a site or of something below it`);
  return {
    subscriptionId: match['subscription'] ?? '',
    resourceGroup: match['group'] ?? '',
    siteId: match['siteId'] ?? '',
    siteName: match['site'] ?? '',
    slotName: match['slot'],
  };
}

/** The id of the site or slot that a resource below it belongs to. */
export function owningSiteId(id: string): string {
  const { siteId, slotName } = parseSiteId(id);
  return slotName === undefined ? siteId : `${siteId}/slots/${slotName}`;
}

/** The name under which the listener of a site or slot is remembered. */
export function listenerNameOf(id: string): string {
  const { siteName, slotName } = parseSiteId(id);
  return `site:${siteName.toLowerCase()}${slotName === undefined ? '' : `/${slotName.toLowerCase()}`}`;
}

export function siteKey(id: string): string {
  return id.replace(/\/+$/, '').toLowerCase();
}

/** Resource ids of a resource's user-assigned identities, and whether it has a system-assigned one. */
export function readIdentity(resource: JsonObject): { systemAssigned: boolean; userAssigned: string[] } {
  const identity = identitySchema.parse(resource['identity']);
  const type = identity?.type?.toLowerCase() ?? 'none';
  const named = identity?.userAssignedIdentities ?? [];
  return {
    systemAssigned: type.includes('systemassigned'),
    userAssigned: type.includes('userassigned') ? (Array.isArray(named) ? named : Object.keys(named)) : [],
  };
}

/**
 * @param settings app settings of the site, in clear
 * @returns undefined when the plan is gone
 */
export function readSiteSpec(arm: Pick<Arm, 'get'>, resource: Resource, settings: Readonly<Record<string, string>>): SiteSpec | undefined {
  const properties = propertiesSchema.parse(resource.properties);
  const plan = planSchema.safeParse(arm.get(properties.serverFarmId));
  if (!plan.success) return undefined;
  const { subscriptionId, resourceGroup, siteName, slotName } = parseSiteId(resource.id);
  const identity = readIdentity(resource);
  const referenceIdentity = properties.keyVaultReferenceIdentity ?? 'SystemAssigned';
  return {
    id: resource.id,
    key: siteKey(resource.id),
    siteName,
    slotName,
    subscriptionId,
    resourceGroup,
    region: plan.data.location,
    host: properties.defaultHostName,
    planId: properties.serverFarmId,
    tier: plan.data.sku.tier,
    capacity: plan.data.sku.capacity,
    running: properties.state === 'Running',
    affinity: {
      // Absent means on: Azure's default, whatever an SDK fills in.
      enabled: properties.clientAffinityEnabled !== false,
      proxy: properties.clientAffinityProxyEnabled === true,
      partitioned: properties.clientAffinityPartitioningEnabled === true,
    },
    admits: properties.publicNetworkAccess?.toLowerCase() === 'disabled' ? admitsNobody : readAdmission(properties.siteConfig),
    slotRules: slotName === undefined ? readSlotRules(properties.siteConfig) : [],
    appCommandLine: properties.siteConfig?.appCommandLine ?? '',
    linuxFxVersion: properties.siteConfig?.linuxFxVersion ?? '',
    healthCheckPath: properties.siteConfig?.healthCheckPath || undefined,
    identities: [...(identity.systemAssigned ? [resource.id] : []), ...identity.userAssigned],
    referenceIdentity: referenceIdentity.toLowerCase() === 'systemassigned' ? resource.id : referenceIdentity,
    settings,
  };
}
