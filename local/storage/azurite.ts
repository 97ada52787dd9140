import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Agent } from 'node:https';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import type { AccountStore } from './accounts.ts';
import { AZURITE_START_TIMEOUT_MS, AZURITE_STOP_TIMEOUT_MS, DRAIN_TIMEOUT_MS, RESTART_PAUSE_MS } from './limits.ts';
import { identify, isRunning, type ProcessIdentity } from '../core/processIdentity.ts';

/** Where Azurite listens just now. */
export interface AzuriteEndpoint {
  readonly port: number;
  readonly agent: Agent;
}

/**
 * The Azurite process: one for all accounts, started with the first, restarted when the accounts change or it dies.
 * Only the front speaks to it; it takes signed requests only, over TLS, so that signatures that demand HTTPS hold.
 */
export interface Azurite {
  /** Runs a request against Azurite; waits while it starts or restarts. */
  use<T>(request: (endpoint: AzuriteEndpoint) => Promise<T>): Promise<T>;
  /** Makes Azurite know the accounts as they are now. Resolves when it serves them. */
  reload(): Promise<void>;
  /** Id of the running process, for status displays. */
  readonly pid: number | undefined;
  /** Lets Azurite save its data and ends it. */
  close(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly endpoint: AzuriteEndpoint;
}

const identitySchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

/**
 * @param onStart called after each start, before waiting requests go on: brings about what ARM holds
 */
export async function createAzurite(
  context: LocalContext,
  accounts: AccountStore,
  onStart: (endpoint: AzuriteEndpoint) => Promise<void>,
): Promise<Azurite> {
  const processes = context.documents.collection('storage-azurite', identitySchema);
  let running: Promise<Running> | undefined;
  let current: Running | undefined;
  let active = 0;
  let closed = false;
  let failures = 0;
  let changes: Promise<void> = Promise.resolve();

  const leftover = processes.get('blob');
  if (leftover) {
    await endLeftover(leftover);
    processes.delete('blob');
  }

  const start = async (): Promise<Running> => {
    const started = await startAzurite(context, accounts);
    const identity = started.child.pid === undefined ? undefined : identify(started.child.pid);
    if (identity) processes.put('blob', identity);
    started.child.once('exit', (code, signal) => {
      started.endpoint.agent.destroy();
      if (current !== started) return;
      current = undefined;
      running = undefined;
      context.log.warn({ code, signal }, 'azurite ended by itself; starting it again');
      restartLater();
    });
    current = started;
    try {
      await onStart(started.endpoint);
    } catch (error) {
      current = undefined;
      await end(started); // never two of them on one folder
      throw error;
    }
    failures = 0;
    return started;
  };
  const ensureRunning = (): Promise<Running> => {
    if (closed) return Promise.reject(new AzureError(503, 'ServerBusy', 'The local storage service is closing.'));
    running ??= start().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
  const restartLater = (): void => {
    if (closed) return;
    const delay = Math.min(RESTART_PAUSE_MS.most, RESTART_PAUSE_MS.first * 2 ** failures++);
    setTimeout(() => {
      if (!closed && accounts.all().length > 0) ensureRunning().catch((error: unknown) => {
        context.log.error({ err: error }, 'azurite does not start');
        restartLater();
      });
    }, delay).unref();
  };
  const stop = async (): Promise<void> => {
    const old = current ?? (await running?.catch(() => undefined));
    current = undefined;
    running = undefined;
    if (old) await end(old);
    processes.delete('blob');
  };

  if (accounts.all().length > 0) ensureRunning().catch((error: unknown) => {
    context.log.error({ err: error }, 'azurite does not start');
    restartLater();
  });

  return {
    get pid() {
      return current?.child.pid;
    },
    async use(request) {
      await changes;
      active += 1; // from here on a restart waits for this request
      try {
        const { endpoint } = await ensureRunning();
        return await request(endpoint);
      } finally {
        active -= 1;
      }
    },
    reload() {
      const change = changes.then(async () => {
        for (const end = Date.now() + DRAIN_TIMEOUT_MS; active > 0 && Date.now() < end; ) await pause(10);
        await stop();
        if (accounts.all().length > 0) await ensureRunning();
      });
      changes = change.catch(() => undefined);
      return change;
    },
    async close() {
      closed = true;
      await changes;
      await stop();
    },
  };
}

async function startAzurite(context: LocalContext, accounts: AccountStore): Promise<Running> {
  const location = join(context.stateDir, 'storage');
  mkdirSync(location, { recursive: true, mode: 0o700 });
  const tlsFolder = dirname(context.tls.authorityFile);
  const child = spawn(
    process.execPath,
    [
      '--import', new URL('./followParent.ts', import.meta.url).href,
      createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
      '--blobHost', '127.0.0.1', '--blobPort', '0', '--location', location,
      '--cert', join(tlsFolder, 'server.pem'), '--key', join(tlsFolder, 'server.key'),
      // Clients may be newer than the emulator; what it does not know it ignores or refuses by itself.
      '--silent', '--disableTelemetry', '--disableProductStyleUrl', '--skipApiVersionCheck',
    ],
    {
      cwd: location,
      // Keys go by environment, which only the owner of the process can read; arguments stand in the process list.
      env: { ...withoutNodeOptions(process.env), AZURITE_ACCOUNTS: toEnvironment(accounts) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(notStarted(`it did not listen within ${AZURITE_START_TIMEOUT_MS / 1000} s`, said)), AZURITE_START_TIMEOUT_MS);
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString('utf8')).slice(-4_000);
      const port = /successfully listens on https:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(notStarted(error.message, said));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(notStarted(`it ended with ${signal ?? `code ${code}`}`, said));
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { child, endpoint: { port, agent: new Agent({ keepAlive: true, ca: context.tls.authorityPem, maxSockets: 128 }) } };
}

/** A debugger port or a loader of the daemon's own is nothing for the child. */
function withoutNodeOptions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'NODE_OPTIONS' && name !== 'NODE_TEST_CONTEXT'));
}

function toEnvironment(accounts: AccountStore): string {
  return accounts
    .all()
    .map((account) => [account.name, ...accounts.keysOf(account).map((key) => key.value)].join(':'))
    .join(';');
}

function notStarted(reason: string, said: string): AzureError {
  return new AzureError(500, 'StorageNotStarted', `Azurite, the storage emulator, did not start: ${reason}. It said: ${said.trim() || 'nothing'}`);
}

async function end({ child, endpoint }: Running): Promise<void> {
  endpoint.agent.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), AZURITE_STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
}

/** Ends the Azurite of a daemon that was killed. It is saving its data by itself, so it is given the time for that. */
async function endLeftover(identity: ProcessIdentity): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (isRunning(identity)) process.kill(identity.pid, name);
    } catch {
      // It ended between the question and the signal.
    }
  };
  signal('SIGTERM');
  const deadline = Date.now() + AZURITE_STOP_TIMEOUT_MS;
  while (isRunning(identity) && Date.now() < deadline) await pause(20);
  signal('SIGKILL');
  while (isRunning(identity) && Date.now() < deadline + AZURITE_STOP_TIMEOUT_MS) await pause(20);
}

