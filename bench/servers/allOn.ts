import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildPackage } from '../../infra/package/buildPackage.ts';
import { NODE_OPTIONS, PACKAGE_ENTRY } from '../../infra/package/startCommand.ts';
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
  return { folder: unpacked, entry: join(unpacked, PACKAGE_ENTRY), zipBytes: bytes };
}

/**
 * The whole app as App Service runs it: verified tokens, checked hosts, telemetry over TLS, the record of calls, log.
 * @param name under which its telemetry is counted
 * @param samplingRatio share of traces that are kept, 0 to 1
 * @param record whether and how calls are recorded
 */
export function launchApp(name: string, { folder, entry }: UnpackedPackage, standIn: StandIn, samplingRatio: number, record: 'buffered' | 'durable' | 'none' = 'buffered'): Launch {
  return {
    command: process.execPath,
    args: [...NODE_OPTIONS, entry],
    cwd: folder,
    env: {
      ...requiredSettings,
      ...standIn.environmentOf(name),
      MCP_TRACE_SAMPLING_RATIO: String(samplingRatio),
      ...(record === 'none' ? { MCP_STATE_BLOB_URL: '', MCP_AUDIT_SIGNING_KEY: '' } : { MCP_AUDIT_MODE: record }),
    },
  };
}

/** The share of traces that production keeps as it ships. */
export function shippedSamplingRatio(): number {
  const { config } = stackFileSchema.parse(parse(readFileSync(PROD_STACK_FILE, 'utf8')));
  return Number(config['mcp-app-service:traceSamplingRatio']);
}

const PROD_STACK_FILE = join(import.meta.dirname, '..', '..', 'Pulumi.prod.yaml');
const stackFileSchema = z.object({ config: z.looseObject({ 'mcp-app-service:traceSamplingRatio': z.string() }) });

const requiredSettings = {
  HOST: '127.0.0.1',
  PORT: '0',
  MCP_ALLOWED_HOSTS: PUBLIC_HOST,
  MCP_SLOT: 'production',
  MCP_REQUEST_STATE_KEY: Buffer.alloc(32, 7).toString('base64url'),
  WEBSITE_INSTANCE_ID: 'instance-a',
} as const;
