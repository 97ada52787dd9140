import { createLocalJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters, type CryptoKey } from 'jose';
import { z } from 'zod';

/** The tenant's signing keys cannot be had, and none are held: no token can be judged. Code: MCP_SIGNING_KEYS_UNAVAILABLE. */
export class SigningKeysUnavailableError extends Error {
  readonly code = 'MCP_SIGNING_KEYS_UNAVAILABLE';
  constructor(url: string, cause: unknown) {
    super(`The signing keys at ${url} cannot be read, and no earlier ones are held.`, { cause });
    this.name = 'SigningKeysUnavailableError';
  }
}

export interface SigningKeysOptions {
  /** Where the key set is published: the `jwks_uri` of the authority. */
  readonly url: string;
  readonly fetch?: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told of each failed read; the keys held so far stay in use. */
  readonly onReadFailure?: (error: unknown) => void;
}

/** Finds the key of a token, as `jwtVerify` of jose asks for it. */
/** Finds keys, and tells whether there are any. */
export interface SigningKeys extends FindKey {
  /** @throws SigningKeysUnavailableError when no key is held and none can be read now */
  ready(): Promise<void>;
}

export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** After this the keys are read again, in the background, while the held ones serve. */
const FRESH_FOR_MS = 3_600_000;
/** After this without one good read the held keys no longer count: a key that was withdrawn must not live on for ever. */
const KEPT_FOR_MS = 24 * 3_600_000;
/** The shortest time between two reads that unknown key ids cause: forged tokens must not turn into load on the authority. */
const COOLDOWN_MS = 30_000;
/** The same before the first good read. */
const FIRST_READ_RETRY_MS = 1_000;
const READ_TIMEOUT_MS = 5_000;
const MAX_KEYS = 100;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1).max(MAX_KEYS) });

interface HeldKeys {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly readAt: number;
}

/**
 * The tenant's signing keys: read at the first token, again when they age or a token names an unknown key; in an outage the last good
 * set serves for up to a day.
 * Source: learn.microsoft.com, "Signing key rollover in the Microsoft identity platform".
 */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { url } = options;
  const now = options.now ?? Date.now;
  const read = options.fetch ?? fetch;
  let held: HeldKeys | undefined;
  let lastAttemptAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let lastFailure: unknown;

  async function readKeys(): Promise<void> {
    lastAttemptAt = now();
    try {
      const response = await read(url, { signal: AbortSignal.timeout(READ_TIMEOUT_MS), headers: { accept: 'application/json' }, redirect: 'error' });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      held = { find: createLocalJWKSet(keySetSchema.parse(await response.json())), readAt: now() };
    } catch (error) {
      lastFailure = error;
      options.onReadFailure?.(error);
    }
  }
  function refresh(): Promise<void> {
    reading ??= readKeys().finally(() => {
      reading = undefined;
    });
    return reading;
  }
  const mayRead = (): boolean => now() - lastAttemptAt >= (held ? COOLDOWN_MS : FIRST_READ_RETRY_MS);
  const usable = (): HeldKeys | undefined => (held && now() - held.readAt < KEPT_FOR_MS ? held : undefined);

  async function current(): Promise<HeldKeys> {
    const before = usable();
    if (!before && (reading || mayRead())) await refresh();
    else if (before && now() - before.readAt > FRESH_FOR_MS && mayRead()) void refresh();
    const keys = usable();
    if (!keys) throw new SigningKeysUnavailableError(url, lastFailure);
    return keys;
  }

  const find: FindKey = async (header, token) => {
    const keys = await current();
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(reading || mayRead())) throw error;
      await refresh();
      return await (usable() ?? keys).find(header, token);
    }
  };
  return Object.assign(find, { ready: async () => void (await current()) });
}
