import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { identify, isRunning } from './core/processIdentity.ts';
import { endpointsFile, start, type LocalAzure } from './index.ts';

/**
 * Entry of the background process: `node local/main.ts --state-dir FOLDER`.
 * Says over IPC, where there is a parent, whether it is ready; writes its endpoints into the state folder; ends on SIGTERM,
 * SIGINT or a stop request. Exit codes: 0 stopped, 1 could not start.
 */
const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } } });
const stateDir = resolve(values['state-dir'] ?? '.local/azure');
const log = pino({ level: 'info', base: null, redact: ['*.authorization', '*.clientSecret', '*.headers'] });

try {
  await run();
} catch (error) {
  const { code, message } = error as { code?: unknown; message: string };
  log.fatal({ err: error }, 'the local Azure could not start');
  tellParent({ event: 'failed', code: typeof code === 'string' ? code : 'LOCAL_AZURE_FAILED', message });
  process.exitCode = 1;
}

async function run(): Promise<void> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const releaseLock = takeLock(join(stateDir, 'lock.json'));
  const file = endpointsFile(stateDir);
  try {
    const azure = await start({ stateDir, log });
    for (const report of azure.damage) log.warn(report, 'a state file could not be read and was kept aside');
    writeEndpoints(file, azure);
    log.info({ urls: azure.endpoints.urls }, 'the local Azure is ready');
    tellParent({ event: 'ready' });
    await Promise.race([azure.stopRequested, once('SIGTERM'), once('SIGINT')]);
    log.info('stopping');
    await azure.close();
  } finally {
    rmSync(file, { force: true });
    releaseLock();
  }
}

function once(signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => process.once(signal, () => resolve()));
}

function writeEndpoints(file: string, azure: LocalAzure): void {
  const temporary = `${file}.writing`;
  writeFileSync(temporary, JSON.stringify({ ...azure.endpoints, pid: process.pid, startedAt: new Date().toISOString() }, undefined, 1), { mode: 0o600 });
  renameSync(temporary, file);
}

function tellParent(message: { event: 'ready' } | { event: 'failed'; code: string; message: string }): void {
  if (process.connected) process.send?.(message);
}

/** One process a state folder: two would overwrite each other's documents. A lock whose process is gone is taken over. */
function takeLock(file: string): () => void {
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, JSON.stringify(identify(process.pid)));
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      refuseLiving(file);
      rmSync(file, { force: true });
    }
  }
}

function refuseLiving(file: string): void {
  let holder: { pid: number; startedAt: string } | undefined;
  try {
    holder = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startedAt: string };
  } catch {
    return; // cut off between making and writing it
  }
  if (holder && isRunning(holder)) {
    throw Object.assign(new Error(`Process ${holder.pid} serves the state folder ${stateDir} already. Stop it with "npm run down", or give another folder.`), { code: 'LOCAL_STATE_IN_USE' });
  }
}
