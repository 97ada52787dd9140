import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { GROUP_PATH } from './judge.ts';
import { COMPONENT_NAME, RETENTION_DAYS, WORKSPACE_NAME, WORKSPACE_RETENTION_DAYS } from './limits.ts';

export const WORKSPACE_TYPE = 'Microsoft.OperationalInsights/workspaces';
export const COMPONENT_TYPE = 'Microsoft.Insights/components';

export interface MonitorRowDependencies {
  readonly context: LocalContext;
  readonly find: (id: string) => Resource | undefined;
  /** Forgets the telemetry of a component. */
  readonly drop: (component: Resource) => void;
  /** `https://127.0.0.1:PORT` of ingestion. */
  readonly endpoint: string;
}

export function monitorResourceTypes(dependencies: MonitorRowDependencies): ResourceType[] {
  return [workspaceRow(dependencies), componentRow(dependencies)];
}

const workspaceSchema = z.object({ customerId: z.string(), createdDate: z.string(), deletedAt: z.string().optional() });

/** Source: learn.microsoft.com, "Delete and recover a Log Analytics workspace": creating it anew within 14 days brings the old one back. */
function workspaceRow({ context }: MonitorRowDependencies): ResourceType {
  const workspaces = context.documents.collection('monitor-workspaces', workspaceSchema);
  const known = (id: string): z.infer<typeof workspaceSchema> | undefined => {
    const workspace = workspaces.get(id.toLowerCase());
    const ends = workspace?.deletedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(workspace.deletedAt) + WORKSPACE_RETENTION_DAYS * 24 * 3_600_000;
    return ends > context.now().getTime() ? workspace : undefined;
  };
  return {
    type: WORKSPACE_TYPE,
    token: 'operationalinsights:Workspace',
    path: `${GROUP_PATH}/${WORKSPACE_TYPE}/{workspaceName}`,
    apiVersions: ['2023-09-01', '2022-10-01'],
    envelope: ['location', 'tags', 'identity'],
    existence: 'created',
    asynchronous: { put: true },
    replaceOnChange: ['location'],
    behaviour: {
      validate({ parameters, body }) {
        judgeName(parameters['workspaceName'] ?? '', WORKSPACE_NAME, 'workspace', '4 to 63 letters, digits and dashes, beginning and ending with a letter or digit');
        const properties = propertiesOf(body);
        const days = properties['retentionInDays'];
        const sku = z.object({ name: z.string() }).catch({ name: 'PerGB2018' }).parse(properties['sku']);
        if (sku.name.toLowerCase() === 'pergb2018') judgeRetention(days, 'retentionInDays');
      },
      complete(draft) {
        const now = context.now().toISOString();
        const { customerId, createdDate } = known(draft.id) ?? { customerId: randomUUID(), createdDate: now };
        draft.properties = {
          retentionInDays: 30,
          publicNetworkAccessForIngestion: 'Enabled',
          publicNetworkAccessForQuery: 'Enabled',
          ...draft.properties,
          sku: { name: 'PerGB2018', lastSkuUpdate: createdDate, ...objectOf(draft.properties['sku']) },
          features: { legacy: 0, searchVersion: 1, enableLogAccessUsingOnlyResourcePermissions: true, ...objectOf(draft.properties['features']) },
          workspaceCapping: { dailyQuotaGb: -1, ...objectOf(draft.properties['workspaceCapping']), dataIngestionStatus: 'RespectQuota' },
          customerId,
          createdDate,
          modifiedDate: now,
          provisioningState: 'Succeeded',
        };
      },
      provision({ id, properties }) {
        workspaces.put(id.toLowerCase(), workspaceSchema.parse({ customerId: properties['customerId'], createdDate: properties['createdDate'] }));
      },
      remove({ id }) {
        const workspace = workspaces.get(id.toLowerCase());
        if (workspace) workspaces.put(id.toLowerCase(), { ...workspace, deletedAt: context.now().toISOString() });
      },
    },
  };
}

