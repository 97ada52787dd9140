import type { ZipEntries } from './zipEntries.ts';

/** How one file of the bundle names another: in quotes, relative, by the hash that the bundler gave it. */
const REFERENCE = /(["'])((?:\.\/|\.\.\/)(?:chunks\/)?([A-Z0-9]{8})\.mjs)\1/g;

/**
 * Names the chunks of a bundle by the order in which they are met from the entry on. The bundler's own names are hashes that also cover the
 * paths of the sources, so that a checkout elsewhere, or dependencies installed elsewhere, would give other bytes.
 * @param entry name of the file that everything is reached from
 * @throws Error when a file is not reached, since its name would then be arbitrary
 */
export function nameChunks(files: ZipEntries, entry: string): ZipEntries {
  const texts = new Map(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]));
  const newNames = new Map<string, string>([[entry, entry]]);
  for (const name of newNames.keys()) { // A Map's keys include those that the loop adds.
    for (const [, , , hash] of (texts.get(name) ?? '').matchAll(REFERENCE)) {
      const chunk = `chunks/${hash}.mjs`;
      if (texts.has(chunk) && !newNames.has(chunk)) newNames.set(chunk, `chunks/${String(newNames.size).padStart(3, '0')}.mjs`);
    }
  }
  const unreached = [...texts.keys()].filter((name) => !newNames.has(name));
  if (unreached.length > 0) throw new Error(`The bundle holds files that ${entry} does not reach: ${unreached.join(', ')}.`);
  const rename = (text: string): string => text.replaceAll(REFERENCE, (reference, quote: string, path: string, hash: string) => {
    const renamed = newNames.get(`chunks/${hash}.mjs`);
    return renamed === undefined ? reference : `${quote}${path.replace(`${hash}.mjs`, renamed.replace('chunks/', ''))}${quote}`;
  });
  return Object.fromEntries([...newNames].map(([name, newName]) => [newName, Buffer.from(rename(texts.get(name) ?? ''), 'utf8')]));
}
