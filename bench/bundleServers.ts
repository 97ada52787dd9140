import { join } from 'node:path';
import { build } from 'esbuild';

const SERVERS_DIR = join(import.meta.dirname, 'servers');

/** Packages that are CommonJS inside the bundle ask for `require` and for the names of their file. */
const BANNER = 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;';

/**
 * Bundles the servers of this folder the way the package of the app is bundled: none of them is at a disadvantage in its start
 * for the number of files that it has to find.
 * @param names file names without ending
 * @returns the file that `node` runs, by name
 */
export async function bundleServers<Name extends string>(names: readonly Name[], outDir: string): Promise<Readonly<Record<Name, string>>> {
  await build({
    entryPoints: names.map((name) => join(SERVERS_DIR, `${name}.ts`)),
    outdir: outDir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  return Object.fromEntries(names.map((name) => [name, join(outDir, `${name}.mjs`)])) as Record<Name, string>;
}
