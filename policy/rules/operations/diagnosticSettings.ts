import { keptAccounts } from '../../keptAccounts.ts';
import { isRecord, readInput, readItems, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE, SLOT, STORAGE_ACCOUNT, typeKeyOf, VAULT } from '../../typeKey.ts';

const OF_SITES = ['AppServiceHTTPLogs', 'AppServiceConsoleLogs', 'AppServiceAppLogs', 'AppServicePlatformLogs', 'AppServiceAuditLogs', 'AppServiceIPSecAuditLogs'];
/** What tells who did what, by type. Source: learn.microsoft.com, "Supported Resource log categories for Azure Monitor", one page a type. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  [SITE]: OF_SITES,
  [SLOT]: OF_SITES,
  [VAULT]: ['AuditEvent'],
  'operationalinsights:Workspace': ['Audit'],
  'network:NetworkSecurityGroup': ['NetworkSecurityGroupEvent', 'NetworkSecurityGroupRuleCounter'],
  'network:VirtualNetwork': ['VMProtectionAlerts'],
  'monitor:AutoscaleSetting': ['AutoscaleScaleActions'],
};
/** An account logs nothing itself; its services do, those that nothing uses as well. */
const SERVICES = ['blob', 'queue', 'table', 'file'] as const;
const OF_SERVICES = ['StorageRead', 'StorageWrite', 'StorageDelete'];
/** The record is itself the log of what is written to it. */
const OF_RECORDS = ['StorageRead', 'StorageDelete'];
/** Stands for each category of a type. */
const ALL = 'allLogs';

/** Who read a secret, who came in and who was refused stands in logs that Azure keeps only where it is told to. */
export const diagnosticSettings: StackRule = {
  kind: 'stack',
  name: 'diagnostic-settings',
  displayName: 'Resource logs go to the workspace',
  description: 'Each resource that writes logs, and each service of a storage account, has a diagnostic setting that sends the logs that tell who did what to a workspace.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: { mcsb: ['LT-3', 'DP-8'], cis: ['6.1.4'], azurePolicy: { site: '91a78b24-f231-4a8a-8da9-02c35b2b6510', slot: 'd639b3af-a535-4bef-8dcf-15078cddf5e2', vault: 'cf820ca0-f99e-4f3e-84fb-66e913812d21' } },
  remediationSteps: 'Add a DiagnosticSetting whose resourceUri is made from the id of the resource (for an account <id>/blobServices/default, and so on), with workspaceId and the categories that the finding names.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings',
  judge(resources) {
    const logged = ofTypes(resources, [...Object.keys(CATEGORIES), STORAGE_ACCOUNT]);
    if (logged.length === 0) return doesNotConcern('The stack has no resource that writes logs.');
    const settings = ofTypes(resources, ['monitor:DiagnosticSetting']).filter(({ props }) => readInput(props, 'workspaceId').state !== 'absent');
    const kept = keptAccounts(resources);
    return found(logged.flatMap((one) => {
      const own = settings.filter((setting) => isMadeFrom(setting, 'resourceUri', one));
      return typeKeyOf(one.type) === STORAGE_ACCOUNT ? judgeAccount(one, own, kept.includes(one)) : [judgeSent(one, labelOf(one), own, CATEGORIES[typeKeyOf(one.type)] ?? [])];
    }));
  },
};

/**
 * Of which service a setting is, its resourceUri says; which is not known in a first preview, and not among what Azure answers with. Then their number is judged: Azure refuses
 * two settings that send the same category of the same resource to the same workspace, so that as many settings are as many services.
 * Source: learn.microsoft.com, "Diagnostic settings in Azure Monitor", destinations.
 */
function judgeAccount(account: StackResource, settings: readonly StackResource[], holdsRecords: boolean): (Finding | undefined)[] {
  const unplaced = settings.filter(({ props }) => readInput(props, 'resourceUri').state !== 'known');
  // Writes are asked for of the most: those that need fewer logs are content with whatever is left.
  return [...SERVICES].reverse().map((service) => {
    const categories = holdsRecords && service === 'blob' ? OF_RECORDS : OF_SERVICES;
    const label = `The ${service} service of ${labelOf(account)}`;
    const own = settings.filter(({ props }) => isOfService(readInput(props, 'resourceUri'), service));
    if (own.length > 0) return judgeSent(account, label, own, categories);
    const fitting = unplaced.findIndex((setting) => judgeSent(account, label, [setting], categories) === undefined);
    return judgeSent(account, label, fitting === -1 ? unplaced.splice(0, 1) : unplaced.splice(fitting, 1), categories);
  });
}

function isOfService(uri: Reading, service: string): boolean {
  return uri.state === 'known' && String(uri.value).toLowerCase().endsWith(`/${service}services/default`);
}

function judgeSent(one: StackResource, label: string, settings: readonly StackResource[], categories: readonly string[]): Finding | undefined {
  if (settings.length === 0) return violation(`${label} has no diagnostic setting with a workspace. Add one.`, one.urn);
  const sent = settings.flatMap(({ props }) => sentBy(readInput(props, 'logs')));
  if (sent.includes(ALL)) return undefined;
  const missing = categories.filter((category) => !sent.includes(category));
  if (missing.length === 0) return undefined;
  return sent.includes(undefined) ? notJudged(`${label}: its logs`, `Allowed: with ${missing.join(', ')}.`, one.urn) : violation(`${label} does not send ${missing.join(', ')} to a workspace. Add it to logs, with enabled: true.`, one.urn);
}

/** Categories that are switched on; undefined for one that is not known. */
function sentBy(logs: Reading): (string | undefined)[] {
  if (logs.state === 'unknown') return [undefined];
  return (logs.state === 'known' ? readItems(logs.value) ?? [] : []).flatMap((item) => {
    if (item.state === 'unknown') return [undefined];
    if (item.state === 'absent' || !isRecord(item.value)) return [];
    const [enabled, category, group] = [readInput(item.value, 'enabled'), readInput(item.value, 'category'), readInput(item.value, 'categoryGroup')];
    if ([enabled, category, group].some(({ state }) => state === 'unknown')) return [undefined];
    const named = category.state === 'known' ? category : group;
    return enabled.state === 'known' && enabled.value === true && named.state === 'known' ? [String(named.value)] : [];
  });
}
