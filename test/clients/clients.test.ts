import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import { ensurePythonEnvironment } from '../../scripts/toolchain/pythonEnvironment.ts';
import { serveApp, type ServedApp } from './servedApp.ts';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const TOOLS = ['check_fact_source', 'compute_primes', 'lookup_fact', 'report_change', 'whoami'];

describe('[protocol.clients] official clients', () => {
  let served: ServedApp;
  before(async () => {
    served = await serveApp();
  });
  after(() => served.close());

  it('the TypeScript client of version 1 lists, calls, reads, prompts, completes and sees progress', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(served.url)));
    assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), TOOLS);
    const fact = await client.callTool({ name: 'lookup_fact', arguments: { topic: 'affinity' } });
    assert.equal((fact['structuredContent'] as { topic: string }).topic, 'affinity');
    const progress: number[] = [];
    const primes = await client.callTool({ name: 'compute_primes', arguments: { limit: 50_000_000 } }, undefined, { onprogress: (update) => progress.push(update.progress) });
    assert.equal((primes['structuredContent'] as { count: number }).count, 3_001_134);
    assert.ok(progress.length > 1);
    const { resources } = await client.listResources();
    assert.ok(resources.some(({ uri }) => uri === 'fact://affinity'));
    assert.match(JSON.stringify(await client.readResource({ uri: 'fact://affinity' })), /ARRAffinity/);
    assert.equal((await client.listResourceTemplates()).resourceTemplates[0]?.uriTemplate, 'fact://{topic}');
    assert.equal((await client.getPrompt({ name: 'explain_fact', arguments: { topic: 'affinity' } })).messages.length, 1);
    const completed = await client.complete({ ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: 'topic', value: 'sta' } });
    assert.deepEqual(completed.completion.values, ['stateless']);
    await client.close();
  });

  it('the command line of the inspector lists and calls', async () => {
    const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json');
    const { bin } = z.object({ bin: z.record(z.string(), z.string()) }).parse(createRequire(import.meta.url)(manifest));
    const inspect = async (...options: string[]): Promise<unknown> => {
      const { stdout } = await run(process.execPath, [fileURLToPath(new URL(bin['mcp-inspector'] ?? '', `file://${manifest}`)), '--cli', served.url, '--transport', 'http', ...options]);
      return JSON.parse(stdout);
    };
    assert.deepEqual((await inspect('--method', 'tools/list') as { tools: { name: string }[] }).tools.map(({ name }) => name), TOOLS);
    const called = await inspect('--method', 'tools/call', '--tool-name', 'lookup_fact', '--tool-arg', 'topic=affinity') as { structuredContent: { topic: string } };
    assert.equal(called.structuredContent.topic, 'affinity');
  });

  describe('the Python client', () => {
    let python: string;
    before(async () => {
      const environment = await ensurePythonEnvironment('client', here('python/requirements.txt'));
      if ('missing' in environment) assert.fail(environment.missing);
      python = environment.python;
    });
    for (const mode of ['2026-07-28', 'auto', 'legacy']) {
      it(`lists, calls, reads, prompts and sees progress, mode ${mode}`, async () => {
        const { stdout } = await run(python, [here('python/client.py'), served.url, mode]);
        const seen = JSON.parse(stdout) as Record<string, unknown>;
        assert.deepEqual(seen['tools'], TOOLS);
        assert.equal((seen['fact'] as { topic: string }).topic, 'affinity');
        assert.equal(seen['count'], 3_001_134);
        assert.ok((seen['progress'] as number[]).length > 1, stdout);
        assert.equal(seen['refused'], true);
        assert.match(String(seen['resource']), /ARRAffinity/);
        assert.match(String(seen['prompt']), /lookup_fact/);
      });
    }
  });
});
