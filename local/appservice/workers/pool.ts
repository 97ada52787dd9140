import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RouteTarget } from '../frontend/proxy.ts';
import { HEALTH_CHECK_TIMEOUT_MS } from '../limits.ts';
import { afterPing, chooseEvicted, type InstanceHealth } from './healthCheck.ts';
import { ping, startWorker, type Worker, type WorkerLaunch } from './worker.ts';

export type InstanceState = 'Starting' | 'Ready' | 'Unhealthy' | 'Restarting' | 'Stopped';

/** One instance of a site or slot, for people and for `GET …/instances`. */
export interface InstanceReport {
  /** WEBSITE_INSTANCE_ID. */
  readonly id: string;
  readonly number: number;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  readonly state: InstanceState;
  readonly startedAt: string | undefined;
  /** How often its process ended and was started again. */
  readonly restarts: number;
  readonly lastError: string | undefined;
}

export interface PoolHealthCheck {
  readonly path: string;
  readonly host: string;
  readonly intervalMs: number;
  readonly maxPingFailures: number;
  readonly maxUnhealthyWorkerPercent: number;
  readonly replaceAfterMs: number;
}

export interface PoolOptions {
  readonly log: Logger;
  readonly now: () => Date;
  /** Pauses before a process is started again, in turn; the last one repeats. */
  readonly restartPausesMs: readonly number[];
  /** A process that ran for this long is started again at once when it ends. */
  readonly stableAfterMs: number;
  readonly healthCheck: PoolHealthCheck | undefined;
  instanceId(number: number): string;
  /** Asks for another instance in the place of one that stays unhealthy. @returns whether there is one */
  replaceInstance(number: number): boolean;
  launch(number: number): WorkerLaunch;
  /** Something that a report shows has changed. */
  changed(): void;
}

/** The processes of one version and configuration of a site, one an instance of the plan. */
export interface Pool {
  readonly size: number;
  readonly readyCount: number;
  /** Resolves when every instance has been tried once, ready or not. */
  readonly tried: Promise<void>;
  /** Starts or stops instances until there are so many. */
  scale(capacity: number): void;
  /** Round robin over the instances in rotation; the preferred one when it is among them. */
  pick(preferred: string | undefined, refused: ReadonlySet<RouteTarget>): RouteTarget | undefined;
  /** Resolves when every instance has been tried and at least one is ready. */
  whenServing(signal: AbortSignal): Promise<void>;
  /** Ends the process of an instance; its successor takes the instance's new id. */
  recycle(number: number): void;
  isUnhealthy(number: number): boolean;
  /** Another health check, or none, from now on. */
  checkHealth(check: PoolHealthCheck | undefined): void;
  report(): InstanceReport[];
  /** Stops all processes, each within its stop limit. */
  close(): Promise<void>;
}

const HEALTHY_STATUSES = Array.from({ length: 100 }, (_, index) => 200 + index);

/** An instance of the plan as this site uses it. */
interface Seat {
  readonly number: number;
  /** Scaled out beside instances that serve: it joins them once it is healthy. */
  joining: boolean;
  readonly stopping: AbortController;
  readonly done: Promise<void>;
  instanceId: string;
  state: InstanceState;
  worker: Worker | undefined;
  target: RouteTarget | undefined;
  health: InstanceHealth;
  restarts: number;
  lastError: string | undefined;
}

