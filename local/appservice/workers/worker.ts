import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import type { LogFile } from './logFile.ts';
import { endGroup, type WorkerRecords } from './records.ts';
import type { StartCommand } from './startCommand.ts';
import { createUnanswered, type Unanswered } from './unanswered.ts';

/** What a worker process is started with. */
export interface WorkerLaunch {
  readonly command: StartCommand;
  readonly packageRoot: string;
  readonly home: string;
  readonly siteId: string;
  readonly warmup: { readonly path: string; readonly statuses: readonly number[] | undefined; readonly limitMs: number; readonly pauseMs: number };
  readonly stopLimitMs: number;
  /** How long a stop waits, before SIGTERM, for the first byte of answers to requests that are on their way to the process. */
  readonly settleLimitMs: number;
  readonly log: LogFile;
  readonly records: WorkerRecords;
  /** @param port the free port that the worker is to listen on */
  environment(port: number): Readonly<Record<string, string>>;
  /** Called when the process is gone, or could not be started. */
  ended(): void;
}

/** One process of the app. */
export interface Worker {
  readonly pid: number;
  readonly port: number;
  readonly startedAt: Date;
  /** Keep-alive connections of the front end to this process. */
  readonly agent: Agent;
  /** What the front end has sent to it and not seen an answer to. */
  readonly unanswered: Unanswered;
  /** Resolves when the process is gone. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly isRunning: boolean;
  /**
   * Pings until the app answers as it should.
   * @param check in place of the warm-up path and statuses
   * @throws WorkerStartError when the process ends before, or the time is up
   */
  warmUp(check?: { readonly path: string; readonly statuses: readonly number[] }): Promise<void>;
  /**
   * To be called when no request is given to it any more: SIGTERM, and SIGKILL when the stop limit is over. Safe to call again.
   * Source: learn.microsoft.com, "Environment variables and app settings in Azure App Service", WEBSITES_CONTAINER_STOP_TIME_LIMIT.
   */
  stop(): Promise<void>;
}

export class WorkerStartError extends Error {
  readonly code = 'WorkerStartFailed';
  constructor(message: string) {
    super(message);
    this.name = 'WorkerStartError';
  }
}

/** Starts a worker process in a group of its own. @throws WorkerStartError when the program cannot be started */
export async function startWorker(launch: WorkerLaunch, now: () => Date): Promise<Worker> {
  const port = await findFreePort();
  mkdirSync(launch.home, { recursive: true, mode: 0o700 });
  const child = spawn(launch.command.file, launch.command.arguments, {
    cwd: launch.packageRoot,
    env: { ...launch.environment(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: a Ctrl+C meant for this program does not end the workers before their time, and a stop reaches all of it.
    detached: true,
  });
  const pid = await started(child, launch.command.file).catch((error: unknown) => {
    launch.ended();
    throw error;
  });
  launch.records.add(pid, launch.siteId);
  launch.log.write(`${now().toISOString()} platform: started process ${pid} on port ${port}\n`);
  child.stdout?.on('data', (chunk: Buffer) => launch.log.write(chunk));
  child.stderr?.on('data', (chunk: Buffer) => launch.log.write(chunk));
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000 });
  const unanswered = createUnanswered();
  let running = true;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      // What it started must not outlive it.
      endGroup(pid, 'SIGKILL');
      launch.records.remove(pid);
      launch.ended();
      launch.log.write(`${now().toISOString()} platform: process ${pid} ended with ${signal ?? `exit code ${code}`}\n`);
      agent.destroy();
      resolve({ code, signal });
    });
  });
  let stopping: Promise<void> | undefined;
  return {
    pid,
    port,
    startedAt: now(),
    agent,
    unanswered,
    exited,
    get isRunning() {
      return running;
    },
    warmUp: (check) => warmUp({ ...launch.warmup, ...check }, port, exited, () => running),
    stop: () => (stopping ??= running ? stop() : Promise.resolve()),
  };

  async function stop(): Promise<void> {
    // A connection with a request on it that the process has not read yet looks idle to it, and a server that closes closes idle connections.
    closeConnections(agent);
    await Promise.race([unanswered.none(launch.settleLimitMs), exited]);
    await terminate(pid, exited, launch.stopLimitMs);
  }
}

/** Idle ones at once, the others with their answer. */
function closeConnections(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

async function terminate(pid: number, exited: Promise<unknown>, limitMs: number): Promise<void> {
  endGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => endGroup(pid, 'SIGKILL'), limitMs);
  await exited;
  clearTimeout(timer);
}

async function started(child: ChildProcess, file: string): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  throw new WorkerStartError(`The start command's program "${file}" cannot be started: ${error.code ?? error.message}. Correct siteConfig.appCommandLine.`);
}

async function warmUp(warmup: WorkerLaunch['warmup'], port: number, exited: Promise<{ code: number | null; signal: string | null }>, isRunning: () => boolean): Promise<void> {
  const deadline = Date.now() + warmup.limitMs;
  let last = 'no answer yet';
  let wake: () => void = () => undefined;
  void exited.then(() => wake());
  while (Date.now() < deadline) {
    if (!isRunning()) {
      const { code, signal } = await exited;
      throw new WorkerStartError(`The process ended with ${signal ?? `exit code ${code}`} before it answered ${warmup.path}.`);
    }
    const outcome = await ping({ port, path: warmup.path, timeoutMs: Math.max(1, deadline - Date.now()) });
    if (typeof outcome === 'number' && (warmup.statuses?.includes(outcome) ?? true)) return;
    last = typeof outcome === 'number' ? `status ${outcome}` : outcome;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, warmup.pauseMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  throw new WorkerStartError(
    `The process did not answer ${warmup.path} within ${warmup.limitMs / 1000} s${warmup.statuses ? ` with one of ${warmup.statuses.join(', ')}` : ''} (last: ${last}). ` +
      'It must listen on the port in PORT; WEBSITES_CONTAINER_START_TIME_LIMIT gives it more time.',
  );
}

/** A GET to a worker that follows no redirect. @returns the status, or why there is none */
export function ping({ port, path, timeoutMs, headers }: { port: number; path: string; timeoutMs: number; headers?: Record<string, string> }): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false, headers: { 'user-agent': 'HealthCheck/1.0', ...headers }, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      answer.resume();
      answer.on('error', () => undefined);
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.name === 'AbortError' || error.name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : (error.code ?? error.message)));
    outgoing.end();
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
