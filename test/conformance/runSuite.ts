import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
const binSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });
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

/** Runs the official conformance suite against a server, all that one revision of the specification requires. */
export async function runSuite(url: string, options: readonly string[]): Promise<SuiteRun> {
  const results = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const { bin } = binSchema.parse(JSON.parse(await readFile(manifest, 'utf8')));
    const entry = join(dirname(manifest), typeof bin === 'string' ? bin : Object.values(bin)[0] ?? '');
    const run = await promisify(execFile)(process.execPath, [entry, 'server', '--url', url, '-o', results, ...options], { maxBuffer: 1 << 26 })
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
