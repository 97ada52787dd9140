import { join } from 'node:path';
import { facts } from '../../app/tools/lookup-fact/facts.ts';
import { bundleServers } from '../bundleServers.ts';
import type { Launch } from '../process/serverProcess.ts';
import type { ServerName } from '../serverNames.ts';
import { launchApp, shippedSamplingRatio, unpackPackage, type UnpackedPackage } from '../servers/allOn.ts';
import { ensureFastApi } from '../servers/fastapi/environment.ts';
import type { StandIn } from '../standIn.ts';
import { TRIVIAL_TOOL } from '../trivialTool.ts';

/** The servers that can be started on this machine. */
export interface Contestants {
  readonly launches: ReadonlyMap<ServerName, Launch>;
  /** Why a server is left out, by name. */
  readonly skipped: ReadonlyMap<ServerName, string>;
  /** Present when the whole app is among the servers. */
  readonly appPackage: UnpackedPackage | undefined;
  /** Version of the Python that runs FastAPI. */
  readonly pythonVersion: string | undefined;
}

const FASTAPI_DIR = join(import.meta.dirname, '..', 'servers', 'fastapi');
const BUNDLED = { fastify: 'fastify', protocol: 'protocol', authenticated: 'authenticated', 'sdk-example': 'sdkExample' } as const satisfies Partial<Record<ServerName, string>>;

/** The whole app, by how it records calls. */
const RECORDS = { 'all-on': 'buffered', 'all-on-100': 'buffered', unrecorded: 'none', durable: 'durable' } as const satisfies Partial<Record<ServerName, string>>;

/** Servers that keep a record of each call. */
export const RECORDING_SERVERS: readonly ServerName[] = (['all-on', 'all-on-100', 'unrecorded', 'durable'] as const).filter((name) => RECORDS[name] !== 'none');

function isApp(name: ServerName): name is keyof typeof RECORDS {
  return Object.hasOwn(RECORDS, name);
}

/** Bundles, packages and installs what the named servers need. */
export async function prepareContestants(names: readonly ServerName[], folder: string, standIn: StandIn): Promise<Contestants> {
  const launches = new Map<ServerName, Launch>();
  const skipped = new Map<ServerName, string>();
  const bundles = await bundleServers(Object.values(BUNDLED), join(folder, 'bundles'));
  const needsApp = names.some(isApp);
  const appPackage = needsApp ? await unpackPackage(folder) : undefined;
  let pythonVersion: string | undefined;
  for (const name of names) {
    if (name === 'fastapi') {
      const environment = await ensureFastApi();
      if ('missing' in environment) skipped.set(name, environment.missing);
      else {
        pythonVersion = environment.version;
        launches.set(name, launchFastApi(environment.python, folder));
      }
    } else if (isApp(name)) {
      if (appPackage) launches.set(name, launchApp(name, appPackage, standIn, name === 'all-on-100' ? 1 : shippedSamplingRatio(), RECORDS[name]));
    } else {
      launches.set(name, { command: process.execPath, args: [bundles[BUNDLED[name]]], env: name === 'authenticated' ? standIn.environmentOf(name) : {}, cwd: folder });
    }
  }
  return { launches, skipped, appPackage, pythonVersion };
}

/** One worker, as one process of the app serves; no access log, as the app has none. */
function launchFastApi(python: string, cwd: string): Launch {
  return {
    command: python,
    args: ['-m', 'uvicorn', 'server:app', '--app-dir', FASTAPI_DIR, '--host', '127.0.0.1', '--port', '0', '--workers', '1', '--no-access-log'],
    env: { BENCH_FACTS: JSON.stringify(Object.fromEntries([...facts].map(([topic, { fact, source }]) => [topic, { fact, source }]))), BENCH_TOOL: JSON.stringify(TRIVIAL_TOOL), PYTHONDONTWRITEBYTECODE: '1' },
    cwd,
  };
}
