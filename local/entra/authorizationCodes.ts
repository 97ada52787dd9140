import { createHash, randomBytes } from 'node:crypto';
import { EntraError } from './entraError.ts';
import type { ClientType } from './redirectUris.ts';
import { sha256 } from './store.ts';

/** Entra's codes live about ten minutes; these live five. */
const CODE_LIFETIME_MS = 5 * 60_000;

/** What a code stands for. */
export interface CodeGrant {
  readonly clientId: string;
  readonly clientType: ClientType;
  readonly redirectUri: string;
  readonly userId: string;
  readonly scope: string;
  readonly resource: string | undefined;
  readonly codeChallenge: string;
  readonly nonce: string | undefined;
}

/** Authorization codes: single use, short-lived, bound to client, redirect URI and PKCE. */
export interface AuthorizationCodes {
  issue(grant: CodeGrant): string;
  /** @throws EntraError invalid_grant: AADSTS9002313, 54005, 70008, 70000, 500112, 501481 */
  redeem(code: string, request: { clientId: string; redirectUri: string | undefined; codeVerifier: string | undefined }): CodeGrant;
}

/** The codes are kept in memory only: they live for minutes, and a restart may well end them. */
export function createAuthorizationCodes(now: () => Date): AuthorizationCodes {
  const codes = new Map<string, { grant: CodeGrant; expiresAtMs: number; redeemed: boolean }>();
  const dropOld = (): void => {
    // Expired codes stay as long again, so that a late client is told "expired" and not "malformed".
    for (const [digest, { expiresAtMs }] of codes) if (expiresAtMs + CODE_LIFETIME_MS < now().getTime()) codes.delete(digest);
  };
  return {
    issue(grant) {
      dropOld();
      const code = `1.${randomBytes(48).toString('base64url')}`;
      codes.set(sha256(code), { grant, expiresAtMs: now().getTime() + CODE_LIFETIME_MS, redeemed: false });
      return code;
    },
    redeem(code, { clientId, redirectUri, codeVerifier }) {
      dropOld();
      const kept = codes.get(sha256(code));
      if (!kept) throw invalidGrant(9002313, 'Invalid request. Request is malformed or invalid: the authorization code was not issued here.');
      if (kept.redeemed) throw invalidGrant(54005, 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.');
      const { grant } = kept;
      if (kept.expiresAtMs <= now().getTime()) throw invalidGrant(70008, `The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.`);
      if (grant.clientId !== clientId) throw invalidGrant(70000, 'Provided grant is invalid or malformed: the authorization code was issued to another application.');
      if (grant.redirectUri !== redirectUri) {
        throw invalidGrant(500112, `The reply address '${redirectUri ?? ''}' does not match the reply address '${grant.redirectUri}' provided when requesting Authorization code.`);
      }
      if (codeVerifier === undefined || !matchesChallenge(codeVerifier, grant.codeChallenge)) {
        throw invalidGrant(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
      }
      kept.redeemed = true;
      return grant;
    },
  };
}

/** RFC 7636, S256. */
function matchesChallenge(verifier: string, challenge: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier) && createHash('sha256').update(verifier).digest('base64url') === challenge;
}

function invalidGrant(aadsts: number, message: string): EntraError {
  return new EntraError(400, 'invalid_grant', aadsts, message);
}
