import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  readonly onWait?: (holder: string) => void;
  /** A lock whose holder has not touched it for so long is taken over. */
  readonly staleAfterMs?: number;
}

const holderSchema = z.object({ token: z.string(), pid: z.number().int(), host: z.string() });
const pollIntervalMs = 200;
const defaultStaleAfterMs = 60_000;

/**
 * Runs something while holding a lock file, and waits as long as a living process holds it.
 * A lock left behind is taken over: its process is gone from this machine, or it has not been touched for a minute (another machine's).
 * Two waiters may take the same lock over at the same moment, so what is done under the lock must bear being done twice;
 * the lock saves work, it does not make things correct.
 */
export async function withLock<T>(file: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const staleAfterMs = options.staleAfterMs ?? defaultStaleAfterMs;
  const token = randomUUID();
  const content = JSON.stringify({ token, pid: process.pid, host: hostname() });
  let told = false;
  while (!tryCreate(file, content)) {
    const holder = readHolder(file);
    if (isLeftBehind(file, holder, staleAfterMs)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) options.onWait?.(holder ? `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}` : 'another process');
    told = true;
    await sleep(pollIntervalMs);
  }
  const heartbeat = setInterval(() => touch(file), staleAfterMs / 4);
  heartbeat.unref();
  try {
    return await run();
  } finally {
    clearInterval(heartbeat);
    if (readHolder(file)?.token === token) rmSync(file, { force: true });
  }
}

function tryCreate(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock; undefined when the file is gone, or cut off in the middle of being written. */
function readHolder(file: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function isLeftBehind(file: string, holder: z.infer<typeof holderSchema> | undefined, staleAfterMs: number): boolean {
  const touchedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (touchedAtMs === undefined) return false;
  if (Date.now() - touchedAtMs > staleAfterMs) return true;
  return holder !== undefined && holder.host === hostname() && !isRunning(holder.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody took the lock over: the work under it bears that.
  }
}
