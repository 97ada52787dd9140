import type { BuildOptions } from 'esbuild';

/** Packages that are CommonJS inside the bundle ask for `require` and for the names of their file. */
const BANNER = [
  'import{createRequire as __createRequire}from"node:module";',
  'const require=__createRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;',
].join('');

/** How every file of the package is made. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stand in error messages and stack traces. esbuild's keepNames would keep them by a call for every function that is made.
  minifyIdentifiers: false,
  legalComments: 'none',
  // A native addon that piscina goes without: the threads lower their priority themselves.
  external: ['@napi-rs/nice'],
  banner: { js: BANNER },
  logLevel: 'silent',
} as const satisfies BuildOptions;
