import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { defineCatalogue, defineTool, type ToolInteraction } from '../../../app/tools/defineTool.ts';
import type { Tool } from '../../../app/tools/index.ts';
import { createTestApp, type Answer, type TestApp } from '../support/testApp.ts';

const DAY_MS = 86_400_000;
const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);
/** The tokens of the tests begin now, so that the days are counted from today. */
const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS;
const sunsetOn = dayOf(midnightMs + DAY_MS);
const review = { reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-24' };

let runs = 0;
function toolNamed(name: string, lifecycle: Tool['lifecycle'], interaction: ToolInteraction = 'none'): Tool {
  return defineTool({
    name, title: 'Tool', description: 'A tool for the tests of life-cycles.', input: z.strictObject({}), output: z.strictObject({}), interaction, lifecycle,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }, limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests',
    handler: async () => ({ run: () => { runs += 1; return {}; } }),
  });
}

const tools = defineCatalogue([
  toolNamed('leaving', { stage: 'deprecated', ...review, sunsetOn, replacedBy: 'staying' }),
  toolNamed('leaving_stream', { stage: 'deprecated', ...review, sunsetOn }, 'streaming'),
  toolNamed('staying', { stage: 'stable', ...review }),
  toolNamed('switched_off', { stage: 'disabled' }),
]);

describe('a deprecated tool [lifecycle.sunset]', () => {
  let testApp: TestApp;
  let nowMs = Date.now();
  before(async () => {
    testApp = await createTestApp({ tools, now: () => new Date(nowMs) });
  });
  after(() => testApp.app.http.close());

  const tokenWith = (roles: string[]): Promise<string> => {
    const issuedAt = Math.floor(nowMs / 1_000);
    return testApp.authority.appToken({ roles, iat: issuedAt, nbf: issuedAt, exp: issuedAt + 3_600 });
  };
  const send = async (method: string, params: Record<string, unknown>, version: string, roles = ['Mcp.CallAllTools']): Promise<Answer> => {
    const token = await tokenWith(roles);
    return version === '2026-07-28'
      ? testApp.call(method, params, { token })
      : testApp.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), { authorization: `Bearer ${token}`, 'mcp-protocol-version': version });
  };
  const listed = async (version: string, params: Record<string, unknown> = {}): Promise<{ name: string; description: string }[]> =>
    ((await send('tools/list', params, version)).body['result'] as { tools: { name: string; description: string }[] }).tools;
  const call = async (name: string, version = '2026-07-28', roles?: string[]): Promise<{ isError?: boolean; content: { text: string }[] }> =>
    (await send('tools/call', { name, arguments: {} }, version, roles)).body['result'] as { isError?: boolean; content: { text: string }[] };

  for (const [when, timeMs] of [['today', Date.now()], ['the last millisecond before its sunset day', midnightMs + DAY_MS - 1]] as const) {
    it(`is listed ${when}, with the day and the replacement, and called`, async () => {
      nowMs = timeMs;
      for (const version of ['2026-07-28', '2025-11-25']) {
        const list = await listed(version);
        assert.deepEqual(list.map(({ name }) => name), ['leaving', 'leaving_stream', 'staying']);
        assert.equal(list[0]?.description, `A tool for the tests of life-cycles. Deprecated: from ${sunsetOn} on (UTC) it is not served. Use staying instead.`);
        assert.match(list[1]?.description ?? '', /Nothing replaces it\.$/);
        assert.equal(list[2]?.description, 'A tool for the tests of life-cycles.');
        for (const name of ['leaving', 'leaving_stream']) assert.equal((await call(name, version)).isError, undefined);
      }
    });
  }

  it('is gone from the lists when its day begins, in a process that has made them before, and a call says since when and what to use', async () => {
    nowMs = midnightMs + DAY_MS;
    runs = 0;
    for (const version of ['2026-07-28', '2025-11-25']) {
      assert.deepEqual((await listed(version)).map(({ name }) => name), ['staying']);
      for (const cursor of ['', 'leaving']) assert.deepEqual((await listed(version, { cursor: Buffer.from(`after:${cursor}`).toString('base64url') })).map(({ name }) => name), ['staying']);
      const answer = await call('leaving', version);
      assert.deepEqual([answer.isError, answer.content[0]?.text], [true, `Tool leaving is retired: since ${sunsetOn} (UTC) it is not served. Use staying instead.`]);
      assert.match((await call('leaving_stream', version)).content[0]?.text ?? '', /Tool leaving_stream is retired: since .* Nothing replaces it\./);
    }
    assert.equal(runs, 0);
    assert.equal((await call('staying')).isError, undefined);
  });

  it('tells of itself only to who holds its role', async () => {
    nowMs = midnightMs + DAY_MS;
    const refused = await send('tools/call', { name: 'leaving', arguments: {} }, '2026-07-28', ['Tools.staying']);
    assert.deepEqual([refused.status, refused.body['code']], [403, 'MCP_ROLE_MISSING']);
  });
});

it('a disabled tool is as unknown as one that there is not, to whoever asks', async () => {
  const testApp = await createTestApp({ tools });
  for (const roles of [['Mcp.CallAllTools'], ['Tools.switched_off'], []]) {
    const [disabled, unknown] = await Promise.all(['switched_off', 'never_there'].map(async (name) => testApp.call('tools/call', { name, arguments: {} }, { token: await testApp.authority.appToken({ roles }) })));
    assert.equal(disabled?.status, unknown?.status);
    assert.deepEqual(disabled?.body, JSON.parse(unknown?.text.replace('never_there', 'switched_off') ?? ''));
    assert.equal((disabled?.body['error'] as { code: number }).code, -32_602);
  }
  await testApp.app.http.close();
});
