import { z } from 'zod';
import type { Arm, JsonObject, PutRequest } from '../../arm/types.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import { judgeRestrictions } from '../frontend/accessRestrictions.ts';
import { judgeSlotRules } from '../frontend/slotRouting.ts';
import { TIERS } from '../limits.ts';
import { findSubnet } from '../../network/subnets.ts';
import { readIdentity, siteKey } from '../siteSpec.ts';
import { judgeStack } from '../workers/startCommand.ts';
import { toPlanId } from './common.ts';

const SITE_NAME = /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])$/i;
const SETTING_NAME = /^[A-Za-z0-9_.]+$/;
const nameValues = z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish();

/** App settings written inline in a site's PUT, as Azure takes them in too. @returns undefined when the PUT does not speak of them */
export function readInlineSettings(siteConfig: JsonObject): Record<string, string> | undefined {
  const given = nameValues.parse(siteConfig['appSettings']);
  return given ? Object.fromEntries(given.map(({ name, value }) => [name, value ?? ''])) : undefined;
}

/** Source: learn.microsoft.com, "Configure an App Service app", section "Configure app settings": letters, digits, periods, underscores. */
export function judgeSettingNames(names: readonly string[]): void {
  const wrong = names.filter((name) => !SETTING_NAME.test(name));
  if (wrong.length > 0) throw new AzureError(400, 'BadRequest', `App setting names hold letters, digits, periods and underscores only; this is not so for: ${wrong.map((name) => JSON.stringify(name)).join(', ')}.`);
}

/** Refuses what the contract cannot judge: names taken, a plan that is not there, and by name what this App Service does not do. */
export function judgeSite(request: PutRequest, arm: Arm): void {
  const properties = request.body['properties'] as JsonObject;
  const config = (properties['siteConfig'] ?? {}) as JsonObject;
  judgeName(request, arm);
  judgePlanOf(request, arm, properties);
  for (const id of readIdentity(request.body).userAssigned) {
    if (!arm.get(id)) throw new AzureError(400, 'FailedIdentityOperation', `Identity operation for resource '${request.id}' failed: there is no identity '${id}'. Create it first, or correct identity.userAssignedIdentities.`);
  }
  if (properties['clientCertEnabled'] === true) throw notSupportedLocally('properties.clientCertEnabled (client certificates at the front end)');
  judgeIntegration(request, arm);
  if (config['webSocketsEnabled'] === true) throw notSupportedLocally('siteConfig.webSocketsEnabled');
  for (const name of ['connectionStrings', 'handlerMappings', 'azureStorageAccounts'] as const) {
    const value = config[name];
    if (value && Object.keys(value).length > 0) throw notSupportedLocally(`siteConfig.${name}`);
  }
  for (const setting of ['ipSecurityRestrictions', 'scmIpSecurityRestrictions'] as const) judgeRestrictions(config, setting);
  judgeSlotRules(config, request.parameters['slot'] === undefined ? arm.list('Microsoft.Web/sites/slots', request.id).map((slot) => String(slot.properties['defaultHostName'])) : undefined);
  // Source: learn.microsoft.com, "Set up staging environments", "Configure auto swap".
  if (typeof config['autoSwapSlotName'] === 'string' && config['autoSwapSlotName'] !== '') throw new AzureError(400, 'BadRequest', `siteConfig.autoSwapSlotName is "${config['autoSwapSlotName']}"; auto swap is not there for web apps on Linux. Leave it out, and swap by slotsswap.`);
  const stack = config['linuxFxVersion'];
  if (typeof stack === 'string' && stack !== '') judgeStack(stack);
  const health = config['healthCheckPath'];
  if (typeof health === 'string' && health !== '' && !health.startsWith('/')) throw new AzureError(400, 'BadRequest', `siteConfig.healthCheckPath is "${health}"; it must begin with a slash.`);
  judgeSettingNames(Object.keys(readInlineSettings(config) ?? {}));
}

/** Longest prefix of a subnet that an app can be integrated with. Source: learn.microsoft.com, "Integrate your app with an Azure virtual network", subnet requirements. */
const LONGEST_INTEGRATION_PREFIX = 28;
const PLAN_DELEGATION = 'Microsoft.Web/serverFarms';

