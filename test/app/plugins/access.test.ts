import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling } from '../../../app/telemetry/sampling.ts';
import { createTestApp, HOST, type Answer, type TestApp } from '../support/testApp.ts';

const METADATA = `https://${HOST}/.well-known/oauth-protected-resource/mcp`;

describe('access to /mcp', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp();
  });
  after(() => testApp.app.http.close());

  const whoami = (token: string | null, headers?: Record<string, string>): Promise<Answer> =>
    testApp.call('tools/call', { name: 'whoami', arguments: {} }, { token, ...(headers ? { headers } : {}) });

  it('lets an app with the role in, and a person with role and scope', async () => {
    assert.equal((await whoami(await testApp.authority.appToken({ roles: ['Tools.whoami'] }))).status, 200);
    assert.equal((await whoami(await testApp.authority.userToken({ roles: ['Tools.whoami'], scp: 'whoami' }))).status, 200);
  });

  it('answers 401 with the metadata URL when no token is given', async () => {
    const answer = await whoami(null);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['www-authenticate'], `Bearer resource_metadata="${METADATA}", scope="https://${HOST}/mcp/mcp.access"`);
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(answer.body['code'], 'MCP_TOKEN_MISSING');
  });

  it('takes the token from the header alone, in the Bearer scheme', async () => {
    const token = await testApp.authority.appToken();
    for (const authorization of [`Basic ${token}`, token, `Bearer ${token} ${token}`, `Bearer ${token},Bearer ${token}`, 'Bearer ']) {
      assert.equal((await whoami(null, { authorization })).status, 401, authorization.slice(0, 12));
    }
    const inQuery = await testApp.app.http.inject({ method: 'POST', url: `/mcp?access_token=${token}`, headers: { host: HOST, 'content-type': 'application/json' }, payload: '{}' });
    assert.equal(inQuery.statusCode, 401);
  });

  it('answers 401 invalid_token for an expired and a forged one, and logs the reason without the token [refuse.expired-token]', async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const expired = await testApp.authority.appToken({ exp: nowSeconds - 600 });
    const answer = await whoami(expired);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['www-authenticate'], `Bearer resource_metadata="${METADATA}", scope="https://${HOST}/mcp/mcp.access", error="invalid_token", error_description="The access token has expired."`);
    const forged = await whoami(await testApp.authority.appToken({ tid: '99999999-9999-4999-8999-999999999999' }));
    assert.equal(forged.status, 401);
    assert.equal(forged.body['code'], 'MCP_TOKEN_INVALID');
    assert.doesNotMatch(forged.text, /tid/);
    const log = testApp.log.join('');
    assert.match(log, /claim tid names another tenant/);
    for (const part of expired.split('.')) assert.ok(!log.includes(part));
  });

  it('refuses before the body is read', async () => {
    assert.equal((await testApp.post('{broken')).status, 401);
  });

  it('answers 403 without a challenge when the role is missing', async () => {
    for (const token of [await testApp.authority.appToken({ roles: ['Tools.lookup_fact'] }), await testApp.authority.userToken({ roles: [] })]) {
      const answer = await whoami(token);
      assert.equal(answer.status, 403);
      assert.equal(answer.body['code'], 'MCP_ROLE_MISSING');
      assert.match(String(answer.body['detail']), /Tools\.whoami/);
      assert.equal(answer.headers['www-authenticate'], undefined);
    }
  });

  it('answers 403 insufficient_scope with the qualified scope when only the scope is missing', async () => {
    const answer = await whoami(await testApp.authority.userToken({ scp: 'lookup_fact' }));
    assert.equal(answer.status, 403);
    assert.equal(answer.body['code'], 'MCP_SCOPE_MISSING');
    assert.equal(answer.headers['www-authenticate'], `Bearer error="insufficient_scope", scope="https://${HOST}/mcp/whoami", resource_metadata="${METADATA}"`);
  });

  it('counts who is refused, by code and tool, and not who is let in', async () => {
    const metrics = createRequestMetrics();
    const { app, authority, call, post } = await createTestApp({ telemetry: createRequestTelemetry(createSampling(0), metrics) });
    try {
      const ask = async (token: string | null, name = 'whoami'): Promise<unknown> => call('tools/call', { name, arguments: {} }, { token });
      await ask(await authority.appToken({ roles: ['Tools.whoami'] }));
      await ask(await authority.appToken({ roles: [] }));
      await ask(await authority.appToken({ roles: [] }));
      await ask(null, 'invented');
      const batch = await post('[]', { authorization: `Bearer ${await authority.appToken()}` });
      assert.equal(batch.status, 400);
      assert.deepEqual(metrics.refusals.take().map(({ attributes, count }) => [attributes, count]), [
        [{ 'error.type': 'MCP_ROLE_MISSING', 'http.response.status_code': 403, 'gen_ai.tool.name': 'whoami' }, 2],
        [{ 'error.type': 'MCP_TOKEN_MISSING', 'http.response.status_code': 401 }, 1],
      ]);
    } finally {
      await app.http.close();
    }
  });

  it('decides by the body for both protocol versions, whatever the headers name', async () => {
    const token = await testApp.authority.appToken({ roles: ['Tools.lookup_fact'] });
    const renamed = await testApp.call('tools/call', { name: 'whoami', arguments: {} }, { token, headers: { 'mcp-name': 'lookup_fact' } });
    assert.equal(renamed.status, 403);
    const legacy = await testApp.post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{}}}', { authorization: `Bearer ${token}` });
    assert.equal(legacy.status, 403);
  });

  it('lists tools to anyone with a token of the tenant', async () => {
    assert.equal((await testApp.call('tools/list', {}, { token: await testApp.authority.appToken({ roles: [] }) })).status, 200);
  });

  it('answers 503, not 401, while the signing keys cannot be had', async () => {
    const offline = await createTestApp({ fetch: () => Promise.reject(new Error('connection refused')) });
    const answer = await offline.call('tools/list', {});
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['retry-after'], '5');
    assert.equal(answer.body['code'], 'MCP_SIGNING_KEYS_UNAVAILABLE');
    assert.doesNotMatch(answer.text, /refused|login/);
    await offline.app.http.close();
  });
});

