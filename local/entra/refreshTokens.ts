import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import { EntraError } from './entraError.ts';
import { sha256 } from './store.ts';

/** Source: learn.microsoft.com, "Refresh tokens in the Microsoft identity platform", section "Token lifetime". */
const LIFETIME_MS = 90 * 24 * 3_600_000;
const SPA_LIFETIME_MS = 24 * 3_600_000;

const refreshGrantSchema = z.object({
  clientId: z.guid(),
  clientType: z.enum(['web', 'spa', 'publicClient']),
  userId: z.guid(),
  scope: z.string(),
  expiresDateTime: z.string(),
});
export type RefreshGrant = z.infer<typeof refreshGrantSchema>;

/** Refresh tokens, kept by digest. As in Entra, use gives a new one and does not end the old one. */
export interface RefreshTokens {
  /** @param before the grant that is renewed; a single-page application's tokens keep their first end */
  issue(grant: Omit<RefreshGrant, 'expiresDateTime'>, before?: RefreshGrant): string;
  /** @throws EntraError invalid_grant: AADSTS9002313, 700082, 70000 */
  find(token: string, clientId: string): RefreshGrant;
}

export function openRefreshTokens(context: LocalContext): RefreshTokens {
  const grants = context.documents.collection('entra-refresh-tokens', refreshGrantSchema);
  return {
    issue(grant, before) {
      const now = context.now().getTime();
      for (const [digest, { expiresDateTime }] of grants.entries()) if (Date.parse(expiresDateTime) + LIFETIME_MS < now) grants.delete(digest);
      const token = `1.${randomBytes(64).toString('base64url')}`;
      const expiresDateTime =
        grant.clientType === 'spa' && before ? before.expiresDateTime : new Date(now + (grant.clientType === 'spa' ? SPA_LIFETIME_MS : LIFETIME_MS)).toISOString();
      grants.put(sha256(token), { ...grant, expiresDateTime });
      return token;
    },
    find(token, clientId) {
      const grant = grants.get(sha256(token));
      if (!grant) throw new EntraError(400, 'invalid_grant', 9002313, 'Invalid request. Request is malformed or invalid: the refresh token was not issued here.');
      if (grant.clientId !== clientId) throw new EntraError(400, 'invalid_grant', 70000, 'Provided grant is invalid or malformed: the refresh token was issued to another application.');
      if (Date.parse(grant.expiresDateTime) <= context.now().getTime()) {
        throw new EntraError(400, 'invalid_grant', 700082, `The refresh token has expired; it was valid until ${grant.expiresDateTime}. Send a new interactive authorization request for this user and resource.`);
      }
      return grant;
    },
  };
}
