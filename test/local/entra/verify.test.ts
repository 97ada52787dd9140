import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeProtectedHeader, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { AzureError } from '../../../local/core/errors.ts';
import { openSigningKeys } from '../../../local/entra/signingKeys.ts';
import { AUDIENCES } from '../../../local/entra/types.ts';
import { addClient, addMcpApplication, claimsOf, startTenant, type Tenant } from './tenant.ts';

describe('verification of bearer tokens', () => {
  let tenant: Tenant;
  before(async () => {
    tenant = await startTenant();
  });
  after(() => tenant.close());

  const refusal = async (authorization: string | undefined, code: string): Promise<AzureError> => {
    const error: unknown = await tenant.directory.verify(authorization, AUDIENCES.arm).then(() => undefined, (reason: unknown) => reason);
    assert.ok(error instanceof AzureError, 'it was accepted');
    assert.deepEqual([error.status, error.code], [401, code], error.message);
    const challenge = error.headers['www-authenticate'] ?? '';
    assert.ok(challenge.startsWith(`Bearer authorization_uri="${tenant.directory.authorityHost}/${tenant.directory.tenantId}"`), challenge);
    const token = authorization?.split(' ')[1];
    if (token !== undefined && token.length > 20) assert.ok(!error.message.includes(token) && !challenge.includes(token));
    return error;
  };
  const operatorToken = async (): Promise<string> => (await tenant.directory.issueForOperator('https://management.azure.com/')).accessToken;

  it('tells who a token speaks for', async () => {
    const principal = await tenant.directory.verify(`Bearer ${await operatorToken()}`, AUDIENCES.arm);
    assert.deepEqual(
      { objectId: principal.objectId, kind: principal.kind, clientId: principal.clientId },
      { objectId: tenant.directory.operator.objectId, kind: 'servicePrincipal', clientId: tenant.directory.operator.clientId },
    );
    const server = addMcpApplication(tenant.directory);
    const { accessToken } = await tenant.directory.issueForMcp({ application: { identifierUri: server.identifierUri }, as: 'user' });
    const user = await tenant.directory.verify(`bearer ${accessToken}`, [server.application.appId]);
    assert.deepEqual([user.kind, user.clientId], ['user', tenant.directory.commandLineClientId]);
  });

  it('refuses what is missing or no token', async () => {
    const missing = await refusal(undefined, 'AuthenticationFailed');
    assert.doesNotMatch(missing.headers['www-authenticate'] ?? '', /error=/);
    await refusal('', 'AuthenticationFailed');
    await refusal(`Basic ${Buffer.from('a:b').toString('base64')}`, 'InvalidAuthenticationToken');
    await refusal('Bearer', 'InvalidAuthenticationToken');
    await refusal('Bearer abc.def', 'InvalidAuthenticationToken');
  });

  it('refuses a token without signature, with another key, with a changed claim', async () => {
    const claims = claimsOf(await operatorToken());
    await refusal(`Bearer ${new UnsecuredJWT(claims).encode()}`, 'InvalidAuthenticationToken');
    const { privateKey }: { privateKey: CryptoKey } = await generateKeyPair('RS256');
    const kid = String(decodeProtectedHeader(await operatorToken()).kid);
    await refusal(`Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)}`, 'InvalidAuthenticationToken');
    await refusal(`Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'another' }).sign(privateKey)}`, 'InvalidAuthenticationToken');
    const hmac = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(Buffer.from(tenant.context.tls.authorityPem));
    await refusal(`Bearer ${hmac}`, 'InvalidAuthenticationToken');
    const [header, , signature] = (await operatorToken()).split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims, oid: '00000000-0000-4000-8000-000000000000' })).toString('base64url');
    await refusal(`Bearer ${header}.${changed}.${signature}`, 'InvalidAuthenticationToken');
  });

  it('refuses a token for another audience, and names both', async () => {
    const { accessToken } = await tenant.directory.issueForOperator('https://vault.azure.net');
    const error = await refusal(`Bearer ${accessToken}`, 'InvalidAuthenticationTokenAudience');
    assert.match(error.message, /'https:\/\/vault.azure.net'.*'https:\/\/management.azure.com'/);
    assert.match(error.headers['www-authenticate'] ?? '', /error="invalid_token"/);
  });

  it("refuses another tenant's token", async () => {
    const other = await startTenant();
    try {
      const { accessToken } = await other.directory.issueForOperator('https://management.azure.com');
      await refusal(`Bearer ${accessToken}`, 'InvalidAuthenticationToken');
    } finally {
      await other.close();
    }
  });

  it('refuses another issuer and another tenant even under its own key', async () => {
    const { kid, privateKey } = (await openSigningKeys(tenant.context)).current();
    const claims = claimsOf(await operatorToken());
    const sign = (changed: Record<string, unknown>): Promise<string> => new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
    await tenant.directory.verify(`Bearer ${await sign({})}`, AUDIENCES.arm);
    const error = await refusal(`Bearer ${await sign({ iss: 'https://sts.windows.net/99999999-9999-4999-8999-999999999999/' })}`, 'InvalidAuthenticationTokenTenant');
    assert.match(error.message, new RegExp(tenant.directory.tenantId));
    await refusal(`Bearer ${await sign({ tid: '99999999-9999-4999-8999-999999999999' })}`, 'InvalidAuthenticationToken');
    await refusal(`Bearer ${await sign({ oid: undefined })}`, 'InvalidAuthenticationToken');
    await refusal(`Bearer ${await sign({ exp: undefined })}`, 'InvalidAuthenticationToken');
  });

  it('refuses an expired token, by the injected clock', async () => {
    const token = await operatorToken();
    tenant.clock.advance(3_599_000);
    await tenant.directory.verify(`Bearer ${token}`, AUDIENCES.arm);
    tenant.clock.advance(2000);
    await refusal(`Bearer ${token}`, 'ExpiredAuthenticationToken');
  });

  it('refuses a token from before its time', async () => {
    tenant.clock.advance(3_600_000);
    const token = await operatorToken();
    tenant.clock.advance(-3_600_000);
    await refusal(`Bearer ${token}`, 'InvalidAuthenticationToken');
  });

  it('does not issue for a resource that is not there', async () => {
    const client = addClient(tenant.directory);
    await assert.rejects(tenant.directory.issueForOperator(client.application.id), (error: unknown) => error instanceof AzureError && /AADSTS500011/.test(error.message));
  });
});
