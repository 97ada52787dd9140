import { RestError, type ContainerClient } from '@azure/storage-blob';
import { canonicalJson } from '../../audit/snapshots/canonicalJson.ts';
import { CommandError } from '../../commandError.ts';
import { lockSchema, signedText, type LockContent, type OfferedToolsLock } from './offeredTools.ts';
import type { ReleaseKey } from './releaseKey.ts';

/** What was found where the lock should be. */
export type FoundLock =
  | { readonly kind: 'none' }
  | { readonly kind: 'signed'; readonly lock: OfferedToolsLock }
  /** Not to be believed, and why. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The signed lock of what production of a stack offers: `<stack>/offered-tools.json` in the container of releases. */
export interface OfferedToolsLockStore {
  read(): Promise<FoundLock>;
  /** Signs and writes. @throws CommandError of the vault */
  write(content: LockContent): Promise<void>;
}

const NOT_FOUND = 404;
const LOCK_TYPE = { blobHTTPHeaders: { blobContentType: 'application/json' } };

export function createLockStore(releases: ContainerClient, stack: string, key: ReleaseKey | undefined): OfferedToolsLockStore {
  const blob = releases.getBlockBlobClient(`${stack}/offered-tools.json`);
  return {
    async read() {
      const text = await blob.downloadToBuffer().then((bytes) => bytes.toString('utf8'), (error: unknown) => {
        if (error instanceof RestError && error.statusCode === NOT_FOUND) return undefined;
        throw error;
      });
      return text === undefined ? { kind: 'none' } : judgeLock(text, stack, key);
    },
    async write(content) {
      if (!key) throw noKey(stack);
      const text = canonicalJson({ ...content, ...(await key.sign(signedText(content))) });
      await blob.upload(text, Buffer.byteLength(text), LOCK_TYPE);
    },
  };
}

/** Whether a lock is what a release of this stack has signed. */
export async function judgeLock(text: string, stack: string, key: Pick<ReleaseKey, 'verify'> | undefined): Promise<FoundLock> {
  const parsed = lockSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: 'refused', reason: 'it is no lock: it does not have the form of one' };
  const lock = parsed.data;
  if (lock.stack !== stack) return { kind: 'refused', reason: `it is the lock of stack "${lock.stack}"` };
  if (!key) return { kind: 'refused', reason: noKey(stack).message };
  if (!(await key.verify(lock.key, signedText(lock), lock.signature))) return { kind: 'refused', reason: 'its signature is not by the release key of this stack' };
  return { kind: 'signed', lock };
}

function noKey(stack: string): CommandError {
  return new CommandError('RELEASE_KEY_MISSING', `Stack "${stack}" has no release key: its outputs are older than this program. Update it, then release.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
