const MODULE_PATH = /(__(?:commonJS|esm)\(\{")[^"]*?(?=node_modules\/)/g;

/**
 * Takes out of a bundle where its modules were found: esbuild names the functions that wrap CommonJS modules by their path from the working
 * folder, and the bytes of a package may not depend on the place it was built in.
 */
export function withoutPlaces(contents: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(contents).toString('utf8').replace(MODULE_PATH, '$1'));
}
