import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NODE_OPTIONS } from '../../../infra/package/startCommand.ts';
import { ENVIRONMENT } from './testApp.ts';

/** A server that runs as it does in production: a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  /** What it wrote so far, standard output and error. */
  output(): string;
  /** Resolves once a text stands in the output. */
  outputHas(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface Running {
  readonly ended: Promise<number | NodeJS.Signals | null>;
  output(): string;
  outputHas(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly pid: number;
}

/** Starts the entry by node, as App Service does, with these settings and nothing of this process's own, besides PATH and a folder for temporary files. */
export function run(entry: string, environment: Record<string, string>, folder: string): Running {
  const child = spawn(process.execPath, [...NODE_OPTIONS, entry], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const check of waiting) check();
    });
  }
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals | null);
  const outputHas = (text: string): Promise<void> => new Promise((resolve, reject) => {
    const check = (): void => {
      if (!output.includes(text)) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
    void ended.then((code) => reject(new Error(`the server ended with ${code} and never wrote "${text}":\n${output}`)));
  });
  return { pid: child.pid ?? 0, ended, output: () => output, outputHas, kill: (signal) => child.kill(signal) };
}

export async function startServer(entry: string, environment: Record<string, string>, folder: string): Promise<ServerProcess> {
  const running = run(entry, { ...ENVIRONMENT, HOST: '127.0.0.1', PORT: '0', ...environment }, folder);
  await running.outputHas('listening on http');
  const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(running.output())?.[1];
  if (url === undefined) throw new Error(`no address in the log:\n${running.output()}`);
  return { ...running, url };
}