describe('Host and Origin', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp({}, { MCP_ALLOWED_HOSTS: `${HOST},127.0.0.1:8443` });
  });
  after(() => testApp.app.http.close());

  it('refuses a foreign Host on /mcp and the metadata by 403', async () => {
    for (const host of ['evil.example.net', `${HOST}.evil.net`, `${HOST}:8080`, '127.0.0.1', '']) {
      assert.equal((await testApp.call('tools/list', {}, { headers: { host } })).status, 403, host);
      const metadata = await testApp.app.http.inject({ url: '/.well-known/oauth-protected-resource/mcp', headers: { host } });
      assert.equal(metadata.statusCode, 403);
      assert.equal(metadata.json<{ code: string }>().code, 'MCP_HOST_NOT_ALLOWED');
    }
  });

  it('takes an allowed Host in any letter case, with the default port, and with a named one', async () => {
    for (const host of [HOST.toUpperCase(), `${HOST}:443`, '127.0.0.1:8443']) {
      assert.equal((await testApp.call('tools/list', {}, { headers: { host } })).status, 200, host);
    }
  });

  it('does not heed X-Forwarded-Host', async () => {
    assert.equal((await testApp.call('tools/list', {}, { headers: { host: 'evil.example.net', 'x-forwarded-host': HOST } })).status, 403);
  });

  it('answers /health under any Host', async () => {
    const answer = await testApp.app.http.inject({ url: '/health', headers: { host: '10.0.0.4:8080' } });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), { status: 'ok', slot: 'production', packageDigest: 'ab'.repeat(32), version: '0.1.0', instance: 'instance-a' });
  });

  it('refuses a foreign Origin by 403 and takes an allowed or absent one', async () => {
    for (const origin of ['https://evil.example.net', 'http://inspector.example.net', 'null', 'https://inspector.example.net.evil.net']) {
      const answer = await testApp.call('tools/list', {}, { headers: { origin } });
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.body['code'], 'MCP_ORIGIN_NOT_ALLOWED');
    }
    assert.equal((await testApp.call('tools/list', {}, { headers: { origin: 'https://inspector.example.net' } })).status, 200);
  });
});

