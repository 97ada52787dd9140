import { createHmac } from 'node:crypto';

/**
 * The keys that protect what clients hand back (MCP's `requestState`, call ids). One mints; a second one is accepted beside it while a rotation lasts, so that
 * instances which learn of a change at different moments accept what the others mint (docs/decisions/032-rotation-of-the-request-state-key.md).
 */
export interface RequestStateKeys {
  /** Mints, and is accepted. */
  readonly current: Uint8Array;
  /** Accepted: will mint once every instance accepts it. */
  readonly next?: Uint8Array;
  /** Accepted: minted before. */
  readonly previous?: Uint8Array;
}

/** What is accepted; the first one mints. */
export type AcceptedKeys = readonly [Uint8Array, ...Uint8Array[]];

/** Names of keys, which are no secrets. */
export type RequestStateKeyIds = Readonly<Record<keyof RequestStateKeys, string | undefined>>;

const MIN_KEY_BYTES = 32;
const KEY = '([A-Za-z0-9_-]+={0,2})';
const ONE_KEY = new RegExp(`^${KEY}$`);
const TWO_KEYS = new RegExp(`^current:${KEY},(next|previous):${KEY}$`);
const ID_LABEL = 'mcp-request-state-key-id';
const ID_DIGITS = 8;

/** The form in words, for messages. */
export const REQUEST_STATE_KEYS_FORM = `at least ${MIN_KEY_BYTES} random bytes as base64url, or two such keys as current:KEY,next:KEY or current:KEY,previous:KEY`;

/** @returns undefined for anything else than one key, or two that differ */
export function parseRequestStateKeys(text: string): RequestStateKeys | undefined {
  const [, currentText = ONE_KEY.exec(text)?.[1], role, otherText] = TWO_KEYS.exec(text) ?? [];
  const current = toKey(currentText);
  if (current === undefined || role === undefined) return current && { current };
  const other = toKey(otherText);
  if (other === undefined || Buffer.from(current).equals(other)) return undefined;
  return role === 'next' ? { current, next: other } : { current, previous: other };
}

export function acceptedKeys({ current, next, previous }: RequestStateKeys): AcceptedKeys {
  return [current, ...[next, previous].filter((key) => key !== undefined)];
}

/** By which operators tell keys apart: digits that tell nothing of a random key. */
export function requestStateKeyIds({ current, next, previous }: RequestStateKeys): RequestStateKeyIds {
  const idOf = (key: Uint8Array): string => createHmac('sha256', key).update(ID_LABEL).digest('hex').slice(0, ID_DIGITS);
  return { current: idOf(current), next: next && idOf(next), previous: previous && idOf(previous) };
}

function toKey(text: string | undefined): Uint8Array | undefined {
  const key = new Uint8Array(Buffer.from(text ?? '', 'base64url'));
  return key.length >= MIN_KEY_BYTES ? key : undefined;
}
