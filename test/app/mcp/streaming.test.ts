import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineTool, type ToolModule } from '../../../app/tools/defineTool.ts';
import { createHostFetch } from '../support/hostFetch.ts';
import { createTestApp, HOST, modernMessage, type TestApp } from '../support/testApp.ts';

const input = z.strictObject({});
const output = z.strictObject({ done: z.boolean() });

function streamingTool(run: ToolModule<typeof input, typeof output>['run']) {
  return defineTool({
    name: 'slow', title: 'Slow', description: 'A tool that tells how far it has come.', input, output, interaction: 'streaming',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    access: { role: 'Tools.whoami', scope: 'whoami' }, limits: { timeoutMs: 60_000 }, egress: [], owner: 'tests',
    lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-22' }, handler: async () => ({ run }),
  });
}

const meta = { progressToken: 'p' };
const messageOf = (version: string): Record<string, unknown> => (version === '2026-07-28'
  ? modernMessage('tools/call', { name: 'slow', arguments: {} }, meta)
  : { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'slow', arguments: {}, _meta: meta } });

async function open(testApp: TestApp, version: string, signal?: AbortSignal): Promise<Response> {
  const url = await testApp.app.http.listen({ host: '127.0.0.1', port: 0 });
  return createHostFetch(HOST)(`${url}/mcp`, {
    method: 'POST',
    ...(signal ? { signal } : {}),
    headers: {
      authorization: `Bearer ${await testApp.authority.appToken()}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version, ...(version === '2026-07-28' ? { 'mcp-method': 'tools/call', 'mcp-name': 'slow' } : {}),
    },
    body: JSON.stringify(messageOf(version)),
  });
}

const eventsOf = (text: string): Record<string, unknown>[] => [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Record<string, unknown>);

for (const version of ['2026-07-28', '2025-11-25']) {
  it(`[stream.progress] a streaming tool tells its progress, and then its result, ${version}`, async () => {
    const testApp = await createTestApp({ tools: [streamingTool(async (_args, { exchange }) => {
      exchange.progress({ progress: 1, total: 2 });
      exchange.progress({ progress: 2, total: 2, message: 'nearly' });
      return { done: true };
    })] });
    const answer = await open(testApp, version);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    const events = eventsOf(await answer.text());
    assert.deepEqual(events.slice(0, 2).map((event) => event['params']), [
      { progressToken: 'p', progress: 1, total: 2 }, { progressToken: 'p', progress: 2, total: 2, message: 'nearly' },
    ]);
    assert.deepEqual((events[2]?.['result'] as { structuredContent: unknown }).structuredContent, { done: true });
    await testApp.app.http.close();
  });

  it(`[drain.final-message] a stream that is open when the process ends gets its last message, ${version}`, async () => {
    const testApp = await createTestApp({ tools: [streamingTool((_args, { exchange, signal }) => {
      exchange.progress({ progress: 1 });
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    })] });
    const answer = await open(testApp, version);
    const closed = testApp.app.http.close();
    testApp.app.endCalls();
    const last = eventsOf(await answer.text()).at(-1);
    assert.match(JSON.stringify(last?.['result']), /cancelled\. The server is shutting down; another instance takes the call.*"isError":true/);
    await closed;
  });

  it(`[stream.cancelled] a caller that closes the stream stops the tool, ${version}`, async () => {
    const stopped = Promise.withResolvers<void>();
    const testApp = await createTestApp({ tools: [streamingTool((_args, { exchange, signal }) => {
      exchange.progress({ progress: 1 });
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
        stopped.resolve();
        reject(new Error('stopped'));
      }));
    })] });
    const caller = new AbortController();
    const answer = await open(testApp, version, caller.signal);
    const reading = answer.text().catch(() => undefined);
    caller.abort();
    await stopped.promise;
    await reading;
    await testApp.app.http.close();
  });
}
