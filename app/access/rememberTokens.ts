import { hash } from 'node:crypto';
import type { Principal } from '../tools/principal.ts';
import type { VerifiedToken } from './verifyAccessToken.ts';

export interface RememberOptions {
  /** Tokens that are remembered; the oldest are forgotten first. */
  readonly capacity: number;
  /** How long at most, in milliseconds: a withdrawn signing key is noticed after that time. */
  readonly durationMs: number;
  /** The time, in milliseconds. */
  readonly now: () => number;
}

export interface TokenVerification {
  /** The principal of a token that was accepted before and still would be; undefined when it has to be verified. */
  remembered(token: string): Principal | undefined;
  /** @throws what the verifier throws; refusals are not remembered */
  verify(token: string): Promise<Principal>;
}

/** Remembers accepted tokens by their digest, so that a heap dump holds none: verifying a signature costs more than the rest of a call. */
export function rememberTokens(verify: (token: string) => Promise<VerifiedToken>, { capacity, durationMs, now }: RememberOptions): TokenVerification {
  const held = new Map<string, { readonly principal: Principal; readonly until: number }>();
  return {
    remembered(token) {
      const digest = hash('sha256', token, 'base64');
      const entry = held.get(digest);
      if (!entry) return undefined;
      if (now() < entry.until) return entry.principal;
      held.delete(digest);
      return undefined;
    },
    async verify(token) {
      const { principal, expiresAtMs } = await verify(token);
      if (held.size >= capacity) for (const oldest of held.keys()) if (held.size >= capacity) held.delete(oldest); else break;
      held.set(hash('sha256', token, 'base64'), { principal, until: Math.min(expiresAtMs, now() + durationMs) });
      return principal;
    },
  };
}
