import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineTool } from '../../../app/tools/defineTool.ts';
import { LIMITS } from '../../../app/limits.ts';
import { createTestApp } from '../support/testApp.ts';

function createHeldTool() {
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const tool = defineTool({
    name: 'held', title: 'Held', description: 'Waits until the test lets it go.', input: z.strictObject({}), output: z.strictObject({}),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    access: { role: 'Tools.whoami', scope: 'whoami' }, limits: { timeoutMs: 60_000, concurrentCalls: 1 }, egress: [], owner: 'tests',
    lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-22' },
    handler: async () => ({
      run: async () => {
        started.resolve();
        await release.promise;
        return {};
      },
    }),
  });
  return { tool, started: started.promise, release: () => release.resolve() };
}

it('[overload.shed] more requests than the limit are told to come back by 503, while health stays green', async () => {
  const held = createHeldTool();
  const { app, call } = await createTestApp({ tools: [held.tool], overloadLimits: { concurrentRequests: 1 } });
  const first = call('tools/call', { name: 'held', arguments: {} });
  await held.started;

  const second = await call('tools/list', {});
  assert.equal(second.status, 503);
  assert.equal(second.headers['retry-after'], String(LIMITS.retryAfterSeconds));
  assert.equal(second.body['code'], 'MCP_OVERLOADED');
  assert.equal((await app.http.inject('/health')).statusCode, 200);
  assert.equal((await app.http.inject('/ready')).statusCode, 503);

  held.release();
  assert.equal((await first).status, 200);
  assert.equal((await call('tools/list', {})).status, 200);
  await app.http.close();
});

it('[overload.shed] sheds before the token is looked at', async () => {
  const { app, call } = await createTestApp({ overloadLimits: { concurrentRequests: 0 } });
  assert.equal((await call('tools/list', {}, { token: null })).status, 503);
  await app.http.close();
});

it('a tool that runs as many calls as it may tells the next caller to come back', async () => {
  const held = createHeldTool();
  const { app, call, authority } = await createTestApp({ tools: [held.tool] });
  const first = call('tools/call', { name: 'held', arguments: {} });
  await held.started;
  const second = await call('tools/call', { name: 'held', arguments: {} }, { token: await authority.appToken({ oid: '99999999-9999-4999-8999-999999999999' }) });
  assert.match(second.text, /already runs 1 calls here, which is its limit/);
  assert.equal((second.body['result'] as { isError: boolean }).isError, true);
  held.release();
  assert.equal(((await first).body['result'] as { isError?: boolean }).isError, undefined);
  await app.http.close();
});
