import { CommandError } from '../commandError.ts';
import type { Progress } from '../progress.ts';
import { describeKeys, followingRing, keyIdsOf, phaseOf, type KeyIds, type KeyRing } from './keyRing.ts';

/** A version of the secret. */
export interface StoredRing {
  readonly ring: KeyRing;
  readonly version: string;
}

/** The secret in the vault. */
export interface RingStore {
  read(): Promise<StoredRing>;
  /** The version that is the current one, whatever it holds. */
  currentVersion(): Promise<string>;
  /**
   * Adds a version.
   * @param overVersion the one that it follows
   * @throws CommandError SECRETS_CHANGED_MEANWHILE when another one has come since
   */
  write(ring: KeyRing, overVersion: string): Promise<StoredRing>;
}

/** The processes of all slots. */
export interface Fleet {
  /** Has App Service read the secret again, for every slot. */
  refresh(): Promise<void>;
  /**
   * Resolves when every process that serves has these keys, and none others.
   * @returns for how long the youngest of them has had them, in seconds
   * @param onWaiting told what is missing
   * @throws CommandError SECRETS_NOT_EVERYWHERE when that does not come about
   */
  waitFor(keys: KeyIds, onWaiting: (text: string) => void): Promise<{ readonly heldSeconds: number; readonly instances: number }>;
}

export interface RotationParts {
  readonly store: RingStore;
  readonly fleet: Fleet;
  /** A new key, base64url. */
  readonly newKey: () => string;
  /** Tells the operator of each step. */
  readonly step: Progress['step'];
}

export interface Rotated {
  readonly stored: StoredRing;
  readonly heldSeconds: number;
  readonly instances: number;
}

/**
 * How long a key is accepted after it has minted for the last time, in seconds: the 600 s for which a requestState can be handed back (app/limits.ts), and 300 s in which a process that
 * is being replaced still serves while its successor already counts.
 */
export const RETIRE_AFTER_SECONDS = 900;

/**
 * Rotates the key: publishes a new one, has every process accept it, then lets it mint. The former one stays accepted until `retireKey`. Whatever is under way is gone on
 * with, so that it can be cut off anywhere and run again; what is promoted already is not rotated a second time.
 * @throws CommandError of the parts
 */
export async function rotateKey(parts: RotationParts): Promise<Rotated> {
  let stored = await parts.store.read();
  for (;;) {
    const brought = await bring(parts, stored);
    if (phaseOf(stored.ring) === 'promoted') return { stored, ...brought };
    stored = await follow(parts, stored);
  }
}

/**
 * Replaces all keys by a new one at once, for a key that has leaked: what was minted before is refused from then on, and while processes change over, what one of them mints
 * is refused by those that have not.
 */
export async function replaceKeys(parts: RotationParts): Promise<Rotated> {
  const former = await parts.store.currentVersion();
  const stored = await parts.step('A new key takes the place of all others', () => parts.store.write({ current: parts.newKey() }, former));
  return { stored, ...(await bring(parts, stored)) };
}

/**
 * Takes back the key that a rotation has replaced.
 * @param options.atOnce does not wait until what it has minted is out of date
 * @throws CommandError SECRETS_ROTATION_OPEN, SECRETS_TOO_EARLY
 */
export async function retireKey(parts: RotationParts, { atOnce }: { readonly atOnce: boolean }): Promise<Rotated> {
  const stored = await parts.store.read();
  const phase = phaseOf(stored.ring);
  if (phase === 'published') throw new CommandError('SECRETS_ROTATION_OPEN', `A rotation was cut off (${describeKeys(keyIdsOf(stored.ring))}): its new key does not mint yet. Complete it first: npm run secrets -- rotate`);
  const brought = await bring(parts, stored);
  if (phase === 'at rest') return { stored, ...brought };
  const missingSeconds = RETIRE_AFTER_SECONDS - brought.heldSeconds;
  if (missingSeconds > 0 && !atOnce) {
    throw new CommandError('SECRETS_TOO_EARLY', `The youngest process has had its keys for ${brought.heldSeconds} s; what a process before it has minted with the previous key is accepted until ${RETIRE_AFTER_SECONDS} s. ` +
      `Run this again in ${missingSeconds} s, or refuse at once what the previous key has minted: npm run secrets -- retire --at-once`);
  }
  const retired = await follow(parts, stored);
  return { stored: retired, ...(await bring(parts, retired)) };
}

/** Brings what the vault holds to every process; changes no key. */
export async function bringKeys(parts: RotationParts): Promise<Rotated> {
  const stored = await parts.store.read();
  return { stored, ...(await bring(parts, stored)) };
}

async function bring({ fleet, step }: RotationParts, { ring }: StoredRing): Promise<Pick<Rotated, 'heldSeconds' | 'instances'>> {
  const keys = keyIdsOf(ring);
  return step(`Every process of both slots has ${describeKeys(keys)}`, async (update) => {
    await fleet.refresh();
    return fleet.waitFor(keys, update);
  });
}

async function follow({ store, newKey, step }: RotationParts, stored: StoredRing): Promise<StoredRing> {
  const ring = followingRing(stored.ring, newKey);
  return step(`New version of the secret: ${describeKeys(keyIdsOf(ring))}`, () => store.write(ring, stored.version));
}
