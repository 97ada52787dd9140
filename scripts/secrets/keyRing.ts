import { createHmac } from 'node:crypto';

/**
 * What the secret holds: the key that mints and, while a rotation lasts, a second one that is accepted. The server reads the same form
 * (app/identity/requestStateKeys.ts); a test holds the two together.
 */
export interface KeyRing {
  /** base64url */
  readonly current: string;
  /** Accepted by every instance before it mints. */
  readonly next?: string;
  /** Accepted until what it has minted is out of date. */
  readonly previous?: string;
}

/** Names of keys that tell nothing of them. */
export type KeyIds = Readonly<Record<'current', string> & Partial<Record<'next' | 'previous', string>>>;

export type Phase = 'at rest' | 'published' | 'promoted';

const MIN_KEY_BYTES = 32;
const KEY = '([A-Za-z0-9_-]+={0,2})';
const ONE_KEY = new RegExp(`^${KEY}$`);
const TWO_KEYS = new RegExp(`^current:${KEY},(next|previous):${KEY}$`);
const ID_LABEL = 'mcp-request-state-key-id';
const ID_DIGITS = 8;

/** @returns undefined for what the server would refuse */
export function parseKeyRing(text: string): KeyRing | undefined {
  const [, current = ONE_KEY.exec(text)?.[1], role, other] = TWO_KEYS.exec(text) ?? [];
  if (current === undefined || !isKey(current)) return undefined;
  if (role === undefined || other === undefined) return { current };
  if (!isKey(other) || bytesOf(other).equals(bytesOf(current))) return undefined;
  return role === 'next' ? { current, next: other } : { current, previous: other };
}

/** One key stands alone, as every version of the server reads it. */
export function formatKeyRing({ current, next, previous }: KeyRing): string {
  if (next !== undefined) return `current:${current},next:${next}`;
  return previous === undefined ? current : `current:${current},previous:${previous}`;
}

export function keyIdOf(key: string): string {
  return createHmac('sha256', bytesOf(key)).update(ID_LABEL).digest('hex').slice(0, ID_DIGITS);
}

export function keyIdsOf({ current, next, previous }: KeyRing): KeyIds {
  return { current: keyIdOf(current), ...(next === undefined ? {} : { next: keyIdOf(next) }), ...(previous === undefined ? {} : { previous: keyIdOf(previous) }) };
}

export function isSameKeys(one: KeyIds, other: KeyIds): boolean {
  return one.current === other.current && one.next === other.next && one.previous === other.previous;
}

export function describeKeys({ current, next, previous }: KeyIds): string {
  return [`current ${current}`, ...(next === undefined ? [] : [`next ${next}`]), ...(previous === undefined ? [] : [`previous ${previous}`])].join(', ');
}

export function phaseOf({ next, previous }: Pick<KeyRing, 'next' | 'previous'>): Phase {
  if (next !== undefined) return 'published';
  return previous === undefined ? 'at rest' : 'promoted';
}

/**
 * The ring that follows: a new key is published, promoted, and what it replaced is retired. Each of the three may be taken once every process has the ring before it.
 * @param newKey draws the key to publish
 */
export function followingRing(ring: KeyRing, newKey: () => string): KeyRing {
  const { current, next, previous } = ring;
  if (next !== undefined) return { current: next, previous: current };
  return previous === undefined ? { current, next: newKey() } : { current };
}

function isKey(text: string): boolean {
  return bytesOf(text).length >= MIN_KEY_BYTES;
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key, 'base64url');
}
