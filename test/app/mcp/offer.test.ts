import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defineResource } from '../../../app/resources/defineResource.ts';
import { facts } from '../../../app/tools/lookup-fact/facts.ts';
import { createTestApp, type TestApp } from '../support/testApp.ts';

describe('[offer.resources] resources, prompts and completion', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp();
  });
  after(() => testApp.app.http.close());
  const resultOf = async (method: string, params: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => {
    const { body, status, text } = await testApp.call(method, params, { headers });
    assert.equal(status, 200, text);
    return body['result'] as Record<string, unknown>;
  };

  it('every listed fact can be read, as text with its source', async () => {
    const { resources, ...rest } = await resultOf('resources/list', {});
    assert.equal((resources as unknown[]).length, facts.size);
    assert.equal(rest['ttlMs'], 60_000);
    for (const { uri } of resources as { uri: string }[]) {
      const { contents } = await resultOf('resources/read', { uri }, { 'mcp-name': uri });
      const [content] = contents as { uri: string; mimeType: string; text: string }[];
      assert.equal(content?.uri, uri);
      assert.match(content?.text ?? '', /\n\nSource: .+\n$/);
    }
  });

  it('an unknown resource is an invalid parameter that names it', async () => {
    const { body } = await testApp.call('resources/read', { uri: 'fact://nothing' }, { headers: { 'mcp-name': 'fact://nothing' } });
    assert.deepEqual(body['error'], { code: -32602, message: 'Resource not found: fact://nothing', data: { uri: 'fact://nothing' } });
  });

  it('completes the topic in templates and prompts', async () => {
    for (const ref of [{ type: 'ref/resource', uri: 'fact://{topic}' }, { type: 'ref/prompt', name: 'explain_fact' }]) {
      const { completion } = await resultOf('completion/complete', { ref, argument: { name: 'topic', value: 'S' } });
      assert.deepEqual(completion, { values: ['slot setting', 'stateless'], total: 2, hasMore: false });
    }
  });

  it('renders the prompt, and refuses arguments that it does not take', async () => {
    const { messages } = await resultOf('prompts/get', { name: 'explain_fact', arguments: { topic: 'affinity', reader: 'an auditor' } });
    assert.match(JSON.stringify(messages), /affinity.*lookup_fact.*an auditor/);
    const { body } = await testApp.call('prompts/get', { name: 'explain_fact', arguments: { topic: '' } });
    assert.equal((body['error'] as { code: number }).code, -32602);
  });

  it('where two families match a URI, the first one answers, whose access was decided about, and no other', async () => {
    const family = (name: string, role: string, read: (topic: string) => string | undefined) => defineResource({
      name, title: name, description: 'A family of resources for this test.', uri: `note://{${name}}`, mimeType: 'text/plain', access: { role, scope: name }, list: () => [],
      read: (variables) => {
        const text = read(variables[name] ?? '');
        return text === undefined ? undefined : { text };
      },
    });
    const overlapping = await createTestApp({ resources: [family('open', 'Notes.open', (topic) => (topic === 'a' ? 'open to all' : undefined)), family('closed', 'Notes.closed', () => 'for few')] });
    const read = async (uri: string, role: string) => overlapping.call('resources/read', { uri }, { token: await overlapping.authority.appToken({ roles: [role] }), headers: { 'mcp-name': uri } });
    assert.match((await read('note://a', 'Notes.open')).text, /open to all/);
    assert.deepEqual((await read('note://b', 'Notes.open')).body['error'], { code: -32602, message: 'Resource not found: note://b', data: { uri: 'note://b' } });
    assert.equal((await read('note://b', 'Notes.closed')).status, 403);
    await overlapping.app.http.close();
  });

  it('what a tool may not be called for cannot be read, prompted or completed either', async () => {
    const token = await testApp.authority.appToken({ roles: ['Tools.whoami'] });
    const requests: [string, Record<string, unknown>, Record<string, string>][] = [
      ['resources/read', { uri: 'fact://affinity' }, { 'mcp-name': 'fact://affinity' }],
      ['prompts/get', { name: 'explain_fact', arguments: { topic: 'affinity' } }, {}],
      ['completion/complete', { ref: { type: 'ref/resource', uri: 'fact://{topic}' }, argument: { name: 'topic', value: '' } }, {}],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: 'topic', value: '' } }, {}],
    ];
    for (const [method, params, headers] of requests) {
      const answer = await testApp.call(method, params, { token, headers });
      assert.equal(answer.status, 403, method);
      assert.equal(answer.body['code'], 'MCP_ROLE_MISSING');
    }
  });
});
