import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../../arm/types.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import { TIERS } from '../limits.ts';
import { PLAN_PATH, sitesOn, WEB_API_VERSIONS, type WebRowDependencies } from './common.ts';

const skuSchema = z.object({ name: z.string().nullish(), tier: z.string().nullish(), size: z.string().nullish(), family: z.string().nullish(), capacity: z.number().nullish() });

/** Availability zones of a region. */
const ZONES = 3;

/**
 * App Service plans. An instance of a plan is one process for each site and slot on it.
 * Source: learn.microsoft.com, REST API, "App Service Plans - Create Or Update"; "App Service plan overview".
 */
export function planRow({ arm, sites, forgetPlan }: WebRowDependencies): ResourceType {
  return {
    type: 'Microsoft.Web/serverfarms',
    token: 'web:AppServicePlan',
    path: PLAN_PATH,
    apiVersions: WEB_API_VERSIONS,
    envelope: ['kind', 'location', 'tags', 'sku', 'extendedLocation', 'identity'],
    existence: 'created',
    replaceOnChange: ['location', 'reserved', 'isXenon', 'hyperV', 'hostingEnvironmentProfile'],
    behaviour: {
      validate: judgePlan,
      complete: completePlan,
      async provision(resource) {
        // More or fewer instances: each site follows by itself.
        for (const site of sites.on(resource.id)) site.apply();
      },
      remove(resource) {
        const standing = sitesOn(arm, resource.id);
        if (standing.length > 0) {
          throw new AzureError(409, 'Conflict', `Server farm '${resource.name}' cannot be deleted because it has web app(s) ${standing.map((site) => site.name).join(', ')} assigned to it.`);
        }
        forgetPlan(resource.id);
      },
      present: (resource) => ({ ...resource, properties: { ...resource.properties, numberOfSites: sitesOn(arm, resource.id).length } }),
    },
  };
}

function judgePlan({ body }: PutRequest): void {
  const properties = body['properties'] as JsonObject;
  const sku = skuSchema.parse(body['sku'] ?? {});
  if (properties['reserved'] !== true) throw notSupportedLocally('An App Service plan for Windows (properties.reserved is not true; true means Linux)');
  for (const name of ['isXenon', 'hyperV', 'perSiteScaling', 'elasticScaleEnabled', 'isSpot', 'isCustomMode']) {
    if (properties[name] === true) throw notSupportedLocally(`properties.${name} of an App Service plan`);
  }
  const tier = tierOf(sku.name ?? 'F1');
  const limit = tier === undefined ? undefined : TIERS[tier];
  if (!limit) throw new AzureError(400, 'BadRequest', `The sku "${sku.name}" is not known here. Known: F1, D1, B1–B3, S1–S3, P1–P3, P1v2–P3v2, P0v3–P5mv3, P0v4–P5mv4.`);
  if (sku.tier && sku.tier.toLowerCase() !== tier?.toLowerCase()) throw new AzureError(400, 'BadRequest', `sku.tier is "${sku.tier}"; sku.name "${sku.name}" belongs to "${tier}". Leave tier out, or make both agree.`);
  const capacity = sku.capacity ?? 1;
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > limit.instances) {
    throw new AzureError(400, 'BadRequest', `sku.capacity is ${capacity}; the tier ${tier} allows 1 to ${limit.instances} instances.`);
  }
  judgeZones(properties['zoneRedundant'] === true, tier ?? '', capacity);
}

/** Source: learn.microsoft.com, "Reliability in Azure App Service", requirements of zone redundancy. */
function judgeZones(zoneRedundant: boolean, tier: string, capacity: number): void {
  if (!zoneRedundant) return;
  if (!/^PremiumV[234]$/.test(tier)) throw new AzureError(400, 'BadRequest', `properties.zoneRedundant needs a plan of Premium v2, v3 or v4; the tier is ${tier}.`);
  if (capacity < ZONES) throw new AzureError(400, 'BadRequest', `properties.zoneRedundant needs at least ${ZONES} instances, one for each zone; sku.capacity is ${capacity}.`);
}

function completePlan(draft: Resource, { parameters }: PutRequest): void {
  const given = skuSchema.parse(draft['sku'] ?? {});
  const name = given.name ?? 'F1';
  const tier = tierOf(name) ?? '';
  const capacity = given.capacity ?? 1;
  draft['sku'] = { name, tier, size: name, family: name.replace(/^([A-Z])\d+m?(v\d)?$/i, '$1$2'), capacity };
  draft['kind'] = draft['kind'] ?? 'linux';
  draft.properties = {
    hyperV: false,
    isSpot: false,
    isXenon: false,
    perSiteScaling: false,
    elasticScaleEnabled: false,
    zoneRedundant: false,
    maximumElasticWorkerCount: 1,
    targetWorkerCount: 0,
    targetWorkerSizeId: 0,
    ...draft.properties,
    status: 'Ready',
    provisioningState: 'Succeeded',
    geoRegion: draft['location'] ?? '',
    maximumNumberOfWorkers: TIERS[tier]?.instances ?? 1,
    numberOfWorkers: capacity,
    resourceGroup: parameters['resourceGroupName'] ?? '',
    subscription: parameters['subscriptionId'] ?? '',
  };
}

/** The tier of a sku name: `P0v3` is PremiumV3. */
export function tierOf(name: string): string | undefined {
  const rules: [RegExp, string][] = [
    [/^F1$/i, 'Free'], [/^D1$/i, 'Shared'], [/^B[1-3]$/i, 'Basic'], [/^S[1-3]$/i, 'Standard'], [/^P[1-3]$/i, 'Premium'],
    [/^P[1-3]v2$/i, 'PremiumV2'], [/^P[0-5]m?v3$/i, 'PremiumV3'], [/^P[0-5]m?v4$/i, 'PremiumV4'],
  ];
  return rules.find(([pattern]) => pattern.test(name))?.[1];
}
