import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LocalContext } from '../core/context.ts';
import type { Directory } from '../entra/types.ts';
import type { Page } from './frontend/pages.ts';
import type { Route } from './frontend/proxy.ts';
import { downloadPackage } from './package/download.ts';
import type { PackageCache } from './package/unpack.ts';
import { readPlatformSettings, type PlatformSettings } from './platformSettings.ts';
import { resolveReferences, type ReferencedVaults, type ReferenceStatus, type ResolvedSettings } from './references/resolve.ts';
import type { SiteSpec } from './siteSpec.ts';
import type { Timing } from './timing.ts';
import { workerEnvironment } from './workers/environment.ts';
import { openLogFile, type LogFile } from './workers/logFile.ts';
import { createPool, type InstanceReport, type Pool, type PoolHealthCheck } from './workers/pool.ts';
import type { WorkerRecords } from './workers/records.ts';
import { judgeStack, readStartCommand } from './workers/startCommand.ts';
import type { WorkerLaunch } from './workers/worker.ts';

/** Hands out the endpoint where a worker asks for tokens of its site's identities. */
export interface IdentityEndpoint {
  /** @param identities resource ids */
  registerWorker(registration: { identities: string[] }): WorkerRegistration;
}

interface WorkerRegistration {
  readonly endpoint: string;
  readonly header: string;
  /** From now on the worker has these identities. */
  assign(identities: string[]): void;
  revoke(): void;
}

export interface SiteRuntimeDependencies {
  readonly context: LocalContext;
  readonly directory: Pick<Directory, 'ensureManagedIdentity' | 'issueForManagedIdentity'>;
  readonly identityEndpoint: IdentityEndpoint;
  readonly keyVault: ReferencedVaults;
  readonly platformEnv: Readonly<Record<string, string>>;
  readonly packages: PackageCache;
  readonly packageFolder: string;
  readonly records: WorkerRecords;
  readonly timing: Timing;
  readonly instanceId: (planId: string, number: number) => string;
  readonly replaceInstance: (planId: string, number: number) => boolean;
}

export type SiteStatus = 'Stopped' | 'NoPackage' | 'Starting' | 'Serving' | 'Failed';

export interface SiteReport {
  readonly id: string;
  readonly site: string;
  readonly slot: string | undefined;
  readonly url: string;
  readonly status: SiteStatus;
  /** Why it does not serve, or not what was asked for last. */
  readonly message: string | undefined;
  /** SHA-256 of the package that serves. */
  readonly packageDigest: string | undefined;
  readonly instances: readonly InstanceReport[];
  readonly references: readonly ReferenceStatus[];
}

/** Ends of a process, without having served, after which nobody waits for it any longer. */
const CRASH_LOOP_RESTARTS = 3;

/** What the processes of a deployment are started with. */
interface LaunchBasis {
  readonly wanted: SiteSpec;
  readonly resolved: ResolvedSettings;
  readonly platform: PlatformSettings;
}

/** The site or slot that a deployment serves at this moment: a swap hands it to another. */
interface Owner {
  readonly log: Logger;
  logFileOf(number: number): LogFile;
  changed(): void;
}

/** One version and configuration of a site. */
export interface Deployment {
  /**
   * Tells configurations apart. In memory only: it is derived from secrets.
   * Undefined for processes that a swap brought and that go on as they are: they take the fingerprint of what is asked for now.
   */
  fingerprint: string | undefined;
  basis: LaunchBasis;
  owner: Owner;
  readonly registrations: Set<WorkerRegistration>;
  readonly abort: AbortController;
  digest: string | undefined;
  pool: Pool | undefined;
  /** Resolves when it was tried once: it serves, or it is known why not. */
  tried: Promise<void>;
}

