import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { unzip, type Unzipped } from 'fflate';
import { AzureError } from '../../core/errors.ts';
import type { DownloadedPackage } from './download.ts';

/** Unpacked packages, one folder a digest. */
export interface PackageCache {
  /** @returns the package's root folder; unpacks once, however many ask at the same time */
  unpack(downloaded: DownloadedPackage): Promise<string>;
  /** Removes the packages that are not in use. */
  prune(digestsInUse: ReadonlySet<string>): Promise<void>;
}

/** @param folder made when absent */
export function createPackageCache(folder: string): PackageCache {
  const underway = new Map<string, Promise<string>>();
  return {
    async unpack({ file, digest }) {
      const root = join(folder, digest);
      if (existsSync(root)) return root;
      const known = underway.get(digest);
      if (known) return known;
      const work = unpackInto(file, root, join(folder, `.unpacking-${randomUUID()}`)).finally(() => underway.delete(digest));
      underway.set(digest, work);
      return work;
    },
    async prune(digestsInUse) {
      if (!existsSync(folder)) return;
      const unused = readdirSync(folder).filter((name) => !digestsInUse.has(name) && (/^[0-9a-f]{64}$/.test(name) || name.startsWith('.unpacking-') || name.endsWith('.zip')));
      await Promise.all(unused.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    },
  };
}

async function unpackInto(file: string, root: string, temporary: string): Promise<string> {
  const entries = await readZip(await readFile(file));
  try {
    await mkdir(temporary, { recursive: true });
    for (const [name, bytes] of Object.entries(entries)) {
      if (name.endsWith('/')) continue;
      const target = join(temporary, ...safeSegments(name));
      await mkdir(dirname(target), { recursive: true });
      // A package is mounted read-only. Source: "Run your app in Azure App Service directly from a ZIP package".
      await writeFile(target, bytes, { mode: 0o444 });
    }
    await rename(temporary, root);
    return root;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function readZip(bytes: Uint8Array): Promise<Unzipped> {
  return new Promise((resolve, reject) => {
    unzip(bytes, (error, entries) => {
      if (error) reject(new AzureError(400, 'PackageInvalid', `The package is not a zip that can be read: ${error.message}.`));
      else resolve(entries);
    });
  });
}

/** @throws AzureError PackageInvalid for a name that would leave the package's folder */
export function safeSegments(name: string): string[] {
  const normal = posix.normalize(name.replaceAll('\\', '/'));
  if (normal.startsWith('/') || normal === '..' || normal.startsWith('../') || normal.includes('\0') || /^[a-z]:/i.test(normal)) {
    throw new AzureError(400, 'PackageInvalid', `The package holds an entry that points outside of it: ${JSON.stringify(name)}.`);
  }
  return normal.split('/').filter((segment) => segment !== '' && segment !== sep);
}
