import { z } from 'zod';
import type { Settings } from '../../../infra/config.ts';
import { askArm, askJson } from '../answer.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';
import type { Account } from './account.ts';

/** The resource providers of the types that the program makes. */
export const neededProviders = [
  'Microsoft.Web',
  'Microsoft.KeyVault',
  'Microsoft.ManagedIdentity',
  'Microsoft.OperationalInsights',
  'Microsoft.Insights',
  'Microsoft.Network',
  'Microsoft.Storage',
  'Microsoft.Authorization',
];

/** vCPUs of one instance. Source: learn.microsoft.com, "Configure Premium V3 tier for Azure App Service". */
const coresOfSku: Readonly<Record<Settings['planSku'], number>> = { P0v3: 1, P1v3: 2, P2v3: 4, P3v3: 8, P1mv3: 2, P2mv3: 4, P3mv3: 8, P4mv3: 16, P5mv3: 32 };

const providersSchema = z.array(z.looseObject({ namespace: z.string(), registrationState: z.string() }));
const regionsSchema = z.array(z.looseObject({ name: z.string() }));
const usageSchema = z.looseObject({
  value: z.array(z.looseObject({
    unit: z.string().nullish(),
    currentValue: z.number(),
    limit: z.number(),
    name: z.looseObject({ value: z.string(), localizedValue: z.string().nullish() }),
  })),
});
type Usage = z.infer<typeof usageSchema>['value'][number];

/** Source: learn.microsoft.com, "Azure resource providers and types", section "Register resource provider". */
export async function checkProviders(run: Run, account: Account): Promise<Finding> {
  const about = { id: 'resource-providers', title: 'Resource providers', required: `registered: ${neededProviders.join(', ')}` };
  const { value, problem } = await askJson(run, 'az', ['provider', 'list', '--subscription', account.subscriptionId, '--query', '[].{namespace:namespace,registrationState:registrationState}', '--output', 'json'], providersSchema);
  if (value === undefined) return { ...about, status: 'unknown', given: problem, next: 'see: az provider list --output table' };
  const states = new Map(value.map(({ namespace, registrationState }) => [namespace.toLowerCase(), registrationState]));
  const missing = neededProviders.filter((namespace) => states.get(namespace.toLowerCase()) !== 'Registered');
  if (missing.length === 0) return { ...about, status: 'ok', given: 'all are registered', next: '' };
  const given = missing.map((namespace) => `${namespace} is ${states.get(namespace.toLowerCase()) ?? 'not known to the subscription'}`).join(', ');
  return { ...about, status: 'failed', given, next: missing.map((namespace) => `az provider register --wait --namespace ${namespace}`).join('\n') };
}

/** Whether the region has the plan's size on Linux. */
export async function checkRegion(run: Run, settings: Settings, location: string): Promise<Finding> {
  const about = { id: 'region', title: 'Region', required: `a region with ${settings.planSku} on Linux` };
  const list = ['appservice', 'list-locations', '--sku', settings.planSku.toUpperCase(), '--linux-workers-enabled'];
  const { value, problem } = await askJson(run, 'az', [...list, '--output', 'json'], regionsSchema);
  if (value === undefined) return { ...about, status: 'unknown', given: problem, next: `see: az ${list.join(' ')}` };
  const names = value.map(({ name }) => name.toLowerCase().replaceAll(' ', ''));
  return names.includes(location)
    ? { ...about, status: 'ok', given: `${location} has ${settings.planSku}`, next: '' }
    : { ...about, status: 'failed', given: `${location} is not among the ${names.length} regions with it`, next: `choose another azure-native:location: az ${list.join(' ')} --output table` };
}

/**
 * Whether the quota bears the plan. Quotas of App Service count instances of a size, or cores of a region; which one a subscription
 * has is read from the answer.
 * Source: learn.microsoft.com, "Get Usages In Location - list" (App Service REST API).
 */
export async function checkQuota(run: Run, account: Account, settings: Settings, location: string): Promise<Finding> {
  const { instances, planSku } = settings;
  const about = { id: 'quota', title: `Quota for ${planSku} in ${location}`, required: `room for ${instances} instances of ${planSku}` };
  const path = `/subscriptions/${account.subscriptionId}/providers/Microsoft.Web/locations/${location}/usages?api-version=2024-11-01`;
  const look = 'see: Azure portal, "Quotas", provider "App Service", this region';
  const { value, problem } = await askArm(run, path, usageSchema);
  if (value === undefined) return { ...about, status: 'unknown', given: problem, next: look };
  const found = findQuota(value.value, settings);
  if (found === undefined) return { ...about, status: 'unknown', given: `the answer names no quota for ${planSku} or for the region's cores`, next: look };
  const { usage, needed, what } = found;
  const given = `${usage.currentValue} of ${usage.limit} ${what} in use`;
  if (usage.limit < needed) return { ...about, status: 'failed', given: `${given}, and ${needed} are needed`, next: 'ask for more: Azure portal, "Quotas", provider "App Service", "New quota request"' };
  if (usage.limit - usage.currentValue < needed) {
    return { ...about, status: 'warning', given: `${given}, and ${needed} are needed`, next: 'nothing, if this stack\'s own plan is among those in use; else ask for more: Azure portal, "Quotas", provider "App Service"' };
  }
  return { ...about, status: 'ok', given, next: '' };
}

function findQuota(usages: readonly Usage[], { planSku, instances }: Settings): { usage: Usage; needed: number; what: string } | undefined {
  const names = ({ name }: Usage) => `${name.value} ${name.localizedValue ?? ''}`;
  const ofSku = usages.find((usage) => new RegExp(`\\b${planSku}\\b`, 'i').test(names(usage)));
  if (ofSku) return { usage: ofSku, needed: instances, what: `${planSku} instances` };
  const ofRegion = usages.find((usage) => /\bcores?\b/i.test(`${names(usage)} ${usage.unit ?? ''}`));
  if (ofRegion) return { usage: ofRegion, needed: instances * coresOfSku[planSku], what: 'cores' };
  return undefined;
}
