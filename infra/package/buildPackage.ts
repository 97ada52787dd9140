import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { z } from 'zod';
import { nameChunks } from './nameChunks.ts';
import { BUNDLE_OPTIONS } from './bundleOptions.ts';
import { PACKAGE_ENTRY } from './startCommand.ts';
import { bundleWorkers } from './workers.ts';
import { withoutPlaces } from './withoutPlaces.ts';
import { zipEntries, type ZipEntries } from './zipEntries.ts';

/** A built package: the zip that App Service mounts. */
export interface BuiltPackage {
  /** `<outDir>/<digest>.zip`. */
  readonly zipPath: string;
  /** SHA-256 of the zip's bytes, in hex. */
  readonly digest: string;
  readonly bytes: number;
  readonly version: string;
}

/** The app cannot be packaged. Code: PACKAGE_BUILD_FAILED. */
export class PackageBuildError extends Error {
  readonly code = 'PACKAGE_BUILD_FAILED';
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PackageBuildError';
  }
}

const MAX_PACKAGE_BYTES = 5 * 1024 * 1024;
const manifestSchema = z.object({ name: z.string().min(1), version: z.string().regex(/^\d+\.\d+\.\d+/) });

/**
 * Bundles the app into a zip that holds all it needs. The same source gives the same bytes, wherever the checkout lies and whenever it runs,
 * which is what lets the digest name the package.
 * @param options.appDir folder of the app, with `server.ts` and `package.json`
 * @param options.outDir folder for the zip; made when absent
 * @throws PackageBuildError when the app does not compile, or the package would be larger than 5 MiB
 */
export async function buildPackage(options: { appDir: string; outDir: string }): Promise<BuiltPackage> {
  const appDir = resolve(options.appDir);
  const manifest = await readManifest(join(appDir, 'package.json'));
  const files = { ...(await bundle(appDir)), ...(await bundleWorkers(appDir).catch(refuse(appDir))) };
  files['package.json'] = Buffer.from(`${JSON.stringify({ ...manifest, private: true, type: 'module', main: PACKAGE_ENTRY })}\n`);
  const zip = zipEntries(files);
  if (zip.length > MAX_PACKAGE_BYTES) {
    throw new PackageBuildError(`The package of ${appDir} has ${zip.length} bytes; at most ${MAX_PACKAGE_BYTES} are allowed. Look for a dependency that the app does not need.`);
  }
  const digest = createHash('sha256').update(zip).digest('hex');
  const zipPath = join(resolve(options.outDir), `${digest}.zip`);
  await writeAtomically(zipPath, zip);
  return { zipPath, digest, bytes: zip.length, version: manifest.version };
}

async function readManifest(path: string): Promise<z.output<typeof manifestSchema>> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new PackageBuildError(`${path} is not the manifest of an app: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}. It needs a name and a version such as 1.2.3.`, error);
  }
}

async function bundle(appDir: string): Promise<ZipEntries> {
  const outdir = join(appDir, 'package-output'); // Named for the paths in the result; nothing is written there.
  const { outputFiles } = await build({
    absWorkingDir: appDir,
    entryPoints: [{ in: 'server.ts', out: basename(PACKAGE_ENTRY, '.mjs') }],
    outdir,
    write: false,
    ...BUNDLE_OPTIONS,
    splitting: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
  }).catch(refuse(appDir));
  return nameChunks(Object.fromEntries(outputFiles.map((file) => [entryNameOf(file, outdir), withoutPlaces(file.contents)])), PACKAGE_ENTRY);
}

function refuse(appDir: string): (error: unknown) => never {
  return (error) => {
    throw new PackageBuildError(`The app in ${appDir} cannot be bundled: ${error instanceof Error ? error.message : String(error)}`, error);
  };
}

function entryNameOf(file: OutputFile, outdir: string): string {
  return relative(outdir, file.path).replaceAll('\\', '/');
}

/** Under another name first, so that a reader never meets half a file and two builds at once do not disturb each other. */
async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.writing`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
