import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAppService } from './appservice/index.ts';
import { forgetDeclarations } from './arm/contract/declarations.ts';
import { createArmEngine, type RegisteredType } from './arm/engine.ts';
import { createArmServer } from './arm/server.ts';
import type { JsonObject } from './arm/types.ts';
import { createControlServer } from './control/server.ts';
import { createContext, type LocalContext } from './core/context.ts';
import type { DamageReport } from './core/documents.ts';
import { createEntra } from './entra/entra.ts';
import { AUDIENCES } from './entra/types.ts';
import { createGraph } from './graph/graph.ts';
import { createIdentityEndpoint } from './identity/identityEndpoint.ts';
import { deletedVaultPaths } from './keyvault/deletedVaultPaths.ts';
import { createKeyVault } from './keyvault/index.ts';
import { createManagedIdentity } from './managedidentity/index.ts';
import { createMonitor } from './monitor/index.ts';
import { createNetworkReach, networkResourceTypes } from './network/index.ts';
import { createServiceClient } from './providers/armClient.ts';
import { createAzureadProvider } from './providers/azuread/provider.ts';
import { createBlobResource } from './providers/azureNative/blob.ts';
import { createAzureNativeProvider } from './providers/azureNative/provider.ts';
import { serveProvider } from './providers/serve.ts';
import { createStorage } from './storage/index.ts';

/** Where everything is, for whoever uses this cloud. */
export interface LocalEndpoints {
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** Certificate authority to trust. */
  readonly authorityFile: string;
  readonly urls: Readonly<Record<'arm' | 'entra' | 'graph' | 'storage' | 'monitor' | 'control', string>>;
  readonly controlKey: string;
  /** Ports for PULUMI_DEBUG_PROVIDERS, by package. */
  readonly providerPorts: Readonly<Record<string, number>>;
  readonly operator: { readonly clientId: string; readonly clientSecret: string };
}