function judgeIntegration({ id, body, existing }: PutRequest, arm: Arm): void {
  const properties = body['properties'] as JsonObject;
  const subnetId = properties['virtualNetworkSubnetId'];
  if (typeof subnetId !== 'string' || subnetId === '') return;
  const subnet = findSubnet(arm, subnetId);
  if (!subnet) throw new AzureError(404, 'NotFound', `Cannot find the subnet ${subnetId}, which properties.virtualNetworkSubnetId of ${id} names. Create it first, or correct the id.`);
  if (!subnet.delegations.some((service) => service.toLowerCase() === PLAN_DELEGATION.toLowerCase())) throw new AzureError(400, 'SubnetNotDelegated', `The subnet ${subnet.id} is not delegated to ${PLAN_DELEGATION}, which the integration of an app takes. Delegate it.`);
  const length = Number(subnet.addressPrefix.split('/')[1]);
  if (length > LONGEST_INTEGRATION_PREFIX) throw new AzureError(400, 'SubnetTooSmall', `The subnet ${subnet.id} has the prefix ${subnet.addressPrefix}; the integration of an app takes /${LONGEST_INTEGRATION_PREFIX} or more addresses (/26 for a plan that scales to 30 instances).`);
  const plain = (location: unknown): string => String(location).replaceAll(' ', '').toLowerCase();
  const network = arm.get(subnet.networkId);
  const location = body['location'] ?? existing?.['location'];
  if (plain(network?.['location']) !== plain(location)) throw new AzureError(400, 'BadRequest', `The virtual network ${subnet.networkId} is in ${String(network?.['location'])}, the app in ${String(location)}. Both have to be in one region.`);
}

function judgeName({ parameters, id }: PutRequest, arm: Arm): void {
  const { name = '', slot } = parameters;
  if (slot !== undefined) {
    // Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources", Microsoft.Web sites/slots.
    if (!SITE_NAME.test(slot) || `${name}-${slot}`.length > 60) throw new AzureError(400, 'BadRequest', `The slot name "${slot}" must have 2 to 59 letters, digits and hyphens, 60 at most together with the site's name, and must not begin or end with a hyphen.`);
    if (slot.toLowerCase() === 'production') throw new AzureError(400, 'BadRequest', 'The slot name "production" stands for the site itself. Choose another name.');
    return;
  }
  if (!SITE_NAME.test(name)) throw new AzureError(400, 'BadRequest', `The site name "${name}" must have 2 to 60 letters, digits and hyphens, and must not begin or end with a hyphen.`);
  const taken = arm.list('Microsoft.Web/sites').find((site) => site.name.toLowerCase() === name.toLowerCase() && siteKey(site.id) !== siteKey(id));
  if (taken) throw new AzureError(409, 'Conflict', `Website with given name ${name} already exists (${taken.id}). Names of sites are unique in all of Azure.`);
}

function judgePlanOf({ id, parameters, existing }: PutRequest, arm: Arm, properties: JsonObject): void {
  const siteId = id.replace(/\/slots\/[^/]+$/i, '');
  const given = properties['serverFarmId'] ?? existing?.properties['serverFarmId'] ?? (parameters['slot'] === undefined ? undefined : arm.get(siteId)?.properties['serverFarmId']);
  if (typeof given !== 'string' || given === '') throw new AzureError(400, 'BadRequest', 'properties.serverFarmId is missing. Name the App Service plan that the site runs on.');
  const planId = toPlanId(given, id);
  const plan = arm.get(planId);
  if (!plan) throw new AzureError(404, 'NotFound', `Cannot find serverfarm with name ${planId.split('/').at(-1)}: there is no ${planId}. Create the plan first, or correct properties.serverFarmId.`);
  if (parameters['slot'] === undefined || existing) return;
  const { tier } = z.object({ tier: z.string() }).parse(plan['sku']);
  const slots = arm.list('Microsoft.Web/sites/slots', siteId).length;
  const most = TIERS[tier]?.slots ?? 0;
  if (slots >= most) throw new AzureError(409, 'Conflict', `Cannot complete the operation because the site will exceed the number of slots allowed for the '${tier}' SKU, which is ${most}.`);
}
