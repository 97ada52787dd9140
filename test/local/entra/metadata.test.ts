import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { startTenant, type Tenant } from './tenant.ts';

describe('metadata of the local Entra', () => {
  let tenant: Tenant;
  before(async () => {
    tenant = await startTenant();
  });
  after(() => tenant.close());
  const get = (path: string) => tenant.send('GET', `${tenant.directory.authorityHost}${path}`);

  it('publishes the v2 configuration without what Entra does not publish', async () => {
    const { authorityHost, tenantId } = tenant.directory;
    const answer = await get(`/${tenantId}/v2.0/.well-known/openid-configuration`);
    const body = answer.json();
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(body['issuer'], `${authorityHost}/${tenantId}/v2.0`);
    assert.equal(body['token_endpoint'], `${authorityHost}/${tenantId}/oauth2/v2.0/token`);
    assert.equal(body['authorization_endpoint'], `${authorityHost}/${tenantId}/oauth2/v2.0/authorize`);
    assert.equal(body['jwks_uri'], `${authorityHost}/${tenantId}/discovery/v2.0/keys`);
    assert.equal('code_challenge_methods_supported' in body, false);
    assert.equal('registration_endpoint' in body, false);
  });

  it('publishes the v1 configuration with the issuer of v1 tokens', async () => {
    const { authorityHost, tenantId } = tenant.directory;
    const body = (await get(`/${tenantId}/.well-known/openid-configuration`)).json();
    assert.equal(body['issuer'], `https://sts.windows.net/${tenantId}/`);
    assert.equal(body['token_endpoint'], `${authorityHost}/${tenantId}/oauth2/token`);
    assert.equal((await get(`/${tenantId}/discovery/keys`)).status, 200);
  });

  it('publishes public keys only, the signing one among them', async () => {
    const { tenantId } = tenant.directory;
    const { keys } = (await get(`/${tenantId}/discovery/v2.0/keys`)).json<{ keys: Record<string, string>[] }>();
    const { accessToken } = await tenant.directory.issueForOperator('https://management.azure.com');
    assert.equal(keys.length, 1);
    assert.equal(keys[0]?.['kid'], decodeProtectedHeader(accessToken).kid);
    assert.deepEqual(Object.keys(keys[0] ?? {}).sort(), ['cloud_instance_name', 'e', 'issuer', 'kid', 'kty', 'n', 'use']);
  });

  it('refuses other tenants', async () => {
    const other = await get('/99999999-9999-4999-8999-999999999999/v2.0/.well-known/openid-configuration');
    assert.deepEqual([other.status, other.json()['error'], other.json()['error_codes']], [400, 'invalid_tenant', [90002]]);
    for (const name of ['common', 'organizations', 'consumers']) {
      const answer = await get(`/${name}/v2.0/.well-known/openid-configuration`);
      assert.deepEqual([answer.status, answer.json()['error_codes']], [400, [50194]]);
      assert.match(answer.text, new RegExp(tenant.directory.tenantId));
    }
  });

  it('answers instance discovery for its own host only', async () => {
    const { authorityHost, tenantId } = tenant.directory;
    const ask = (endpoint: string) => get(`/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`);
    const own = (await ask(`${authorityHost}/${tenantId}/oauth2/v2.0/authorize`)).json<{ tenant_discovery_endpoint: string; metadata: { aliases: string[] }[] }>();
    assert.equal(own.tenant_discovery_endpoint, `${authorityHost}/${tenantId}/v2.0/.well-known/openid-configuration`);
    assert.deepEqual(own.metadata[0]?.aliases, [new URL(authorityHost).host]);
    assert.deepEqual((await ask('https://login.microsoftonline.com/x/oauth2/v2.0/authorize')).json()['error_codes'], [50049]);
  });

  it('has no metadata elsewhere, and says so by 404: clients try the next place', async () => {
    const { tenantId } = tenant.directory;
    for (const path of [`/.well-known/oauth-authorization-server/${tenantId}/v2.0`, `/.well-known/openid-configuration/${tenantId}/v2.0`, `/${tenantId}/v2.0/.well-known/oauth-authorization-server`]) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  it('refuses every other path by name', async () => {
    const answer = await get(`/${tenant.directory.tenantId}/oauth2/v2.0/devicecode`);
    assert.equal(answer.status, 501);
    assert.match(answer.text, /NotSupportedByLocalAzure: GET .*devicecode/);
  });
});
