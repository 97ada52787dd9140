import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export const TENANT_ID = '11111111-1111-4111-8111-111111111111';
export const CLIENT_ID = '22222222-2222-4222-8222-222222222222';
export const CALLER_OID = '33333333-3333-4333-8333-333333333333';
export const CALLING_CLIENT_ID = '44444444-4444-4444-8444-444444444444';
export const ALL_TOOLS = ['check_fact_source', 'compute_primes', 'lookup_fact', 'report_change', 'whoami'] as const;

/** A signing key of an authority that a test stands in for, and the tokens that it signs. */
export interface TestAuthority {
  readonly issuer: string;
  /** What the authority publishes at `discovery/v2.0/keys`. */
  readonly keySet: { keys: JWK[] };
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** A token with the claims of an app that holds the roles of all tools, changed by `claims` (undefined removes one). */
  appToken(claims?: JWTPayload): Promise<string>;
  /** A delegated token with the roles and scopes of all tools. */
  userToken(claims?: JWTPayload): Promise<string>;
}

export async function createAuthority(authorityHost = 'https://login.microsoftonline.com', kid = 'key-1'): Promise<TestAuthority> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const issuer = `${authorityHost}/${TENANT_ID}/v2.0`;
  const sign = async (claims: JWTPayload): Promise<string> => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      iss: issuer, aud: CLIENT_ID, tid: TENANT_ID, ver: '2.0', oid: CALLER_OID, sub: CALLER_OID, azp: CALLING_CLIENT_ID,
      iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 3_600,
      ...claims,
    }).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey);
  };
  const roles = ALL_TOOLS.map((tool) => `Tools.${tool}`);
  return {
    issuer,
    keySet: { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig' }] },
    privateKey,
    publicKey,
    appToken: (claims) => sign({ idtyp: 'app', roles, ...claims }),
    userToken: (claims) => sign({ name: 'Ada', roles, scp: ALL_TOOLS.join(' '), ...claims }),
  };
}

/** A `fetch` that serves the key set of an authority, and nothing else. */
export function fetchOf(authority: TestAuthority): typeof fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const expected = authority.issuer.replace(/v2\.0$/, 'discovery/v2.0/keys');
    if (url !== expected) throw new Error(`unexpected request to ${url}; expected ${expected}`);
    return Response.json(authority.keySet);
  };
}
