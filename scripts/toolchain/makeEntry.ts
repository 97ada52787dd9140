import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cachedBinFolder, removeUnfinished, unfinishedPrefix } from './cache.ts';
import { withLock } from './lock.ts';
import { WayFailed } from './toolchainError.ts';

export interface EntryRequest {
  /** The cache folder. */
  readonly folder: string;
  readonly key: string;
  /** What the finished entry's bin folder holds at least. */
  readonly files: readonly string[];
  /** Called when another process is making the same entry. */
  readonly onWait: (holder: string) => void;
  /** Fills the folder it is given. */
  readonly make: (unfinished: string) => Promise<void>;
}

/**
 * Makes an entry of the cache in a folder beside it and renames it into place, so that it is there whole or not at all:
 * whatever cuts this off, the next call begins again. When two processes ask at once, one works and the other gets the result.
 * @returns the entry's bin folder
 * @throws WayFailed TOOLCHAIN_CACHE_UNUSABLE, and what `make` throws
 */
export async function makeEntry({ folder, key, files, onWait, make }: EntryRequest): Promise<string> {
  const entry = join(folder, key);
  return await onDisk(folder, async () => {
    mkdirSync(folder, { recursive: true });
    return await withLock(`${entry}.lock`, { onWait }, async () => {
      const madeMeanwhile = cachedBinFolder(entry, files);
      if (madeMeanwhile) return madeMeanwhile;
      removeUnfinished(folder, key);
      const unfinished = mkdtempSync(join(folder, unfinishedPrefix(key)));
      try {
        await make(unfinished);
        return putInPlace(unfinished, entry, files);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    });
  });
}

function putInPlace(unfinished: string, entry: string, files: readonly string[]): string {
  const missing = files.filter((file) => !cachedBinFolder(unfinished, [file]));
  if (missing.length > 0) {
    throw new WayFailed('TOOLCHAIN_BUILD_FAILED', `it ended well, but without ${missing.join(', ')}`, 'Run the command again.');
  }
  // An entry that is not whole was damaged after it was made: it gives way.
  if (existsSync(entry) && !cachedBinFolder(entry, files)) rmSync(entry, { recursive: true, force: true });
  try {
    renameSync(unfinished, entry);
  } catch (error) {
    // Another process has put the same entry there first: it is as good.
    if (!cachedBinFolder(entry, files)) throw error;
  }
  return join(entry, 'bin');
}

async function onDisk<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof WayFailed || code === undefined || syscall === undefined) throw error;
    throw new WayFailed(
      'TOOLCHAIN_CACHE_UNUSABLE',
      `the cache folder ${folder} cannot be written (${code} at ${syscall})`,
      'Make that folder writable, or set XDG_CACHE_HOME to the absolute path of one that is.',
    );
  }
}
