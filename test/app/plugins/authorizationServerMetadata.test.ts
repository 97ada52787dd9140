import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TENANT_ID } from '../support/authority.ts';
import { createTestApp, HOST, type TestApp } from '../support/testApp.ts';

const OAUTH = '/.well-known/oauth-authorization-server';
/** Where clients look for the metadata of an issuer. Source: Model Context Protocol 2026-07-28, basic/authorization/authorization-server-discovery. */
const OTHER_PATHS = [`${OAUTH}/mcp`, '/mcp/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/.well-known/openid-configuration/mcp', '/mcp/.well-known/openid-configuration'];
const TENANT = `https://login.microsoftonline.com/${TENANT_ID}`;

async function get(testApp: TestApp, url: string, host = HOST): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await testApp.app.http.inject({ url, headers: { host } });
  return { status: answer.statusCode, body: answer.json() };
}

describe('the authorization server that is named: entra', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp();
  });
  after(() => testApp.app.http.close());

  it('is the tenant, and the server answers no metadata of an authorization server [signin.entra]', async () => {
    const { body } = await get(testApp, '/.well-known/oauth-protected-resource/mcp');
    assert.deepEqual(body['authorization_servers'], [`${TENANT}/v2.0`]);
    for (const path of [OAUTH, ...OTHER_PATHS]) assert.equal((await get(testApp, path)).status, 404, path);
  });
});

describe('the authorization server that is named: facade', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp({}, { MCP_AUTHORIZATION_SERVER: 'facade', MCP_ALLOWED_HOSTS: `${HOST},127.0.0.1:8443` });
  });
  after(() => testApp.app.http.close());

  it('is the server under the host that was asked, with Entra\'s endpoints and PKCE, and no way to register [signin.facade]', async () => {
    for (const host of [HOST, '127.0.0.1:8443']) {
      for (const form of ['', '/mcp']) {
        const { body } = await get(testApp, `/.well-known/oauth-protected-resource${form}`, host);
        assert.deepEqual([body['resource'], body['authorization_servers']], [`https://${host}/mcp`, [`https://${host}`]]);
      }
      assert.deepEqual(await get(testApp, OAUTH, host), {
        status: 200,
        body: {
          issuer: `https://${host}`,
          authorization_endpoint: `${TENANT}/oauth2/v2.0/authorize`,
          token_endpoint: `${TENANT}/oauth2/v2.0/token`,
          jwks_uri: `${TENANT}/discovery/v2.0/keys`,
          code_challenge_methods_supported: ['S256'],
          response_types_supported: ['code'],
          grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
          token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic', 'private_key_jwt'],
          scopes_supported: [`https://${host}/mcp/mcp.access`, 'offline_access'],
        },
      });
    }
  });

  it('has its metadata at one place, and is no OpenID provider', async () => {
    for (const path of OTHER_PATHS) assert.equal((await get(testApp, path)).status, 404, path);
  });

  it('takes the default port and the letter case of Host for what they are, so that the issuer is always the same text', async () => {
    for (const host of [HOST.toUpperCase(), `${HOST}:443`]) assert.equal((await get(testApp, OAUTH, host)).body['issuer'], `https://${HOST}`);
  });

  it('answers nothing under a foreign Host', async () => {
    for (const host of ['evil.example.net', `${HOST}:8080`]) assert.deepEqual([(await get(testApp, OAUTH, host)).status, (await get(testApp, OAUTH, host)).body['code']], [403, 'MCP_HOST_NOT_ALLOWED']);
  });

  it('changes neither the scopes that the resource names nor whose tokens are taken', async () => {
    const { body } = await get(testApp, '/.well-known/oauth-protected-resource');
    assert.deepEqual(body['scopes_supported'], [`https://${HOST}/mcp/mcp.access`]);
    assert.equal((await testApp.call('tools/list', {})).status, 200, 'a token of the tenant');
    const self = await testApp.authority.appToken({ iss: `https://${HOST}` });
    assert.equal((await testApp.call('tools/list', {}, { token: self })).status, 401, 'this server signs nothing');
  });
});
