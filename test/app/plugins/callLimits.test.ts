import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify } from 'fastify';
import { z } from 'zod';
import { createCallLimits } from '../../../app/plugins/callLimits.ts';
import { defineTool, type ToolDeclaration, type ToolInteraction } from '../../../app/tools/defineTool.ts';
import type { Tool } from '../../../app/tools/index.ts';
import { ToolError } from '../../../app/tools/toolError.ts';
import { createHostFetch } from '../support/hostFetch.ts';
import { createTestApp, HOST, modernMessage, type Answer, type TestApp } from '../support/testApp.ts';

const OTHER = '99999999-9999-4999-8999-999999999999';
const VERSIONS = ['2026-07-28', '2025-11-25'];
const input = z.strictObject({ way: z.enum(['answer', 'refuse', 'fail', 'wait']).default('answer') });
const output = z.strictObject({});
type Run = Awaited<ReturnType<ToolDeclaration<typeof input, typeof output>['handler']>>['run'];

function toolNamed(name: string, limits: object, run: Run = () => ({}), interaction: ToolInteraction = 'none'): Tool {
  return defineTool({
    name, title: 'Limited', description: 'A tool for the tests of limits.', input, output, interaction,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs: 60_000, ...limits }, egress: [], owner: 'tests',
    lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' }, handler: async () => ({ run }),
  });
}

describe('the rate of a principal and tool', () => {
  const limited = toolNamed('limited', { callsPerMinute: 6 });
  const another = toolNamed('another', { callsPerMinute: 6 });
  let nowMs = 0;
  const createApp = (more: Parameters<typeof createTestApp>[0] = {}): Promise<TestApp> => createTestApp({ tools: [another, limited], monotonicMs: () => nowMs, ...more });
  const call = async ({ call: send, authority }: TestApp, claims: object = {}, name = 'limited', args: object = {}): Promise<Answer> =>
    send('tools/call', { name, arguments: args }, { token: await authority.appToken({ roles: ['Tools.limited', 'Tools.another'], ...claims }) });
  const statuses = async (count: number, make: () => Promise<Answer>): Promise<number[]> => {
    const found: number[] = [];
    for (let index = 0; index < count; index += 1) found.push((await make()).status);
    return found;
  };
  const PASSED = [200, 200, 200, 200, 200];

  it('answers 429 as a problem document, with the seconds after which the call passes, and then it does [limits.rate]', async () => {
    const testApp = await createApp();
    assert.deepEqual(await statuses(5, () => call(testApp)), PASSED);
    nowMs += 500;
    const refused = await call(testApp);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(refused.headers['retry-after'], '10');
    assert.equal(refused.body['code'], 'MCP_RATE_LIMITED');
    assert.equal(refused.body['detail'], 'Tool "limited" takes 6 calls a minute from one caller, 5 at once after a quiet time. Try again in 10 s.');
    assert.match(String(refused.headers['mcp-call-id']), /^[0-9a-f-]{36}$/);
    nowMs += 8_999;
    assert.equal((await call(testApp)).headers['retry-after'], '1');
    nowMs += 1_000;
    assert.deepEqual(await statuses(2, () => call(testApp)), [200, 429]);
    await testApp.app.http.close();
  });

  it('is counted by principal, client and tool, whatever token, version and path', async () => {
    const testApp = await createApp();
    assert.deepEqual(await statuses(5, () => call(testApp)), PASSED);
    const legacy = async (): Promise<Answer> => testApp.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'limited', arguments: {} } }), { authorization: `Bearer ${await testApp.authority.appToken({ roles: ['Tools.limited'], jti: 'another token' })}` });
    assert.equal((await legacy()).status, 429);
    assert.equal((await call(testApp, { roles: ['Mcp.CallAllTools'] })).status, 429);
    for (const others of [{ oid: OTHER }, { azp: OTHER }]) assert.deepEqual(await statuses(6, () => call(testApp, others)), [...PASSED, 429]);
    assert.deepEqual(await statuses(6, () => call(testApp, {}, 'another')), [...PASSED, 429]);
    assert.equal((await testApp.call('tools/list', {})).status, 200);
    await testApp.app.http.close();
  });

  it('is not used up by calls that are denied, nor by refused ones; by those with bad arguments it is', async () => {
    const rules = new Set<string>();
    const denyList = { ruleAgainst: ({ oid }: { oid: string }) => (rules.has(oid) ? { id: 'deny-1', kind: 'principal' as const, value: oid } : undefined), ageMs: () => 0, refresh: async () => undefined, close: () => undefined };
    const testApp = await createApp({ startDenyList: () => denyList });
    rules.add(OTHER);
    assert.deepEqual(await statuses(20, () => call(testApp, { oid: OTHER })), Array.from({ length: 20 }, () => 403));
    rules.clear();
    assert.deepEqual(await statuses(20, () => call(testApp, { oid: OTHER, roles: [] })), Array.from({ length: 20 }, () => 403));
    assert.deepEqual(await statuses(4, () => call(testApp, { oid: OTHER })), [200, 200, 200, 200]);
    assert.equal((await call(testApp, { oid: OTHER }, 'limited', { way: 'no such way' })).status, 200);
    assert.deepEqual(await statuses(3, () => call(testApp, { oid: OTHER })), [429, 429, 429]);
    nowMs += 10_000;
    assert.deepEqual(await statuses(2, () => call(testApp, { oid: OTHER })), [200, 429]);
    await testApp.app.http.close();
  });
});