/** What runs for one site or slot. It brings about what its resources say, again and again. */
export interface SiteRuntime {
  readonly key: string;
  /** The resources may have changed: the front end follows at once, the processes as soon as they can. */
  apply(): void;
  /** Starts new processes although nothing has changed. */
  restart(): void;
  /** Fetches the Key Vault references again; changed secrets restart the app. */
  refreshReferences(): Promise<readonly ReferenceStatus[]>;
  /** For the front end. */
  route(): Route | undefined;
  uses(planId: string): boolean;
  readonly hasHealthCheck: boolean;
  readonly packageDigests: readonly string[];
  isUnhealthy(number: number): boolean;
  recycle(number: number): void;
  report(): SiteReport;
  /** Resolves when it was begun to bring about what is asked for now. */
  whenBegun(): Promise<void>;
  /** Resolves when what is asked for now was tried once. */
  whenTried(): Promise<void>;
  /**
   * Resolves when what is asked for now runs on every instance.
   * @throws Error with the reason as soon as one instance was tried in vain, or nothing can run
   */
  whenUpEverywhere(signal: AbortSignal): Promise<void>;
  /** Gives away what serves, for a swap; what was coming up is ended. The caller hands in something else before it lets go of the event loop. */
  release(): Deployment | undefined;
  /**
   * Serves from now on what another slot has released.
   * @param asItIs its processes go on with the environment that they have; otherwise they are replaced by new ones as after any change of settings
   */
  adopt(deployment: Deployment | undefined, asItIs: boolean): void;
  /** @throws Error naming the last reason when the time is up */
  waitUntilServing(timeoutMs: number): Promise<SiteReport>;
  close(): Promise<void>;
}

/**
 * A change starts new processes and takes the old ones out of service when the new ones answer (overlapped recycling).
 * When the new ones never answer, the old ones go on and the report says why.
 * Source: learn.microsoft.com, "Environment variables and app settings in Azure App Service", WEBSITE_DISABLE_OVERLAPPED_RECYCLING.
 * @param readSpec what the resources say now; undefined when they are gone
 */
