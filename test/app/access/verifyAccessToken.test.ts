import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { exportSPKI, SignJWT, type JWTPayload } from 'jose';
import { createSigningKeys } from '../../../app/access/signingKeys.ts';
import { createAccessTokenVerifier, TokenRefusedError } from '../../../app/access/verifyAccessToken.ts';
import type { Principal } from '../../../app/tools/principal.ts';
import { CALLER_OID, CALLING_CLIENT_ID, CLIENT_ID, createAuthority, fetchOf, TENANT_ID, type TestAuthority } from '../support/authority.ts';

const HOST = 'https://login.microsoftonline.com';
const ALGORITHM_REFUSED = { name: 'TokenRefusedError', reason: /^ERR_JOSE_ALG_NOT_ALLOWED/ };
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

describe('createAccessTokenVerifier', () => {
  let authority: TestAuthority;
  let verify: (token: string) => Promise<Principal>;

  before(async () => {
    authority = await createAuthority();
    const verifier = createAccessTokenVerifier({
      tenantId: TENANT_ID, clientId: CLIENT_ID, authorityHost: HOST,
      findKey: createSigningKeys({ url: `${HOST}/${TENANT_ID}/discovery/v2.0/keys`, fetch: fetchOf(authority) }),
    });
    verify = async (token) => (await verifier(token)).principal;
  });

  it('answers the principal of an app', async () => {
    assert.deepEqual(await verify(await authority.appToken()), {
      kind: 'app', oid: CALLER_OID, tid: TENANT_ID, azp: CALLING_CLIENT_ID, idtyp: 'app', name: undefined,
      agent: undefined, roles: ['Tools.check_fact_source', 'Tools.compute_primes', 'Tools.lookup_fact', 'Tools.report_change', 'Tools.whoami'], scopes: [],
    });
  });

  it('answers the principal of a person', async () => {
    const principal = await verify(await authority.userToken({ scp: 'whoami lookup_fact', idtyp: 'user' }));
    assert.equal(principal.kind, 'user');
    assert.equal(principal.name, 'Ada');
    assert.deepEqual(principal.scopes, ['whoami', 'lookup_fact']);
  });

  it('forgives a clock that is off by less than a minute', async () => {
    await verify(await authority.appToken({ nbf: nowSeconds() + 30, iat: nowSeconds() + 30 }));
    await verify(await authority.appToken({ exp: nowSeconds() - 30 }));
  });

  const badClaims: [what: string, claims: () => JWTPayload][] = [
    ['expired', () => ({ exp: nowSeconds() - 120 })],
    ['not yet valid', () => ({ nbf: nowSeconds() + 120 })],
    ['without exp', () => ({ exp: undefined })],
    ['without nbf', () => ({ nbf: undefined })],
    ['for another audience', () => ({ aud: '99999999-9999-4999-8999-999999999999' })],
    ['for several audiences', () => ({ aud: [CLIENT_ID, 'https://graph.microsoft.com'] })],
    ['for the identifier URI, as a v1 token is', () => ({ aud: 'https://mcp.example.net/mcp' })],
    ['of the v1 issuer', () => ({ iss: `https://sts.windows.net/${TENANT_ID}/` })],
    ['of another tenant by issuer', () => ({ iss: `${HOST}/99999999-9999-4999-8999-999999999999/v2.0` })],
    ['of another tenant by tid', () => ({ tid: '99999999-9999-4999-8999-999999999999' })],
    ['of version 1.0', () => ({ ver: '1.0' })],
    ['without oid', () => ({ oid: undefined })],
    ['with roles that are no list', () => ({ roles: 'Tools.whoami' })],
    ['without idtyp and scp, as an ID token is', () => ({ idtyp: undefined })],
    ['with idtyp app and scp', () => ({ scp: 'whoami' })],
  ];
  for (const [what, claims] of badClaims) {
    it(`refuses a token ${what}`, async () => {
      await assert.rejects(verify(await authority.appToken(claims())), TokenRefusedError);
    });
  }

  it('tells an expired token apart', async () => {
    await assert.rejects(verify(await authority.appToken({ exp: nowSeconds() - 120 })), { name: 'TokenRefusedError', expired: true });
  });

  it('refuses HS256 with the public key as secret', async () => {
    const [, payload] = (await authority.appToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'key-1', typ: 'JWT' })).toString('base64url');
    const secret = await exportSPKI(authority.publicKey);
    const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
    await assert.rejects(verify(`${header}.${payload}.${signature}`), ALGORITHM_REFUSED);
  });

  it('refuses alg none, with and without a signature', async () => {
    const [, payload, signature] = (await authority.appToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'key-1' })).toString('base64url');
    await assert.rejects(verify(`${header}.${payload}.`), { name: 'TokenRefusedError', reason: 'it is not a signed JWT in compact form' });
    await assert.rejects(verify(`${header}.${payload}.${signature}`), ALGORITHM_REFUSED);
  });

  it('refuses PS256 and RS512 by the right key', async () => {
    for (const alg of ['RS512', 'PS256']) {
      const token = await new SignJWT({ iss: authority.issuer, aud: CLIENT_ID }).setProtectedHeader({ alg, kid: 'key-1' })
        .sign(await crypto.subtle.importKey('pkcs8', await crypto.subtle.exportKey('pkcs8', authority.privateKey), alg === 'PS256' ? { name: 'RSA-PSS', hash: 'SHA-256' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, false, ['sign']));
      await assert.rejects(verify(token), ALGORITHM_REFUSED);
    }
  });

  it('refuses a token signed by a foreign key under a known key id', async () => {
    const foreign = await createAuthority();
    await assert.rejects(verify(await foreign.appToken()), TokenRefusedError);
  });

  it('refuses a changed payload and garbage', async () => {
    const [header, , signature] = (await authority.appToken()).split('.');
    const payload = Buffer.from(JSON.stringify({ oid: 'me' })).toString('base64url');
    for (const token of [`${header}.${payload}.${signature}`, 'a.b.c', 'abc', '..', `${header}.${payload}`]) {
      await assert.rejects(verify(token), TokenRefusedError);
    }
  });

  it('never quotes the token', async () => {
    const token = await authority.appToken({ exp: nowSeconds() - 120 });
    await assert.rejects(verify(token), (error: Error) => token.split('.').every((part) => !error.message.includes(part)));
  });
});