describe('the calls of a principal and tool at a time', () => {
  for (const interaction of ['none', 'streaming'] as const) {
    for (const version of VERSIONS) {
      it(`give their place back once, however they end: interaction ${interaction}, ${version} [limits.concurrency]`, async (t) => {
        const held = createHeldCalls(interaction);
        const testApp = await createTestApp({ tools: [held.tool] });
        t.after(() => end(held, testApp));
        const caller = await createCaller(testApp, version);
        // Of two places one is taken all the time: each of the others can only pass when the one before gave its place back.
        assert.equal(await held.begin(caller), 'running');
        const ways: Record<string, () => Promise<number>> = {
          'an answer': () => caller.statusOf('answer'),
          'a refusal by the tool': () => caller.statusOf('refuse'),
          'a failure': () => caller.statusOf('fail'),
          'bad arguments': () => caller.statusOf('no such way'),
          'headers that disagree': () => caller.statusOf('answer', { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }),
          'an Accept that the protocol refuses': () => caller.statusOf('answer', { accept: 'text/html' }),
          'a caller who goes away': () => held.beginAndLeave(caller),
        };
        for (let round = 0; round < 2; round += 1) {
          for (const [way, act] of Object.entries(ways)) await until(way, async () => (await act()) !== 429);
        }
        assert.equal(await held.begin(caller), 'running');
        for (let count = 0; count < 3; count += 1) {
          const refused = await caller.open('wait');
          assert.deepEqual([refused.status, refused.headers.get('retry-after'), ((await refused.json()) as { code: string }).code], [429, '1', 'MCP_CONCURRENCY_LIMITED']);
        }
        held.release();
        await until('both places are free', async () => (await caller.statusOf('answer')) === 200);
      });
    }
  }

  it('leave the places of other principals alone', async (t) => {
    const held = createHeldCalls('none');
    const testApp = await createTestApp({ tools: [held.tool] });
    t.after(() => end(held, testApp));
    const caller = await createCaller(testApp, '2026-07-28');
    assert.deepEqual([await held.begin(caller), await held.begin(caller), (await caller.open('wait')).status], ['running', 'running', 429]);
    assert.equal(await held.begin(await createCaller(testApp, '2026-07-28', { oid: OTHER })), 'running');
  });

  it('hold no place for a caller who has gone before they begin', async () => {
    const limits = createCallLimits([toolNamed('limited', { concurrentCallsPerPrincipal: 1 })], { capacity: 10, nowMs: () => 0 });
    const app = fastify();
    const codes: (string | undefined)[] = [];
    const decided = Promise.withResolvers<void>();
    app.decorateRequest('principal', null);
    app.decorateRequest('heldPlace', null);
    app.post('/', {
      preHandler: [async (request, reply) => {
        request.principal = { kind: 'app', oid: 'o', tid: 't', azp: 'a', idtyp: 'app', name: undefined, agent: undefined, roles: [], scopes: [] };
        reply.raw.once('close', () => limits.endCall(request));
        app.server.emit('received');
        await once(reply.raw, 'close');
      }, (request, reply, done) => limits.limitCalls.call(app, request, reply, (error?: Error) => {
        codes.push((error as { code?: string } | undefined)?.code);
        if (codes.length === 3) decided.resolve();
        done();
      })],
    }, async () => ({}));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const body = JSON.stringify({ method: 'tools/call', params: { name: 'limited' } });
    for (let count = 0; count < 3; count += 1) {
      const received = once(app.server, 'received');
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
      await received;
      socket.destroy();
    }
    await decided.promise;
    assert.deepEqual(codes, [undefined, undefined, undefined]);
    await app.close();
  });
});