function componentRow({ context, find, drop, endpoint }: MonitorRowDependencies): ResourceType {
  return {
    type: COMPONENT_TYPE,
    token: 'applicationinsights:Component',
    path: `${GROUP_PATH}/${COMPONENT_TYPE}/{resourceName}`,
    apiVersions: ['2020-02-02'],
    envelope: ['location', 'tags', 'kind', 'etag'],
    renames: {
      applicationType: 'Application_Type',
      flowType: 'Flow_Type',
      requestSource: 'Request_Source',
      disableIpMasking: 'DisableIpMasking',
      disableLocalAuth: 'DisableLocalAuth',
      forceCustomerStorageForProfiler: 'ForceCustomerStorageForProfiler',
      hockeyAppId: 'HockeyAppId',
      immediatePurgeDataOn30Days: 'ImmediatePurgeDataOn30Days',
      ingestionMode: 'IngestionMode',
      retentionInDays: 'RetentionInDays',
      samplingPercentage: 'SamplingPercentage',
      workspaceResourceId: 'WorkspaceResourceId',
      // Outputs.
      appId: 'AppId',
      applicationId: 'ApplicationId',
      connectionString: 'ConnectionString',
      creationDate: 'CreationDate',
      hockeyAppToken: 'HockeyAppToken',
      instrumentationKey: 'InstrumentationKey',
      laMigrationDate: 'LaMigrationDate',
      privateLinkScopedResources: 'PrivateLinkScopedResources',
      tenantId: 'TenantId',
    },
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        judgeName(request.parameters['resourceName'] ?? '', COMPONENT_NAME, 'component', '1 to 260 characters without % & \\ ? /, not ending with a space or a period');
        judgeComponent(request, find);
      },
      complete(draft, { existing }) {
        const before = existing?.properties ?? {};
        const instrumentationKey = keptOrDrawn(before['InstrumentationKey']);
        const appId = keptOrDrawn(before['AppId']);
        draft.properties = {
          Flow_Type: 'Bluefield',
          Request_Source: 'rest',
          RetentionInDays: 90,
          IngestionMode: 'LogAnalytics',
          DisableLocalAuth: false,
          publicNetworkAccessForIngestion: 'Enabled',
          publicNetworkAccessForQuery: 'Enabled',
          ...draft.properties,
          ApplicationId: draft.name,
          AppId: appId,
          Name: draft.name,
          InstrumentationKey: instrumentationKey,
          ConnectionString: `InstrumentationKey=${instrumentationKey};IngestionEndpoint=${endpoint}/;LiveEndpoint=${endpoint}/;ApplicationId=${appId}`,
          CreationDate: before['CreationDate'] ?? context.now().toISOString(),
          TenantId: context.subscriptionId, // Azure gives the subscription's id under this name
          provisioningState: 'Succeeded',
        };
      },
      remove: (resource) => drop(resource),
    },
  };
}

/** Source: learn.microsoft.com, "Workspace-based Application Insights resources". */
function judgeComponent({ body }: PutRequest, find: MonitorRowDependencies['find']): void {
  const properties = propertiesOf(body);
  if (properties['IngestionMode'] !== undefined && properties['IngestionMode'] !== 'LogAnalytics') {
    throw notSupportedLocally(`Classic Application Insights (IngestionMode ${JSON.stringify(properties['IngestionMode'])}; it has been retired, leave it out or set LogAnalytics)`);
  }
  const workspace = properties['WorkspaceResourceId'];
  if (typeof workspace !== 'string') throw notSupportedLocally('An Application Insights component without WorkspaceResourceId (Azure would make a managed workspace)');
  if (find(workspace)?.type.toLowerCase() !== WORKSPACE_TYPE.toLowerCase()) {
    throw new AzureError(400, 'InvalidWorkspaceResourceId', `WorkspaceResourceId is ${workspace}; there is no such Log Analytics workspace. Create it first.`);
  }
  judgeRetention(properties['RetentionInDays'], 'RetentionInDays');
  const sampling = properties['SamplingPercentage'];
  if (typeof sampling === 'number' && (sampling <= 0 || sampling > 100)) {
    throw new AzureError(400, 'BadRequest', `SamplingPercentage is ${sampling}; allowed are more than 0 up to 100.`);
  }
}

function judgeName(name: string, allowed: RegExp, what: string, rule: string): void {
  if (!allowed.test(name)) throw new AzureError(400, 'InvalidResourceName', `The ${what} name "${name}" is not allowed. Allowed: ${rule}.`);
}

function judgeRetention(days: unknown, name: string): void {
  if (days === undefined || days === null) return;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < RETENTION_DAYS.least || days > RETENTION_DAYS.most) {
    throw new AzureError(400, 'BadRequest', `${name} is ${JSON.stringify(days)}; allowed are whole days from ${RETENTION_DAYS.least} to ${RETENTION_DAYS.most}.`);
  }
}

function keptOrDrawn(id: unknown): string {
  return typeof id === 'string' ? id : randomUUID();
}

function propertiesOf(body: JsonObject): JsonObject {
  return objectOf(body['properties']);
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
