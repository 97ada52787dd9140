import type { Arm, Resource, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import type { Directory } from '../entra/types.ts';
import { textOf } from './cells.ts';
import { COMPONENT_TYPE, monitorResourceTypes } from './rows.ts';
import { actionGroupRow } from './actionGroups.ts';
import { autoscaleSettingRow } from './autoscaleSettings.ts';
import { diagnosticSettingRow } from './diagnosticSettings.ts';
import { metricAlertRow } from './metricAlerts.ts';
import { scheduledQueryRuleRow } from './scheduledQueryRules.ts';
import { webTestRow } from './webTests.ts';
import { workbookRow } from './workbooks.ts';
import { createMonitorService } from './service.ts';
import { createTelemetryStore } from './store.ts';

export interface SpreadQuestion {
  /** Resource id of the Application Insights component. */
  readonly componentId: string;
  readonly since?: Date;
  /** Beginning of the request's name, compared without case; an HTTP call and its MCP message are two rows. */
  readonly name?: string;
}

export interface InstanceShare {
  readonly roleInstance: string;
  /** Requests, sampled ones counted for all they stand for. */
  readonly count: number;
}

export interface Monitor {
  readonly resourceTypes: ResourceType[];
  /** How the requests spread over `cloud_RoleInstance`, by name of the instance. @throws AzureError 404 ResourceNotFound */
  spread(question: SpreadQuestion): Promise<InstanceShare[]>;
  /** `https://127.0.0.1:PORT` of ingestion and query. */
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface MonitorDependencies {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  /** Gives an App Service plan another number of instances. */
  readonly scalePlan: (planId: string, capacity: number) => void;
}

/** Azure Monitor: Log Analytics workspaces, Application Insights components, what watches and scales, ingestion, and a documented subset of the query API. */
export async function createMonitor({ context, arm, directory, scalePlan }: MonitorDependencies): Promise<Monitor> {
  const telemetry = createTelemetryStore(context);
  const app = createMonitorService({ context, arm, directory, telemetry });
  await app.ready();
  const listener = await context.listeners.open('monitor', (request, response) => app.routing(request, response), { tls: true });
  const find = (id: string): Resource | undefined => arm.get(id);
  const now = (): Date => context.now();
  const operationsTypes = (): ResourceType[] => [
    diagnosticSettingRow({ find, typeOf: (id) => arm.typeOf(id), siblings: (id) => arm.list('Microsoft.Insights/diagnosticSettings', `${id}/providers/Microsoft.Insights/diagnosticSettings`).length }),
    actionGroupRow(),
    metricAlertRow({ find }),
    scheduledQueryRuleRow({ find, now }),
    webTestRow({ find }),
    workbookRow({ find, now }),
    autoscaleSettingRow({ find, scale: scalePlan, others: (id) => arm.list('Microsoft.Insights/autoscalesettings').filter((other) => other.id.toLowerCase() !== id.toLowerCase()) }),
  ];
  return {
    resourceTypes: [...monitorResourceTypes({ context, find, drop: (component) => telemetry.drop(component), endpoint: listener.url }), ...operationsTypes()],
    endpoint: listener.url,
    async spread({ componentId, since, name }) {
      const component = arm.get(componentId);
      if (!component || component.type.toLowerCase() !== COMPONENT_TYPE.toLowerCase()) {
        throw new AzureError(404, 'ResourceNotFound', `There is no Application Insights component ${componentId}.`);
      }
      const counts = new Map<string, number>();
      for (const row of await telemetry.rows(component, 'requests')) {
        if (since && Date.parse(textOf(row['timestamp'])) < since.getTime()) continue;
        if (name !== undefined && !textOf(row['name']).toLowerCase().startsWith(name.toLowerCase())) continue;
        const instance = textOf(row['cloud_RoleInstance']);
        counts.set(instance, (counts.get(instance) ?? 0) + Number(row['itemCount']));
      }
      return [...counts].map(([roleInstance, count]) => ({ roleInstance, count })).sort((one, other) => (one.roleInstance < other.roleInstance ? -1 : 1));
    },
    async close() {
      await listener.close();
      await app.close();
      telemetry.close();
    },
  };
}
