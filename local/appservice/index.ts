import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Arm, JsonObject, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import type { Listener } from '../core/listeners.ts';
import type { Directory } from '../entra/types.ts';
import { createFrontEnd, type Route } from './frontend/proxy.ts';
import { createPackageCache } from './package/unpack.ts';
import type { ReferencedVaults, ReferenceStatus } from './references/resolve.ts';
import type { SiteRuntimes, WebRowDependencies } from './rows/common.ts';
import { configurationRows } from './rows/configuration.ts';
import { planRow } from './rows/plans.ts';
import { siteRows } from './rows/sites.ts';
import { createSettingsStore } from './settingsStore.ts';
import { createSiteRuntime, type IdentityEndpoint, type SiteReport, type SiteRuntime } from './siteRuntime.ts';
import { listenerNameOf, parseSiteId, readSiteSpec, siteKey } from './siteSpec.ts';
import { createSwaps } from './swap/swaps.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';
import { createPlanInstances } from './workers/instances.ts';
import { createWorkerRecords } from './workers/records.ts';

export type { ReferencedVaults, ReferenceStatus, ReferenceStatusName } from './references/resolve.ts';
export type { IdentityEndpoint, SiteReport, SiteStatus } from './siteRuntime.ts';
export type { InstanceReport, InstanceState } from './workers/pool.ts';
export type { Timing } from './timing.ts';

export interface AppServiceOptions {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  readonly identityEndpoint: IdentityEndpoint;
  readonly keyVault: ReferencedVaults;
  /** Variables for every worker beside App Service's own: AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS. */
  readonly platformEnv: Readonly<Record<string, string>>;
  /** Default: the times that Azure documents. */
  readonly timing?: Partial<Timing>;
  /** Draws the slot of a client where a share of production's is routed elsewhere. Default: Math.random. */
  readonly random?: () => number;
}

export interface AppService {
  readonly resourceTypes: ResourceType[];
  /** Brings up the sites and slots that ARM holds. Resolves when each was tried once, whether it serves or not. */
  resume(): Promise<void>;
  /** What runs, by site and slot. Never a setting's value. */
  describe(): SiteReport[];
  /**
   * Resolves when all instances of a site or slot serve what its resources ask for.
   * @throws Error with the reason and the place of the logs when `timeoutMs` is over
   */
  waitUntilServing(siteId: string, timeoutMs: number): Promise<SiteReport>;
  /** Gives a plan another number of instances, as autoscale does: its sites follow. */
  scalePlan(planId: string, capacity: number): void;
  /** Fetches the Key Vault references of a site or slot again; changed secrets restart the app. */
  refreshReferences(siteId: string): Promise<readonly ReferenceStatus[]>;
  /** Stops all workers, each within its stop limit, and all front ends. */
  close(): Promise<void>;
}

/**
 * App Service: the ARM resources of Microsoft.Web, and for each site and slot a front end over real processes of the deployed package.
 * Ends the workers that a killed process left behind before anything else.
 */
