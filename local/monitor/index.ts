import type { Arm, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import type { Directory } from '../entra/types.ts';
import { textOf } from './cells.ts';
import { COMPONENT_TYPE, monitorResourceTypes } from './rows.ts';
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

/** Azure Monitor: Log Analytics workspaces, Application Insights components, ingestion, and a documented subset of the query API. */
export async function createMonitor({ context, arm, directory }: { context: LocalContext; arm: Arm; directory: Directory }): Promise<Monitor> {
  const telemetry = createTelemetryStore(context);
  const app = createMonitorService({ context, arm, directory, telemetry });
  await app.ready();
  const listener = await context.listeners.open('monitor', (request, response) => app.routing(request, response), { tls: true });
  return {
    resourceTypes: monitorResourceTypes({ context, find: (id) => arm.get(id), drop: (component) => telemetry.drop(component), endpoint: listener.url }),
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
