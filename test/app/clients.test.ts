import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { createHostFetch } from './support/hostFetch.ts';
import { createTestApp, HOST, type TestApp } from './support/testApp.ts';

/** The official client against the server on a real port, in both protocol versions. */
const MODES: [version: string, options: ClientOptions][] = [
  ['2026-07-28', { versionNegotiation: { mode: { pin: '2026-07-28' } } }],
  ['2026-07-28 by negotiation', { versionNegotiation: { mode: 'auto' } }],
  ['2025-11-25', { versionNegotiation: { mode: 'legacy' } }],
];

for (const [version, options] of MODES) {
  describe(`the official client, ${version}`, () => {
    let testApp: TestApp;
    let client: Client;

    before(async () => {
      testApp = await createTestApp();
      const url = await testApp.app.http.listen({ host: '127.0.0.1', port: 0 });
      const token = await testApp.authority.userToken();
      client = new Client({ name: 'test', version: '1' }, options);
      await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), {
        fetch: createHostFetch(HOST),
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }));
    });
    after(async () => {
      await client.close();
      await testApp.app.http.close();
    });

    it('speaks that version', () => assert.equal(client.getNegotiatedProtocolVersion(), version.split(' ')[0]));

    it('lists the tools in a fixed order, with both schemas', async () => {
      const { tools } = await client.listTools();
      assert.deepEqual(tools.map(({ name }) => name), ['check_fact_source', 'compute_primes', 'lookup_fact', 'report_change', 'whoami']);
      for (const tool of tools) {
        assert.equal(tool.outputSchema?.type, 'object');
        assert.equal(tool.annotations?.readOnlyHint, tool.name !== 'report_change');
      }
    });

    it('calls each tool, with structured content and the same as text', async () => {
      const whoami = await client.callTool({ name: 'whoami', arguments: {} });
      assert.equal((whoami.structuredContent as { principal: { name: string } }).principal.name, 'Ada');
      const fact = await client.callTool({ name: 'lookup_fact', arguments: { topic: 'Affinity' } });
      assert.equal((fact.structuredContent as { topic: string }).topic, 'affinity');
      const primes = await client.callTool({ name: 'compute_primes', arguments: { limit: 100 } });
      assert.equal((primes.structuredContent as { count: number }).count, 25);
      for (const { structuredContent, content } of [whoami, fact, primes]) {
        const [text] = content;
        assert.ok(text?.type === 'text');
        assert.deepEqual(JSON.parse(text.text), structuredContent);
      }
    });

    it('reads a bad argument and an unknown topic as errors of the tool', async () => {
      const bad = await client.callTool({ name: 'compute_primes', arguments: { limit: 1 } });
      assert.equal(bad.isError, true);
      assert.match(JSON.stringify(bad.content), /expected number to be >=2/);
      const unknown = await client.callTool({ name: 'lookup_fact', arguments: { topic: 'toString' } });
      assert.equal(unknown.isError, true);
      assert.match(JSON.stringify(unknown.content), /Known topics: affinity,/);
    });

    it('is refused an unknown tool by -32602', async () => {
      for (const name of ['no_such_tool', 'constructor', '__proto__']) {
        await assert.rejects(client.callTool({ name, arguments: {} }), { code: -32602 });
      }
    });
  });
}

describe('the official client without a token', () => {
  it('is told where the metadata is', async () => {
    const testApp = await createTestApp();
    const url = await testApp.app.http.listen({ host: '127.0.0.1', port: 0 });
    const client = new Client({ name: 'test', version: '1' });
    await assert.rejects(client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { fetch: createHostFetch(HOST) })), /401|Unauthorized|access token/i);
    await testApp.app.http.close();
  });
});