export async function createAppService(options: AppServiceOptions): Promise<AppService> {
  const { context, arm, directory } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const records = createWorkerRecords(context);
  records.endLeftovers();
  const packageFolder = join(context.stateDir, 'packages');
  const packages = createPackageCache(packageFolder);
  const instances = createPlanInstances(context);
  const settings = createSettingsStore(context);
  const runtimes = new Map<string, SiteRuntime>();
  const swaps = createSwaps({ context, arm, settings, timing, find: (siteId) => runtimes.get(siteKey(siteId)) });
  const listeners = new Map<string, Promise<Listener>>();
  let closed = false;

  const sites: SiteRuntimes = {
    find: (siteId) => runtimes.get(siteKey(siteId)),
    on: (planId) => [...runtimes.values()].filter((runtime) => runtime.uses(planId)),
    async serve(siteId) {
      if (closed) return;
      const key = siteKey(siteId);
      const runtime = runtimes.get(key) ?? createRuntime(key, siteId);
      runtimes.set(key, runtime);
      await listen(runtime, siteId);
      runtime.apply();
    },
    async remove(siteId) {
      const key = siteKey(siteId);
      const name = listenerNameOf(siteId);
      await runtimes.get(key)?.close();
      runtimes.delete(key);
      await (await listeners.get(key))?.close();
      listeners.delete(key);
      context.listeners.forget(name);
      const { siteName, slotName } = parseSiteId(siteId);
      rmSync(join(context.stateDir, 'home', siteName, slotName ?? 'production'), { recursive: true, force: true });
    },
  };

  const rows: WebRowDependencies = { context, arm, directory, settings, sites, swaps, swapRetryAfterSeconds: timing.swapRetryAfterSeconds, forgetPlan: (planId) => instances.forget(planId) };

  return {
    resourceTypes: [planRow(rows), ...siteRows(rows), ...configurationRows(rows)],
    async resume() {
      const standing = [...arm.list('Microsoft.Web/sites'), ...arm.list('Microsoft.Web/sites/slots')];
      // All ports first: a worker must not be given one that a front end is about to open.
      await Promise.all(standing.map((resource) => sites.serve(resource.id)));
      await Promise.all([...runtimes.values()].map((runtime) => runtime.whenTried()));
      await packages.prune(new Set([...runtimes.values()].flatMap((runtime) => runtime.packageDigests)));
    },
    describe: () => [...runtimes.values()].map((runtime) => runtime.report()),
    waitUntilServing: (siteId, timeoutMs) => existing(siteId).waitUntilServing(timeoutMs),
    scalePlan(planId, capacity) {
      arm.update(planId, (plan) => {
        plan['sku'] = { ...(plan['sku'] as JsonObject), capacity };
        plan.properties['numberOfWorkers'] = capacity;
      });
      for (const runtime of sites.on(planId)) runtime.apply();
    },
    refreshReferences: (siteId) => existing(siteId).refreshReferences(),
    async close() {
      closed = true;
      await swaps.close();
      await Promise.all([...runtimes.values()].map((runtime) => runtime.close()));
      await Promise.all([...listeners.values()].map(async (listener) => (await listener).close()));
      runtimes.clear();
      listeners.clear();
    },
  };

  function existing(siteId: string): SiteRuntime {
    const runtime = sites.find(siteId);
    if (!runtime) throw new Error(`There is no site or slot ${siteId}.`);
    return runtime;
  }

  function createRuntime(key: string, siteId: string): SiteRuntime {
    const readSpec = (): ReturnType<typeof readSiteSpec> => {
      const resource = arm.get(siteId);
      return resource && readSiteSpec(arm, resource, settings.read(siteId));
    };
    return createSiteRuntime(key, readSpec, {
      context,
      directory,
      identityEndpoint: options.identityEndpoint,
      keyVault: options.keyVault,
      platformEnv: options.platformEnv,
      packages,
      packageFolder,
      records,
      timing,
      instanceId: (planId, number) => instances.idOf(planId, number),
      replaceInstance,
    });
  }

  /**
   * An instance is replaced only when every app on it that has a health check is unhealthy there.
   * Source: learn.microsoft.com, "Monitor App Service instances by using Health check", "What if I have multiple apps on the same App Service plan?"
   */
  function replaceInstance(planId: string, number: number): boolean {
    const checked = sites.on(planId).filter((runtime) => runtime.hasHealthCheck);
    if (!checked.every((runtime) => runtime.isUnhealthy(number)) || !instances.replace(planId, number)) return false;
    for (const runtime of sites.on(planId)) runtime.recycle(number);
    return true;
  }

  function routeOfHost(host: string): Route | undefined {
    for (const runtime of runtimes.values()) {
      const route = runtime.route();
      if (route?.spec.host === host) return route;
    }
    return undefined;
  }

  async function listen(runtime: SiteRuntime, siteId: string): Promise<void> {
    const known = listeners.get(runtime.key);
    if (known) {
      await known;
      return;
    }
    const handler = createFrontEnd({ route: () => runtime.route(), routeOfHost, random: options.random ?? Math.random, idleLimitMs: timing.idleLimitMs });
    const opening = context.listeners.open(listenerNameOf(siteId), handler, { tls: true });
    listeners.set(runtime.key, opening);
    try {
      const { server } = await opening;
      // The idle limit is the proxy's own: uploads and event streams may last longer than Node's default for a request.
      server.requestTimeout = 0;
      server.keepAliveTimeout = 65_000;
    } catch (error) {
      listeners.delete(runtime.key);
      throw error;
    }
  }
}
