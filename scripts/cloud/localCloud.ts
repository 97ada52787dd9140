import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../commandError.ts';
import { createControlClient } from './controlClient.ts';
import { findEndpoints, wasCutOff, type Endpoints } from './endpoints.ts';
import { projectDir, type LocalFolders } from './folders.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** What the starting process says over its IPC channel. */
type StartMessage = { event: 'ready' } | { event: 'failed'; code: string; message: string };

/**
 * The running local Azure, started in the background when none runs.
 * @returns its endpoints, and whether this call started it
 * @throws CommandError with the code of what hindered it, for instance LOCAL_PORT_IN_USE
 */
export async function ensureLocalCloud(folders: LocalFolders): Promise<{ endpoints: Endpoints; started: boolean }> {
  const running = await findEndpoints(folders);
  if (running) return { endpoints: running, started: false };
  const started = await startOrLose(folders);
  const endpoints = await until(() => findEndpoints(folders), START_TIMEOUT_MS);
  if (!endpoints) throw new CommandError('LOCAL_AZURE_FAILED', `The local Azure started and left no endpoints. Its log: ${folders.daemonLog}`);
  return { endpoints, started };
}

/** @returns false when another command was starting it at the same moment */
async function startOrLose(folders: LocalFolders): Promise<boolean> {
  try {
    await start(folders);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.code === 'LOCAL_STATE_IN_USE') return false;
    throw error;
  }
}

/** @throws CommandError LOCAL_AZURE_NOT_RUNNING */
export async function requireLocalCloud(folders: LocalFolders): Promise<Endpoints> {
  const endpoints = await findEndpoints(folders);
  if (!endpoints) throw new CommandError('LOCAL_AZURE_NOT_RUNNING', 'No local Azure runs in this checkout. Start it with "npm run up".');
  return endpoints;
}

async function start(folders: LocalFolders): Promise<void> {
  mkdirSync(folders.root, { recursive: true, mode: 0o700 });
  const log = openSync(folders.daemonLog, 'a', 0o600);
  const child = spawn(process.execPath, [join(projectDir, 'local', 'main.ts'), '--state-dir', folders.azure], {
    cwd: projectDir,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // The local Azure is a cloud of its own: of this shell it gets what a process needs, and nothing that names another cloud.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] },
  });
  closeSync(log);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new CommandError('LOCAL_AZURE_FAILED', `The local Azure was not ready within ${START_TIMEOUT_MS / 1000} s. ${tailOf(folders.daemonLog)}`));
      }, START_TIMEOUT_MS);
      child.once('error', reject);
      child.once('message', (message: StartMessage) => {
        clearTimeout(timer);
        if (message.event === 'ready') resolve();
        else reject(new CommandError(message.code, message.message));
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new CommandError('LOCAL_AZURE_FAILED', `The local Azure ended while starting (exit code ${code ?? 'none'}). ${tailOf(folders.daemonLog)}`));
      });
    });
  } finally {
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/**
 * Stops the local Azure and waits until its process is gone. State stays.
 * @returns false when none was running
 */
export async function stopLocalCloud(folders: LocalFolders): Promise<boolean> {
  let endpoints = await findEndpoints(folders);
  if (!endpoints) {
    if (!wasCutOff(folders)) return false;
    // A killed process leaves its workers behind; the next start ends them.
    ({ endpoints } = await ensureLocalCloud(folders));
  }
  const { pid } = endpoints;
  const isGone = (): boolean => !isRunning(pid);
  await createControlClient(endpoints).stop().catch(() => process.kill(pid, 'SIGTERM'));
  if (!(await until(isGone, STOP_TIMEOUT_MS))) {
    process.kill(pid, 'SIGKILL');
    await until(isGone, STOP_TIMEOUT_MS);
  }
  return true;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Looks until there is something to see, or the time is over. @returns what was seen last */
async function until<T>(look: () => T | Promise<T>, timeoutMs: number): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function tailOf(file: string): string {
  try {
    return `The end of ${file}:\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')}`;
  } catch {
    return '';
  }
}
