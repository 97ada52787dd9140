import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PACK_FOLDER } from './packProcess.ts';

/**
 * SHA-256 over all files of the pack, configuration and exemptions included: of the lines `<SHA-256>  <path>` in the order of the paths, which `sha256sum` writes as well.
 * `cd policy && find . -type f -not -path '*node_modules*' | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum | sha256sum` gives the same.
 */
export function digestOfPack(folder = PACK_FOLDER): string {
  const files = globSync('**/*', { cwd: folder, exclude: (name) => name === 'node_modules' }).filter((file) => statSync(join(folder, file)).isFile()).map((file) => file.split(sep).join('/'));
  const lines = files.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))).map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`);
  return sha256(lines.join(''));
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
