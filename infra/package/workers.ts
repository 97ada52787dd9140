import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from './bundleOptions.ts';
import { withoutPlaces } from './withoutPlaces.ts';
import type { ZipEntries } from './zipEntries.ts';

const WORKER_SOURCE = 'worker.ts';
/** piscina starts a file of its own in each thread, and looks for it beside the chunk that it is bundled into. */
const PISCINA_WORKER = 'chunks/worker.js';

/**
 * Bundles what runs in threads: a file for each tool that has a `worker.ts`, under a name that the server can compute
 * (app/workers/workerFile.ts), and the file that piscina starts in the thread. Empty when no tool has one.
 */
export async function bundleWorkers(appDir: string): Promise<ZipEntries> {
  const toolsDir = join(appDir, 'tools');
  const found = (await readdir(toolsDir, { recursive: true }).catch(() => [])).filter((path) => basename(path) === WORKER_SOURCE).sort();
  if (found.length === 0) return {};
  const files: ZipEntries = {};
  for (const path of found) files[`workers/${basename(join(path, '..'))}.mjs`] = await bundleOne(appDir, join(toolsDir, path));
  // The package exports its main file alone.
  files[PISCINA_WORKER] = await bundleOne(appDir, join(dirname(createRequire(join(appDir, 'server.ts')).resolve('piscina')), 'worker.js'));
  return files;
}

async function bundleOne(appDir: string, entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...BUNDLE_OPTIONS, absWorkingDir: appDir, entryPoints: [entry], outdir: join(appDir, 'package-output'), write: false });
  const [file] = outputFiles;
  if (!file) throw new Error(`${entry} gave no file.`);
  return withoutPlaces(file.contents);
}
