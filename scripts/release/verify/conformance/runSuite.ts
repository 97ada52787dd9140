import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const binSchema = z.object({ version: z.string(), bin: z.union([z.string(), z.record(z.string(), z.string())]) });
const checksSchema = z.array(z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }));

export interface Scenario {
  readonly name: string;
  readonly passed: number;
  /** The checks that failed, with what the suite says of them. */
  readonly failed: readonly string[];
}

export interface SuiteRun {
  readonly exitCode: number;
  readonly output: string;
  readonly scenarios: readonly Scenario[];
}

/** The official conformance suite as it is installed. */
export interface Suite {
  readonly version: string;
  /** File that Node runs. */
  readonly entry: string;
}

/** @returns undefined where it is not installed: it is a development dependency, and brings a server, an HTTP client and GitHub's API with it */
export async function findSuite(): Promise<Suite | undefined> {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
  } catch {
    return undefined;
  }
  const { version, bin } = binSchema.parse(JSON.parse(await readFile(manifest, 'utf8')));
  return { version, entry: join(dirname(manifest), typeof bin === 'string' ? bin : Object.values(bin)[0] ?? '') };
}

/** Runs the suite against a server. It gets no more of the environment than a program needs: no credential of whoever releases. @param timeoutMs of the whole run */
export async function runSuite({ entry }: Suite, url: string, options: readonly string[], timeoutMs = 0): Promise<SuiteRun> {
  const results = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const { PATH, HOME, TMPDIR } = process.env;
    const run = await promisify(execFile)(process.execPath, [entry, 'server', '--url', url, '-o', results, ...options], { maxBuffer: 1 << 26, timeout: timeoutMs, env: { PATH, HOME, TMPDIR } })
      .then(({ stdout }) => ({ exitCode: 0, output: stdout }), (error: { code?: number; stdout?: string; stderr?: string }) => ({ exitCode: error.code ?? 1, output: `${error.stdout ?? ''}${error.stderr ?? ''}` }));
    const folders = (await readdir(results)).sort();
    return { ...run, scenarios: await Promise.all(folders.map((folder) => readScenario(results, folder))) };
  } finally {
    await rm(results, { recursive: true });
  }
}

async function readScenario(results: string, folder: string): Promise<Scenario> {
  const text = await readFile(join(results, folder, 'checks.json'), 'utf8').catch(() => undefined);
  // `server-<scenario>-<time>`
  const name = folder.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T.*$/, '');
  if (text === undefined) return { name, passed: 0, failed: ['the scenario did not come to an end'] };
  const checks = checksSchema.parse(JSON.parse(text));
  const failed = checks.filter(({ status }) => status === 'FAILURE').map(({ id, errorMessage = '' }) => `${id}: ${errorMessage}`);
  return { name, passed: checks.filter(({ status }) => status === 'SUCCESS').length, failed };
}
