import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CommandError } from '../../scripts/commandError.ts';
import type { Cores } from './cores.ts';

/** How a server is started. It listens on a free port of 127.0.0.1 and writes its address once it does. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment, besides PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  /** When it was started, on the clock of `performance.now()`, in milliseconds. */
  readonly startedAtMs: number;
  /** Asks it to end and waits until it has; kills it when it takes too long. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const MAX_OUTPUT_CHARS = 20_000;
/** Fastify says "listening on", uvicorn "running on". */
const ADDRESS = /(?:listening|running) on (http:\/\/127\.0\.0\.1:\d+)/;

const running = new Set<ChildProcess>();
// A benchmark that is cut off leaves no server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @throws CommandError BENCH_SERVER_FAILED with its output when it ends or says nothing before it listens */
export async function startServerProcess(name: string, launch: Launch, cores: Cores): Promise<ServerProcess> {
  const { command, args } = cores.onServerCore(launch.command, launch.args);
  const startedAtMs = performance.now();
  const child = spawn(command, args, { cwd: launch.cwd, env: { PATH: process.env['PATH'], ...launch.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const ended = once(child, 'close').finally(() => running.delete(child));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const listening = Promise.withResolvers<string>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
      const url = ADDRESS.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    });
  }
  const fail = (what: string): void => listening.reject(new CommandError('BENCH_SERVER_FAILED', `The server ${name} ${what}:\n${output.trim()}`));
  const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS / 1_000} s`), START_TIMEOUT_MS);
  ended.then(([code]: unknown[]) => fail(`ended with exit code ${String(code)} before it listened`), (error: Error) => fail(`could not be started (${error.message})`));
  try {
    const url = await listening.promise;
    return { pid: child.pid ?? 0, url, startedAtMs, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
