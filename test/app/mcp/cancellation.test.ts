import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineTool } from '../../../app/tools/defineTool.ts';
import { createHostFetch } from '../support/hostFetch.ts';
import { createTestApp, HOST, modernMessage } from '../support/testApp.ts';

/** A tool that ends only by its signal. */
function createWaitingTool() {
  const started = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const tool = defineTool({
    name: 'whoami', title: 'Wait', description: 'Waits until the caller goes away.', input: z.strictObject({}), output: z.strictObject({}),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs: 60_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-22', reviewDueOn: '2027-11-22' },
    handler: async () => ({
      run: (_args, { signal }) => new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          cancelled.resolve();
          reject(new Error('stopped'));
        });
        started.resolve();
      }),
    }),
  });
  return { tool, started: started.promise, cancelled: cancelled.promise };
}

for (const version of ['2026-07-28', '2025-11-25']) {
  it(`a caller that goes away stops the tool, ${version}`, async () => {
    const waiting = createWaitingTool();
    const { app, authority } = await createTestApp({ tools: [waiting.tool] });
    const url = await app.http.listen({ host: '127.0.0.1', port: 0 });
    const caller = new AbortController();
    const modern = version === '2026-07-28';
    const call = createHostFetch(HOST)(`${url}/mcp`, {
      method: 'POST',
      signal: caller.signal,
      headers: {
        authorization: `Bearer ${await authority.appToken()}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
        'mcp-protocol-version': version, ...(modern ? { 'mcp-method': 'tools/call', 'mcp-name': 'whoami' } : {}),
      },
      body: JSON.stringify(modern ? modernMessage('tools/call', { name: 'whoami', arguments: {} }) : { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {} } }),
    }).catch(() => undefined);
    await waiting.started;
    caller.abort();
    await waiting.cancelled;
    await call;
    await app.http.close();
  });
}

it('a disabled tool is neither listed nor callable', async () => {
  const { tool } = createWaitingTool();
  const testApp = await createTestApp({ tools: [{ ...tool, lifecycle: { ...tool.lifecycle, stage: 'disabled' } }] });
  const list = await testApp.call('tools/list', {});
  assert.deepEqual((list.body['result'] as { tools: unknown[] }).tools, []);
  const call = await testApp.call('tools/call', { name: 'whoami', arguments: {} });
  assert.equal((call.body['error'] as { code: number }).code, -32602);
  await testApp.app.http.close();
});