export function createSiteRuntime(key: string, readSpec: () => SiteSpec | undefined, dependencies: SiteRuntimeDependencies): SiteRuntime {
  const { context, timing } = dependencies;
  const log = context.log.child({ site: key });
  const logFiles = new Map<string, LogFile>();
  const watchers = new Set<() => void>();
  const retiring = new Set<Promise<void>>();
  let spec: SiteSpec | undefined;
  let references: readonly ReferenceStatus[] = [];
  let current: Deployment | undefined;
  let candidate: Deployment | undefined;
  let idleStatus: 'Stopped' | 'NoPackage' | undefined;
  let message: string | undefined;
  let restarts = 0;
  let dirty = false;
  let closed = false;
  let loop: Promise<void> | undefined;
  const owner: Owner = { log, logFileOf, changed };
  const refreshTimer = setInterval(() => runtime.apply(), timing.referenceRefreshMs);
  refreshTimer.unref();

  const runtime: SiteRuntime = {
    key,
    apply() {
      if (closed) return;
      spec = readSpec();
      dirty = true;
      loop ??= reconcileAll();
    },
    restart() {
      restarts++;
      runtime.apply();
    },
    async refreshReferences() {
      runtime.apply();
      await loop;
      return references;
    },
    route() {
      if (!spec) return undefined;
      const pool = spec.running ? current?.pool : undefined;
      return { spec, pageWithoutTarget: pageFor(spec), pick: (preferred, refused) => pool?.pick(preferred, refused) };
    },
    uses: (planId) => spec?.planId.toLowerCase() === planId.toLowerCase(),
    get hasHealthCheck() {
      return spec?.healthCheckPath !== undefined && current !== undefined;
    },
    get packageDigests() {
      return [current?.digest, candidate?.digest].filter((digest) => digest !== undefined);
    },
    isUnhealthy: (number) => current?.pool?.isUnhealthy(number) ?? false,
    recycle(number) {
      current?.pool?.recycle(number);
      candidate?.pool?.recycle(number);
    },
    report,
    async whenBegun() {
      await loop;
    },
    async whenTried() {
      await loop;
      await (candidate ?? current)?.tried;
    },
    async whenUpEverywhere(signal) {
      for (;;) {
        signal.throwIfAborted();
        await loop;
        if (servesAsAsked()) return;
        const obstacle = whyNotUp();
        if (obstacle !== undefined) throw new Error(obstacle);
        const woken = new Promise<void>((resolve) => watchers.add(resolve));
        await Promise.race([woken, expired(signal)]);
      }
    },
    release() {
      const released = current;
      retire(candidate);
      current = candidate = undefined;
      return released;
    },
    adopt(deployment, asItIs) {
      current = deployment;
      if (deployment) {
        deployment.owner = owner;
        if (asItIs) deployment.fingerprint = undefined;
        idleStatus = undefined;
      }
      message = undefined;
      runtime.apply();
      changed();
    },
    async waitUntilServing(timeoutMs) {
      const deadline = AbortSignal.timeout(timeoutMs);
      while (!servesAsAsked()) {
        const changed = new Promise<'changed'>((resolve) => watchers.add(() => resolve('changed')));
        const outcome = await Promise.race([changed, expired(deadline)]);
        if (servesAsAsked() || (outcome !== 'expired' && !isCrashLooping())) continue;
        const how = isCrashLooping() ? 'does not come up: its processes end again and again' : `does not serve as asked after ${timeoutMs / 1000} s`;
        throw new Error(`${report().url} ${how} (${lastReason()}).${current && candidate ? ' What ran before goes on.' : ''} The logs of its processes are in ${logFolder()}`);
      }
      return report();
    },
    async close() {
      closed = true;
      clearInterval(refreshTimer);
      await loop;
      await Promise.all([drop(candidate), drop(current)]);
      candidate = current = undefined;
      await Promise.all(retiring);
      for (const file of logFiles.values()) file.close();
      changed();
    },
  };
  return runtime;

  async function reconcileAll(): Promise<void> {
    // Changes that come together (a site, then its settings) are met together.
    await Promise.resolve();
    while (dirty && !closed) {
      dirty = false;
      try {
        await reconcile();
      } catch (error) {
        fail(error);
      }
    }
    loop = undefined;
    changed();
  }

  async function reconcile(): Promise<void> {
    const wanted = spec;
    if (!wanted?.running) return rest('Stopped');
    const resolved = await resolveReferences(wanted, dependencies);
    // Changed meanwhile, or swapped: the next turn goes by what is asked for now.
    if (wanted !== spec) return;
    references = resolved.references;
    for (const { name, status } of references) if (status !== 'Resolved') log.warn({ setting: name, status }, 'a Key Vault reference is not resolved');
    const platform = readPlatformSettings(resolved.settings);
    if (platform.packageUrl === undefined) return rest('NoPackage');
    idleStatus = undefined;
    const fingerprint = fingerprintOf(wanted, resolved.settings, restarts);
    if (current && current.fingerprint === undefined) settleIn(current, fingerprint, { wanted, resolved, platform });
    for (const known of [candidate, current]) if (known?.fingerprint === fingerprint) known.pool?.scale(wanted.capacity);
    if (candidate?.fingerprint === fingerprint) return;
    retire(candidate);
    candidate = undefined;
    if (current?.fingerprint === fingerprint) {
      message = undefined;
      return;
    }
    if (resolved.settings['WEBSITE_DISABLE_OVERLAPPED_RECYCLING'] === '1') {
      const before = current;
      current = undefined;
      await drop(before);
      if (wanted !== spec) return;
    }
    candidate = begin(fingerprint, wanted, resolved, platform, resolved.settings['WEBSITE_RUN_FROM_PACKAGE'] as string);
  }

  /** Processes that a swap brought: what starts after them, and what the platform does with them, goes by the slot that they serve now. */
  function settleIn(deployment: Deployment, fingerprint: string, basis: LaunchBasis): void {
    deployment.fingerprint = fingerprint;
    deployment.basis = basis;
    deployment.pool?.checkHealth(healthCheckOf(basis));
    // "Managed identities" are not swapped: learn.microsoft.com, "Set up staging environments", "Which settings are swapped?".
    for (const registration of deployment.registrations) registration.assign([...basis.wanted.identities]);
  }

  function rest(status: 'Stopped' | 'NoPackage'): void {
    idleStatus = status;
    message = undefined;
    retire(candidate);
    retire(current);
    candidate = current = undefined;
  }

  function begin(fingerprint: string, wanted: SiteSpec, resolved: ResolvedSettings, platform: PlatformSettings, packageUrl: string): Deployment {
    let tried: () => void = () => undefined;
    const deployment: Deployment = {
      fingerprint,
      basis: { wanted, resolved, platform },
      owner,
      registrations: new Set(),
      abort: new AbortController(),
      digest: undefined,
      pool: undefined,
      tried: new Promise((resolve) => (tried = resolve)),
    };
    message = undefined;
    void bringUp(deployment, packageUrl, tried)
      .catch((error: unknown) => {
        if (!deployment.abort.signal.aborted) fail(error);
      })
      .finally(() => {
        tried();
        changed();
      });
    return deployment;
  }

  async function bringUp(deployment: Deployment, packageUrl: string, tried: () => void): Promise<void> {
    const { signal } = deployment.abort;
    const { wanted, platform } = deployment.basis;
    judgeStack(wanted.linuxFxVersion);
    readStartCommand(wanted.appCommandLine);
    let packageRoot: string | undefined;
    for (let attempt = 0; packageRoot === undefined; attempt++) {
      try {
        packageRoot = await fetchPackage(deployment, wanted, platform, packageUrl);
      } catch (error) {
        if (signal.aborted) return;
        fail(error);
        tried();
        await delay(timing.packagePausesMs[Math.min(attempt, timing.packagePausesMs.length - 1)], undefined, { signal });
      }
    }
    if (signal.aborted) return;
    message = undefined;
    const root = packageRoot;
    const pool = createPool({
      get log() {
        return deployment.owner.log;
      },
      now: context.now,
      restartPausesMs: timing.restartPausesMs,
      stableAfterMs: timing.stableAfterMs,
      healthCheck: healthCheckOf(deployment.basis),
      instanceId: (number) => dependencies.instanceId(wanted.planId, number),
      replaceInstance: (number) => dependencies.replaceInstance(wanted.planId, number),
      changed: () => deployment.owner.changed(),
      launch: (number) => launchOf(deployment, root, number),
    });
    deployment.pool = pool;
    pool.scale(spec?.capacity ?? wanted.capacity);
    void pool.tried.then(tried);
    // Nothing serves yet: whichever instance answers first may serve.
    if (!current) return promote(deployment);
    await pool.whenServing(signal);
    promote(deployment);
  }

  function launchOf(deployment: Deployment, packageRoot: string, number: number): WorkerLaunch {
    const { wanted, resolved, platform } = deployment.basis;
    const home = join(context.stateDir, 'home', wanted.siteName, wanted.slotName ?? 'production');
    // An endpoint of its own for each process, gone with it.
    const registration = wanted.identities.length > 0 ? dependencies.identityEndpoint.registerWorker({ identities: [...wanted.identities] }) : undefined;
    if (registration) deployment.registrations.add(registration);
    return {
      command: readStartCommand(wanted.appCommandLine),
      packageRoot,
      home,
      siteId: wanted.id,
      warmup: { path: platform.warmupPath, statuses: platform.warmupStatuses, limitMs: platform.startTimeLimitMs, pauseMs: timing.warmupPauseMs },
      stopLimitMs: platform.stopTimeLimitMs,
      settleLimitMs: timing.settleLimitMs,
      log: deployment.owner.logFileOf(number),
      records: dependencies.records,
      ended() {
        if (!registration) return;
        registration.revoke();
        deployment.registrations.delete(registration);
      },
      environment: (port) =>
        workerEnvironment(wanted, resolved.settings, {
          port,
          instanceId: dependencies.instanceId(wanted.planId, number),
          home,
          identity: registration && { endpoint: registration.endpoint, header: registration.header },
          platformEnv: dependencies.platformEnv,
        }),
    };
  }

  function healthCheckOf({ wanted, platform }: LaunchBasis): PoolHealthCheck | undefined {
    return wanted.healthCheckPath === undefined ? undefined : {
      path: wanted.healthCheckPath,
      host: wanted.host,
      intervalMs: timing.healthCheckIntervalMs,
      replaceAfterMs: timing.replaceAfterMs,
      maxPingFailures: platform.maxPingFailures,
      maxUnhealthyWorkerPercent: platform.maxUnhealthyWorkerPercent,
    };
  }

  async function fetchPackage(deployment: Deployment, wanted: SiteSpec, platform: PlatformSettings, url: string): Promise<string> {
    const identity = platform.packageIdentity?.toLowerCase() === 'systemassigned' ? wanted.id : platform.packageIdentity;
    if (identity !== undefined && !wanted.identities.some((id) => id.toLowerCase() === identity.toLowerCase())) {
      throw new Error(`WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID names ${identity}, which is not assigned to the site. Assign it, or name one that is.`);
    }
    const bearer = identity === undefined ? undefined : (await dependencies.directory.issueForManagedIdentity(identity, 'https://storage.azure.com')).accessToken;
    const downloaded = await downloadPackage({ url, bearer, authorityPem: context.tls.authorityPem, folder: dependencies.packageFolder, signal: deployment.abort.signal });
    try {
      deployment.digest = downloaded.digest;
      return await dependencies.packages.unpack(downloaded);
    } finally {
      await rm(downloaded.file, { force: true });
    }
  }

  function promote(deployment: Deployment): void {
    if (deployment.abort.signal.aborted || candidate !== deployment) return;
    const before = current;
    current = deployment;
    candidate = undefined;
    message = undefined;
    retire(before);
    changed();
  }

  function retire(deployment: Deployment | undefined): void {
    if (!deployment) return;
    const work = drop(deployment).finally(() => retiring.delete(work));
    retiring.add(work);
  }

  async function drop(deployment: Deployment | undefined): Promise<void> {
    deployment?.abort.abort();
    await deployment?.pool?.close();
  }

  function fail(error: unknown): void {
    message = error instanceof Error ? error.message : String(error);
    log.error({ reason: message }, 'the site could not be brought up');
    changed();
  }

  function servesAsAsked(): boolean {
    return !loop && !dirty && !candidate && current?.pool !== undefined && current.pool.size === spec?.capacity && current.pool.readyCount === current.pool.size;
  }

  /** Why what is asked for will not run on every instance; undefined while it still may. */
  function whyNotUp(): string | undefined {
    if (closed) return 'the local Azure stops';
    if (idleStatus === 'Stopped') return 'it is stopped';
    if (idleStatus === 'NoPackage') return 'no package is deployed: WEBSITE_RUN_FROM_PACKAGE is not set';
    const failed = (candidate ?? current)?.pool?.report().find(({ lastError }) => lastError !== undefined);
    if (failed) return `instance ${failed.number}: ${failed.lastError}`;
    return candidate && !candidate.pool ? message : undefined;
  }

  /** Every process of what is asked for has ended several times without having served: waiting longer does not help. */
  function isCrashLooping(): boolean {
    const instances = (candidate ?? current)?.pool?.report() ?? [];
    return instances.length > 0 && instances.every(({ lastError, restarts: ends }) => lastError !== undefined && ends >= CRASH_LOOP_RESTARTS);
  }

  function lastReason(): string {
    const errors = [candidate, current].flatMap((deployment) => deployment?.pool?.report() ?? []).flatMap(({ lastError }) => lastError ?? []);
    return message ?? errors[0] ?? 'no reason known yet';
  }

  function changed(): void {
    const woken = [...watchers];
    watchers.clear();
    for (const wake of woken) wake();
  }

  function status(): SiteStatus {
    if (idleStatus) return idleStatus;
    if (current?.pool && current.pool.readyCount > 0) return 'Serving';
    if (message !== undefined || current?.pool?.report().some((instance) => instance.lastError !== undefined)) return 'Failed';
    return 'Starting';
  }

  function pageFor(at: SiteSpec): Page {
    if (!at.running) return 'stopped';
    return idleStatus === 'NoPackage' ? 'noPackage' : 'unavailable';
  }

  function report(): SiteReport {
    const at = spec;
    return {
      id: at?.id ?? key,
      site: at?.siteName ?? '',
      slot: at?.slotName,
      url: `https://${at?.host ?? ''}`,
      status: status(),
      message,
      packageDigest: current?.digest,
      instances: current?.pool?.report() ?? [],
      references,
    };
  }

  function logFolder(): string {
    return join(context.stateDir, 'logs', spec?.siteName ?? 'unknown', spec?.slotName ?? 'production');
  }

  function logFileOf(number: number): LogFile {
    const path = join(logFolder(), `${number}.log`);
    const known = logFiles.get(path) ?? openLogFile(path);
    logFiles.set(path, known);
    return known;
  }
}

function fingerprintOf(spec: SiteSpec, settings: Readonly<Record<string, string>>, restarts: number): string {
  const { capacity: _capacity, affinity: _affinity, slotRules: _slotRules, running: _running, settings: _unresolved, ...rest } = spec;
  const ordered = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([rest, ordered, restarts])).digest('hex');
}

function expired(signal: AbortSignal): Promise<'expired'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('expired');
    else signal.addEventListener('abort', () => resolve('expired'), { once: true });
  });
}