describe('lists', () => {
  it('name what the caller holds a role for, whatever its scopes, on both paths and in every version [access.lists]', async () => {
    const testApp = await createTestApp();
    const namesFor = async (roles: string[], version: string, headers: Record<string, string> = {}): Promise<Record<string, unknown[]>> => {
      const token = await testApp.authority.userToken({ roles, scp: 'mcp.access' });
      const lists: [method: string, member: string, name: string][] = [['tools/list', 'tools', 'name'], ['prompts/list', 'prompts', 'name'], ['resources/templates/list', 'resourceTemplates', 'uriTemplate']];
      return Object.fromEntries(await Promise.all(lists.map(async ([method, member, name]) => {
        const answer = version === '2026-07-28'
          ? await testApp.call(method, {}, { token, headers })
          : await testApp.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} }), { authorization: `Bearer ${token}`, 'mcp-protocol-version': version, ...headers });
        assert.equal(answer.status, 200, answer.text);
        const result = answer.body['result'] as Record<string, Record<string, unknown>[]>;
        return [method, (result[member] ?? []).map((item) => item[name])] as const;
      })));
    };
    for (const version of ['2026-07-28', '2025-11-25']) {
      assert.deepEqual(await namesFor(['Tools.whoami'], version), { 'tools/list': ['whoami'], 'prompts/list': [], 'resources/templates/list': [] });
      assert.deepEqual(await namesFor(['Tools.lookup_fact'], version), { 'tools/list': ['lookup_fact'], 'prompts/list': ['explain_fact'], 'resources/templates/list': ['fact://{topic}'] });
      assert.deepEqual((await namesFor(['Mcp.CallAllTools'], version))['tools/list'], ['check_fact_source', 'compute_primes', 'lookup_fact', 'report_change', 'whoami']);
      assert.deepEqual((await namesFor([], version))['tools/list'], []);
    }
    await testApp.app.http.close();
  });
});

describe('protected resource metadata', () => {
  it('names resource, authority and scopes by the host that was asked, at both forms', async () => {
    const testApp = await createTestApp({}, { MCP_ALLOWED_HOSTS: `${HOST},127.0.0.1:8443` });
    for (const host of [HOST, '127.0.0.1:8443']) {
      for (const url of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
        const answer = await testApp.app.http.inject({ url, headers: { host } });
        assert.equal(answer.statusCode, 200);
        assert.deepEqual(answer.json(), {
          resource: `https://${host}/mcp`,
          authorization_servers: [testApp.authority.issuer],
          bearer_methods_supported: ['header'],
          scopes_supported: [`https://${host}/mcp/mcp.access`],
          resource_name: 'MCP server',
        });
      }
    }
    await testApp.app.http.close();
  });
});

describe('errors outside the protocol', () => {
  it('are problem details without internals', async () => {
    const testApp = await createTestApp();
    for (const url of ['/', '/admin', '/mcp/', '/mcp/x', '/health/../etc/passwd', '/%00', '/%', '/%zz?x=%']) {
      const answer = await testApp.app.http.inject({ url, headers: { host: HOST } });
      assert.ok(answer.statusCode === 404 || answer.statusCode === 400, `${url} ${answer.statusCode}`);
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      assert.deepEqual(Object.keys(answer.json()).sort(), ['code', 'requestId', 'status', 'title', 'type']);
    }
    await testApp.app.http.close();
  });

  it('hide what failed, and log it under the request id', async () => {
    const testApp = await createTestApp({ now: () => { throw new Error('clock broken: secret'); } });
    const answer = await testApp.call('tools/list', {});
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /secret|clock/);
    assert.match(answer.text, /MCP_INTERNAL/);
    assert.ok(testApp.log.some((line) => line.includes('clock broken') && line.includes(String(answer.headers['x-request-id']))));
    await testApp.app.http.close();
  });
});
