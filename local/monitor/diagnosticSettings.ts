import { z } from 'zod';
import type { JsonObject, ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { badRequest, readProperties, referenced, type Find } from './judge.ts';
import { WORKSPACE_TYPE } from './rows.ts';

interface Categories {
  readonly logs: readonly string[];
  readonly metrics: readonly string[];
}

const APP_LOGS = ['AppServiceAntivirusScanAuditLogs', 'AppServiceAppLogs', 'AppServiceAuditLogs', 'AppServiceAuthenticationLogs', 'AppServiceConsoleLogs', 'AppServiceFileAuditLogs', 'AppServiceHTTPLogs', 'AppServiceIPSecAuditLogs', 'AppServicePlatformLogs'];

/** What each type of resource can send. Source: learn.microsoft.com, "Supported Resource log categories for Azure Monitor", one page a type. */
const CATEGORIES: Readonly<Record<string, Categories>> = {
  'microsoft.web/sites': { logs: APP_LOGS, metrics: ['AllMetrics'] },
  'microsoft.web/sites/slots': { logs: APP_LOGS, metrics: ['AllMetrics'] },
  'microsoft.web/serverfarms': { logs: [], metrics: ['AllMetrics'] },
  'microsoft.keyvault/vaults': { logs: ['AuditEvent', 'AzurePolicyEvaluationDetails'], metrics: ['AllMetrics'] },
  'microsoft.storage/storageaccounts': { logs: [], metrics: ['Capacity', 'Transaction'] },
  'microsoft.storage/storageaccounts/blobservices': { logs: ['StorageDelete', 'StorageRead', 'StorageWrite'], metrics: ['Capacity', 'Transaction'] },
  'microsoft.storage/storageaccounts/fileservices': { logs: ['StorageDelete', 'StorageRead', 'StorageWrite'], metrics: ['Capacity', 'Transaction'] },
  'microsoft.storage/storageaccounts/queueservices': { logs: ['StorageDelete', 'StorageRead', 'StorageWrite'], metrics: ['Capacity', 'Transaction'] },
  'microsoft.storage/storageaccounts/tableservices': { logs: ['StorageDelete', 'StorageRead', 'StorageWrite'], metrics: ['Capacity', 'Transaction'] },
  'microsoft.operationalinsights/workspaces': { logs: ['Audit', 'SummaryLogs'], metrics: ['AllMetrics'] },
  'microsoft.insights/autoscalesettings': { logs: ['AutoscaleEvaluations', 'AutoscaleScaleActions'], metrics: ['AllMetrics'] },
  'microsoft.insights/components': { logs: ['AppAvailabilityResults', 'AppBrowserTimings', 'AppDependencies', 'AppEvents', 'AppExceptions', 'AppMetrics', 'AppPageViews', 'AppPerformanceCounters', 'AppRequests', 'AppSystemEvents', 'AppTraces'], metrics: ['AllMetrics'] },
  'microsoft.network/networksecuritygroups': { logs: ['NetworkSecurityGroupEvent', 'NetworkSecurityGroupRuleCounter'], metrics: [] },
  'microsoft.network/virtualnetworks': { logs: ['VMProtectionAlerts'], metrics: ['AllMetrics'] },
};

const entrySchema = z.object({ category: z.string().optional(), categoryGroup: z.string().optional(), enabled: z.boolean() });
const propertiesSchema = z.object({
  workspaceId: z.string().optional(),
  logs: z.array(entrySchema).default([]),
  metrics: z.array(entrySchema).default([]),
});

/** At most as many for one resource. Source: learn.microsoft.com, "Diagnostic settings in Azure Monitor". */
const MAX_SETTINGS = 5;

/** Source: learn.microsoft.com, "Diagnostic Settings - Create Or Update" and "Diagnostic settings in Azure Monitor". */
export function diagnosticSettingRow({ find, siblings, typeOf }: { find: Find; siblings: (resourceId: string) => number; typeOf: (resourceId: string) => string | undefined }): ResourceType {
  return {
    type: 'Microsoft.Insights/diagnosticSettings',
    token: 'monitor:DiagnosticSetting',
    path: '/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}',
    apiVersions: ['2021-05-01-preview'],
    envelope: [],
    existence: 'created',
    behaviour: {
      validate(request) {
        const resourceId = `/${request.parameters['resourceUri']}`;
        const type = typeOf(resourceId) ?? '';
        const known = CATEGORIES[type.toLowerCase()];
        if (!known) throw badRequest(`The resource type '${type}' does not support diagnostic settings. Here these do: ${Object.keys(CATEGORIES).join(', ')}.`);
        const { workspaceId, logs, metrics } = readProperties(propertiesSchema, request);
        for (const name of ['storageAccountId', 'eventHubAuthorizationRuleId', 'serviceBusRuleId', 'marketplacePartnerId']) {
          if ((request.body['properties'] as JsonObject)[name] != null) throw notSupportedLocally(`A diagnostic setting with ${name} (served is workspaceId)`);
        }
        if (workspaceId === undefined) throw badRequest('A diagnostic setting needs at least one destination: give workspaceId.');
        referenced(find, workspaceId, 'workspaceId', [WORKSPACE_TYPE]);
        for (const { category, categoryGroup } of logs) judgeCategory(category ?? groupOf(categoryGroup), [...known.logs, ...(known.logs.length > 0 ? ['allLogs', 'audit'] : [])], type);
        for (const { category } of metrics) judgeCategory(category, known.metrics, type);
        if (![...logs, ...metrics].some(({ enabled }) => enabled)) throw badRequest('A diagnostic setting sends at least one category of logs or metrics.');
        if (!request.existing && siblings(resourceId) >= MAX_SETTINGS) throw badRequest(`'${resourceId}' has ${MAX_SETTINGS} diagnostic settings already, which is the most.`);
      },
      complete(draft) {
        const retained = (entries: unknown): JsonObject[] => (Array.isArray(entries) ? (entries as JsonObject[]) : []).map((entry) => ({ retentionPolicy: { enabled: false, days: 0 }, ...entry }));
        draft.properties = { ...draft.properties, logs: retained(draft.properties['logs']), metrics: retained(draft.properties['metrics']) };
      },
    },
  };
}

function groupOf(group: string | undefined): string | undefined {
  return group === undefined ? undefined : group.toLowerCase() === 'alllogs' ? 'allLogs' : group;
}

function judgeCategory(category: string | undefined, allowed: readonly string[], type: string): void {
  if (category !== undefined && allowed.includes(category)) return;
  throw badRequest(`Category '${category ?? ''}' is not supported by ${type}. Supported: ${allowed.join(', ') || 'none of this kind'}.`);
}