export function createPool(options: PoolOptions): Pool {
  const seats = new Map<number, Seat>();
  const waiting = new Set<() => void>();
  const firstTries: Promise<void>[] = [];
  let evicted: ReadonlySet<number> = new Set();
  let turn = 0;
  let closed = false;
  let health: PoolHealthCheck | undefined;
  let checking = false;
  let timer: NodeJS.Timeout | undefined;
  useHealthCheck(options.healthCheck);

  const pool: Pool = {
    get size() {
      return seats.size;
    },
    get readyCount() {
      return inRotation().length;
    },
    get tried() {
      return Promise.all(firstTries).then(() => undefined);
    },
    scale(capacity) {
      if (closed) return;
      const joining = inRotation().length > 0;
      for (let number = 1; number <= capacity; number++) if (!seats.has(number)) addSeat(number, joining);
      for (const seat of [...seats.values()]) if (seat.number > capacity) void removeSeat(seat);
    },
    pick(preferred, refused) {
      const choices = inRotation().filter((seat) => !refused.has(seat.target as RouteTarget));
      const seat = choices.find((choice) => choice.instanceId === preferred) ?? choices[turn++ % Math.max(1, choices.length)];
      return seat?.target;
    },
    async whenServing(signal) {
      await abortable(pool.tried, signal);
      while (inRotation().length === 0) {
        await abortable(new Promise<void>((resolve) => waiting.add(resolve)), signal);
      }
    },
    recycle(number) {
      const seat = seats.get(number);
      if (seat) seat.target = undefined;
      void seat?.worker?.stop();
    },
    isUnhealthy: (number) => seats.get(number)?.health.unhealthySince !== undefined,
    checkHealth: useHealthCheck,
    report: () => [...seats.values()].toSorted((a, b) => a.number - b.number).map(reportSeat),
    async close() {
      closed = true;
      clearInterval(timer);
      await Promise.all([...seats.values()].map(removeSeat));
    },
  };
  return pool;

  function inRotation(): Seat[] {
    return [...seats.values()].filter((seat) => seat.target !== undefined && !evicted.has(seat.number));
  }

  function changed(): void {
    for (const wake of waiting) wake();
    waiting.clear();
    options.changed();
  }

  function addSeat(number: number, joining: boolean): void {
    let tried: () => void = () => undefined;
    firstTries.push(new Promise<void>((resolve) => (tried = resolve)));
    const stopping = new AbortController();
    const seat: Seat = {
      number,
      joining,
      stopping,
      instanceId: options.instanceId(number),
      state: 'Starting',
      worker: undefined,
      target: undefined,
      health: { number, failures: 0, unhealthySince: undefined },
      restarts: 0,
      lastError: undefined,
      // Begun in the next turn: the seat must be in its place when the first process starts.
      done: Promise.resolve().then(() => keepRunning(seat, tried)),
    };
    seats.set(number, seat);
  }

  async function removeSeat(seat: Seat): Promise<void> {
    seats.delete(seat.number);
    seat.stopping.abort();
    seat.target = undefined;
    await seat.worker?.stop();
    await seat.done;
  }

  /** Starts the seat's process, and again whenever it ends, until the seat is given up. */
  async function keepRunning(seat: Seat, tried: () => void): Promise<void> {
    const { signal } = seat.stopping;
    let failures = 0;
    while (!signal.aborted) {
      move(seat, seat.restarts === 0 && failures === 0 ? 'Starting' : 'Restarting');
      const ended = await runOnce(seat, tried);
      tried();
      if (signal.aborted) break;
      seat.restarts++;
      failures = ended.ranForMs >= options.stableAfterMs ? 0 : failures + 1;
      move(seat, 'Restarting');
      const pauseMs = failures === 0 ? 0 : (options.restartPausesMs[Math.min(failures, options.restartPausesMs.length) - 1] ?? 0);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    move(seat, 'Stopped');
    tried();
  }

  async function runOnce(seat: Seat, tried: () => void): Promise<{ ranForMs: number }> {
    let ready: number | undefined;
    seat.instanceId = options.instanceId(seat.number);
    seat.health = { number: seat.number, failures: 0, unhealthySince: undefined };
    judgeEvictions();
    try {
      const worker = await startWorker(options.launch(seat.number), options.now);
      seat.worker = worker;
      if (seat.stopping.signal.aborted) void worker.stop();
      await worker.warmUp();
      // "When scaling out, App Service pings the Health check path to ensure new instances are ready": "Monitor App Service instances by using Health check".
      if (seat.joining && health) await worker.warmUp({ path: health.path, statuses: HEALTHY_STATUSES });
      seat.joining = false;
      ready = performance.now();
      if (!seat.stopping.signal.aborted && worker.isRunning) {
        seat.target = { instanceId: seat.instanceId, port: worker.port, agent: worker.agent, enter: () => worker.unanswered.enter() };
        seat.lastError = undefined;
        move(seat, 'Ready');
        tried();
      }
      const { code, signal } = await worker.exited;
      if (!seat.stopping.signal.aborted) {
        seat.lastError = `The process ended with ${signal ?? `exit code ${code}`}.`;
        options.log.warn({ instance: seat.number, pid: worker.pid, code, signal }, 'a worker process ended');
      }
    } catch (error) {
      if (!seat.stopping.signal.aborted) {
        seat.lastError = error instanceof Error ? error.message : String(error);
        options.log.warn({ instance: seat.number, reason: seat.lastError }, 'a worker process did not come up');
      }
    } finally {
      seat.target = undefined;
      await seat.worker?.stop();
      seat.worker = undefined;
    }
    return { ranForMs: ready === undefined ? 0 : performance.now() - ready };
  }

  function move(seat: Seat, state: InstanceState): void {
    seat.state = state;
    changed();
  }

  function useHealthCheck(check: PoolHealthCheck | undefined): void {
    clearInterval(timer);
    health = check;
    timer = check && setInterval(() => void pingAll(), check.intervalMs);
    timer?.unref();
  }

  async function pingAll(): Promise<void> {
    const check = health;
    if (!check || checking) return;
    checking = true;
    await Promise.all([...seats.values()].map((seat) => checkSeat(seat, check)));
    checking = false;
    judgeEvictions();
    changed();
  }

  async function checkSeat(seat: Seat, check: PoolHealthCheck): Promise<void> {
    const worker = seat.worker;
    if (!worker || !seat.target) return;
    const status = await ping({ port: worker.port, path: check.path, timeoutMs: HEALTH_CHECK_TIMEOUT_MS, headers: { host: check.host } });
    // The answer of a process that has been replaced meanwhile says nothing of its successor.
    if (seat.worker !== worker) return;
    seat.health = afterPing(seat.health, status, check.maxPingFailures, options.now());
    const since = seat.health.unhealthySince;
    if (since && options.now().getTime() - since.getTime() >= check.replaceAfterMs && options.replaceInstance(seat.number)) {
      options.log.warn({ instance: seat.number }, 'an instance that stayed unhealthy is replaced');
    }
  }

  function judgeEvictions(): void {
    const next = health ? chooseEvicted([...seats.values()].map((seat) => seat.health), health.maxUnhealthyWorkerPercent) : new Set<number>();
    for (const number of next) if (!evicted.has(number)) options.log.warn({ instance: number }, 'an unhealthy instance was taken out of rotation');
    for (const number of evicted) if (!next.has(number)) options.log.info({ instance: number }, 'an instance is back in rotation');
    evicted = next;
  }

  function reportSeat(seat: Seat): InstanceReport {
    return {
      id: seat.instanceId,
      number: seat.number,
      pid: seat.worker?.pid,
      port: seat.worker?.port,
      state: seat.state === 'Ready' && seat.health.unhealthySince ? 'Unhealthy' : seat.state,
      startedAt: seat.worker?.startedAt.toISOString(),
      restarts: seat.restarts,
      lastError: seat.lastError,
    };
  }
}

function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
