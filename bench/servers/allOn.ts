import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { readConfig } from '../../app/config.ts';
import { buildPackage } from '../../infra/package/buildPackage.ts';
import { PUBLIC_HOST } from '../requests.ts';
import type { Launch } from '../process/serverProcess.ts';
import type { StandIn } from '../standIn.ts';

const APP_DIR = join(import.meta.dirname, '..', '..', 'app');

/** The package as it is deployed, unpacked. */
export interface UnpackedPackage {
  readonly folder: string;
  readonly entry: string;
  readonly zipBytes: number;
}

/** Builds the package of the app and unpacks it. */
export async function unpackPackage(folder: string): Promise<UnpackedPackage> {
  const { zipPath, bytes } = await buildPackage({ appDir: APP_DIR, outDir: folder });
  const unpacked = join(folder, 'package');
  for (const [name, content] of Object.entries(unzipSync(await readFile(zipPath)))) {
    const path = join(unpacked, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return { folder: unpacked, entry: join(unpacked, 'server.mjs'), zipBytes: bytes };
}

/**
 * The whole app as App Service runs it: verified tokens, checked hosts, telemetry over TLS, log.
 * @param name under which its telemetry is counted
 * @param samplingRatio share of traces that are kept; what ships when absent
 */
export function launchApp(name: string, { folder, entry }: UnpackedPackage, standIn: StandIn, samplingRatio?: number): Launch {
  return {
    command: process.execPath,
    args: [entry],
    cwd: folder,
    env: {
      ...requiredSettings,
      ...standIn.environmentOf(name),
      ...(samplingRatio === undefined ? {} : { MCP_TRACE_SAMPLING_RATIO: String(samplingRatio) }),
    },
  };
}

/** The share of traces that a deployment keeps: no stack sets the ratio, so that the default of the app ships. */
export function shippedSamplingRatio(standIn: StandIn): number {
  return readConfig({ ...requiredSettings, ...standIn.environmentOf('shipped') }).telemetry?.samplingRatio ?? 1;
}

const requiredSettings = {
  HOST: '127.0.0.1',
  PORT: '0',
  MCP_ALLOWED_HOSTS: PUBLIC_HOST,
  MCP_SLOT: 'production',
  MCP_REQUEST_STATE_KEY: Buffer.alloc(32, 7).toString('base64url'),
  WEBSITE_INSTANCE_ID: 'instance-a',
} as const;