/** A running local Azure. */
export interface LocalAzure {
  readonly endpoints: LocalEndpoints;
  /** State files that could not be read at this start: where they are kept, and what was begun with instead. */
  readonly damage: readonly DamageReport[];
  /** The resource types that ARM serves, with their contracts. */
  readonly resourceTypes: readonly RegisteredType[];
  /** Ends when a stop was asked for over the control surface. */
  readonly stopRequested: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Azure on loopback over a state folder; with a folder that was used before, everything in it comes up again.
 * @param options.stateDir folder of all state; made when absent
 * @throws PortInUseError LOCAL_PORT_IN_USE when a remembered port is taken
 */
export async function start(options: { stateDir: string; log?: Logger; now?: () => Date }): Promise<LocalAzure> {
  const context = await createContext(options);
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
    await context.listeners.closeAll();
  };
  try {
    return await startServices(context, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function startServices(context: LocalContext, closers: (() => Promise<unknown>)[], close: () => Promise<void>): Promise<LocalAzure> {
  const track = <T extends { close(): Promise<unknown> }>(service: T): T => {
    closers.push(() => service.close());
    return service;
  };
  const { directory, listener: entra } = track(await createEntra(context));
  const graph = track(await createGraph(context, directory));
  const identityEndpoint = track(await createIdentityEndpoint(context, directory));
  const arm = createArmEngine(context, directory);
  closers.push(() => arm.operations.idle());

  const network = createNetworkReach(arm);
  const keyVault = track(await createKeyVault({ context, arm, directory, network }));
  const storage = track(await createStorage({ context, arm, directory, network }));
  const monitor = track(await createMonitor({ context, arm, directory, scalePlan: (planId, capacity) => appService.scalePlan(planId, capacity) }));
  const managedIdentity = track(await createManagedIdentity({ directory }));
  const appService = track(await createAppService({
    context, arm, directory, identityEndpoint, keyVault,
    // HOST: the default address of the image is all interfaces, which a container keeps to itself and a process on this machine would not.
    platformEnv: { AZURE_AUTHORITY_HOST: directory.authorityHost, NODE_EXTRA_CA_CERTS: context.tls.authorityFile, HOST: '127.0.0.1' },
  }));
  for (const service of [keyVault, storage, monitor, managedIdentity, appService]) {
    for (const row of service.resourceTypes) arm.register(row);
  }
  for (const row of networkResourceTypes(arm)) arm.register(row);

  const armListener = await serveArm();
  const custom = [createBlobResource({
    upload: async (request) => { await storage.uploadBlob(request); },
    head: (address) => storage.headBlob(address),
    delete: async (address) => { await storage.deleteBlob(address); },
  }, context.subscriptionId)];
  forgetDeclarations();

  const tokenFor = (resource: string) => async (): Promise<string> => (await directory.issueForOperator(resource)).accessToken;
  const armClient = createServiceClient(armListener.url, context.tls.authorityPem, tokenFor(AUDIENCES.arm[0]));
  const graphClient = createServiceClient(graph.listener.url, context.tls.authorityPem, tokenFor(AUDIENCES.graph[0]));
  closers.push(async () => { armClient.close(); graphClient.close(); });
  const identity = { clientId: directory.operator.clientId, objectId: directory.operator.objectId, tenantId: context.tenantId };
  const azureNativeProvider = createAzureNativeProvider({
    engine: arm, arm: armClient, custom, clientConfig: () => ({ ...identity, subscriptionId: context.subscriptionId }),
  });
  const azureadProvider = createAzureadProvider({ graph: graphClient, clientConfig: () => identity });
  const azureNative = track(await serveProvider(context, azureNativeProvider));
  const azuread = track(await serveProvider(context, azureadProvider));

  // Resources first, then what runs on them.
  await arm.resume();
  await appService.resume();

  const { promise: stopRequested, resolve: stop } = Promise.withResolvers<void>();
  const controlKey = randomBytes(32).toString('base64url');
  const control = await serveControl(controlKey, stop);

  return {
    damage: context.documents.damage,
    resourceTypes: arm.types,
    stopRequested,
    close,
    endpoints: {
      tenantId: context.tenantId,
      subscriptionId: context.subscriptionId,
      authorityFile: context.tls.authorityFile,
      urls: { arm: armListener.url, entra: entra.url, graph: graph.listener.url, storage: storage.endpoint, monitor: monitor.endpoint, control: control.url },
      controlKey,
      providerPorts: { 'azure-native': azureNative.port, azuread: azuread.port },
      operator: { clientId: directory.operator.clientId, clientSecret: directory.operator.clientSecret },
    },
  };

  async function serveArm() {
    const app = createArmServer(context, arm, directory, cloudMetadata, deletedVaultPaths(keyVault.deletedVaults));
    closers.push(() => app.close());
    await app.ready();
    return context.listeners.open('arm', app.routing, { tls: true });
  }

  async function serveControl(key: string, requestStop: () => void) {
    const app = createControlServer(context, key, {
      status: () => ({
        sites: appService.describe(),
        resources: countByType(),
        damage: context.documents.damage,
      }),
      issueToken: async ({ applicationClientId, as, tools }) => directory.issueForMcp({ application: { applicationClientId }, as, ...(tools ? { tools } : {}) }),
      waitUntilServing,
      locate: (type, inputs) => (type.startsWith('azuread:') ? azureadProvider : azureNativeProvider).locate({ type, inputs }),
      stop: requestStop,
    });
    closers.push(() => app.close());
    await app.ready();
    return context.listeners.open('control', app.routing, { tls: false });
  }

  async function waitUntilServing(site: string, timeoutMs: number): Promise<string[]> {
    const slots = appService.describe().filter((report) => report.site === site);
    const waits = await Promise.allSettled(slots.map(({ id }) => appService.waitUntilServing(id, timeoutMs)));
    return waits.flatMap((wait, index) => {
      const name = `${site}${slots[index]?.slot === undefined ? '' : `/${slots[index].slot}`}`;
      return wait.status === 'rejected' ? [`${name}: ${(wait.reason as Error).message}`] : [];
    });
  }

  /** Source: learn.microsoft.com, Azure Stack Hub, "metadata endpoints": how tools find the services of a cloud, schema 2022-09-01. */
  function cloudMetadata(): JsonObject {
    return {
      name: 'LocalAzure',
      authentication: { loginEndpoint: entra.url, audiences: [...AUDIENCES.arm], tenant: context.tenantId, identityProvider: 'AAD' },
      resourceManager: armListener.url,
      microsoftGraphResourceId: graph.listener.url,
      suffixes: {},
    };
  }

  function countByType(): Record<string, number> {
    return Object.fromEntries(arm.types.map(({ row }) => [row.type, arm.list(row.type).length] as const).filter(([, count]) => count > 0));
  }
}

/** File in the state folder that says where a running local Azure is. */
export function endpointsFile(stateDir: string): string {
  return join(stateDir, 'endpoints.json');
}
