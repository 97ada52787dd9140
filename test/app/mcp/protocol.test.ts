import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LIMITS } from '../../../app/limits.ts';
import { createTestApp, HOST, modernMessage, type Answer, type TestApp } from '../support/testApp.ts';

const errorCodeOf = ({ body }: Answer): unknown => (body['error'] as { code: number } | undefined)?.code;

describe('/mcp', () => {
  let testApp: TestApp;
  let authorized: { authorization: string };
  before(async () => {
    testApp = await createTestApp();
    authorized = { authorization: `Bearer ${await testApp.authority.appToken()}` };
  });
  after(() => testApp.app.http.close());

  const refusals: [what: string, payload: string, status: number, code: number][] = [
    ['an empty body', '', 400, -32700],
    ['broken JSON', '{"jsonrpc":', 400, -32700],
    ['a body with __proto__', '{"__proto__":{"method":"tools/list"}}', 400, -32700],
    ['null', 'null', 400, -32600],
    ['a string', '"tools/list"', 400, -32600],
    ['a number', '1', 400, -32600],
    ['an object that is no message', '{}', 400, -32600],
    ['an empty batch', '[]', 400, -32600],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}', 400, -32600],
    ['params that are a string', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"x"}', 400, -32600],
  ];
  for (const [what, payload, status, code] of refusals) {
    it(`refuses ${what} by ${status} and ${code}`, async () => {
      const answer = await testApp.post(payload, authorized);
      assert.equal(answer.status, status, answer.text);
      assert.equal(errorCodeOf(answer), code);
      assert.equal(answer.body['id'] ?? null, answer.text.includes('"id":1') ? 1 : null);
    });
  }

  it('refuses a batch, also one of a single message', async () => {
    const message = modernMessage('tools/call', { name: 'whoami', arguments: {} });
    for (const batch of [[message], [message, message]]) {
      const answer = await testApp.post(JSON.stringify(batch), authorized);
      assert.equal(answer.status, 400);
      assert.equal(errorCodeOf(answer), -32600);
      assert.match(answer.text, /MCP_BATCH_REFUSED/);
    }
  });

  it('refuses a body over the limit by 413, naming the limit', async () => {
    const answer = await testApp.post(`"${'x'.repeat(LIMITS.bodyLimitBytes)}"`, authorized);
    assert.equal(answer.status, 413);
    assert.match(answer.text, new RegExp(`${LIMITS.bodyLimitBytes} bytes`));
  });

  it('refuses another content type by 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await testApp.post('{}', { ...authorized, 'content-type': type });
      assert.equal(answer.status, 415, answer.text);
      assert.match(answer.text, /MCP_MEDIA_TYPE/);
    }
  });

  it('answers GET and DELETE by 405 with Allow', async () => {
    for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS'] as const) {
      const answer = await testApp.app.http.inject({ method, url: '/mcp', headers: { host: HOST } });
      assert.equal(answer.statusCode, 405);
      assert.equal(answer.headers.allow, 'POST');
    }
  });

  it('answers a notification by 202 without a body', async () => {
    const answer = await testApp.post('{"jsonrpc":"2.0","method":"notifications/initialized"}', authorized);
    assert.equal(answer.status, 202);
    assert.equal(answer.text, '');
  });

  it('refuses headers that name another method or tool than the body by -32020', async () => {
    for (const [header, value] of [['mcp-name', 'lookup_fact'], ['mcp-method', 'tools/list'], ['mcp-protocol-version', '2025-11-25']] as const) {
      const answer = await testApp.call('tools/call', { name: 'whoami', arguments: {} }, { headers: { [header]: value } });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(errorCodeOf(answer), -32020);
    }
  });

  it('refuses an unknown version by -32022 and an unknown method by 404', async () => {
    const message = modernMessage('tools/list', {}, { 'io.modelcontextprotocol/protocolVersion': '2030-01-01' });
    const version = await testApp.post(JSON.stringify(message), { ...authorized, 'mcp-protocol-version': '2030-01-01', 'mcp-method': 'tools/list' });
    assert.equal(version.status, 400);
    assert.equal(errorCodeOf(version), -32022);
    const method = await testApp.call('no/such/method', {});
    assert.equal(method.status, 404);
    assert.equal(errorCodeOf(method), -32601);
  });

  it('answers discovery and lists with private cache hints', async () => {
    for (const method of ['server/discover', 'tools/list']) {
      const { body } = await testApp.call(method, {});
      const result = body['result'] as Record<string, unknown>;
      assert.equal(result['cacheScope'], 'private');
      assert.equal(result['ttlMs'], 60_000);
    }
  });

  it('advertises what it offers, and opens no subscription', async () => {
    const { body } = await testApp.call('server/discover', {});
    assert.deepEqual((body['result'] as { capabilities: unknown }).capabilities, { tools: {}, resources: {}, prompts: {}, completions: {} });
    const listen = await testApp.call('subscriptions/listen', { notifications: { toolsListChanged: true } });
    assert.equal(errorCodeOf(listen), -32603);
  });

  it('refuses a requestState that it did not mint', async () => {
    for (const requestState of ['x', `v1.${Buffer.from('{"p":1,"exp":9999999999}').toString('base64url')}.AAAA`]) {
      const answer = await testApp.call('tools/call', { name: 'whoami', arguments: {}, requestState });
      assert.equal(errorCodeOf(answer), -32602, answer.text);
      assert.match(answer.text, /requestState/);
    }
  });

  it('names each request, and ignores a name from outside', async () => {
    const first = await testApp.call('tools/list', {}, { headers: { 'x-request-id': 'mine' } });
    const second = await testApp.call('tools/list', {});
    assert.match(String(first.headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.notEqual(first.headers['x-request-id'], second.headers['x-request-id']);
  });

  it('mints no session', async () => {
    const answer = await testApp.post(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }),
      { ...authorized, 'mcp-session-id': 'foreign' },
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['mcp-session-id'], undefined);
  });
});