interface Caller {
  open(way: string, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  statusOf(way: string, headers?: Record<string, string>): Promise<number>;
}

async function createCaller(testApp: TestApp, version: string, claims: object = {}): Promise<Caller> {
  const { server } = testApp.app.http;
  const url = server.listening ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : await testApp.app.http.listen({ host: '127.0.0.1', port: 0 });
  const token = await testApp.authority.appToken({ roles: ['Tools.held'], ...claims });
  const open: Caller['open'] = (way, headers = {}, signal) => createHostFetch(HOST)(`${url}/mcp`, {
    method: 'POST',
    ...(signal ? { signal } : {}),
    headers: {
      authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version, ...(version === '2026-07-28' ? { 'mcp-method': 'tools/call', 'mcp-name': 'held' } : {}), ...headers,
    },
    body: JSON.stringify(version === '2026-07-28' ? modernMessage('tools/call', { name: 'held', arguments: { way } }) : { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'held', arguments: { way } } }),
  });
  return {
    open,
    async statusOf(way, headers) {
      const answer = await open(way, headers);
      await answer.text();
      return answer.status;
    },
  };
}

/** A tool whose calls a test can hold, at most two of them a principal. */
function createHeldCalls(interaction: ToolInteraction) {
  const release = Promise.withResolvers<void>();
  let started = (): void => undefined;
  let left = (): void => undefined;
  const tool = toolNamed('held', { concurrentCallsPerPrincipal: 2, callsPerMinute: 6_000 }, async ({ way }, { signal, exchange }) => {
    if (way === 'refuse') throw new ToolError('Not that way.');
    if (way === 'fail') throw new Error('a failure of the tool');
    if (way === 'answer') return {};
    signal.addEventListener('abort', () => left());
    exchange.progress({ progress: 1 });
    started();
    await release.promise;
    return {};
  }, interaction);
  const begin = async (caller: Caller, signal?: AbortSignal): Promise<'running' | number> => {
    const running = new Promise<'running'>((resolve) => (started = () => resolve('running')));
    const answered = caller.open('wait', {}, signal).then(async (answer) => {
      await answer.text();
      return answer.status;
    });
    answered.catch(() => undefined);
    return Promise.race([running, answered.then(async (status) => (status === 429 ? status : running))]);
  };
  return {
    tool,
    begin: (caller: Caller) => begin(caller),
    async beginAndLeave(caller: Caller): Promise<number> {
      const leaving = new AbortController();
      const seen = new Promise<void>((resolve) => (left = resolve));
      const state = await begin(caller, leaving.signal).catch(() => 0);
      if (state === 429) return 429;
      leaving.abort();
      await seen;
      return 0;
    },
    release: () => release.resolve(),
  };
}

async function end(held: { release(): void }, testApp: TestApp): Promise<void> {
  held.release();
  testApp.app.endCalls();
  await testApp.app.abortCalls();
  await testApp.app.http.close();
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) assert.fail(`not within 20 s: ${what}`);
    await delay(5);
  }
}
