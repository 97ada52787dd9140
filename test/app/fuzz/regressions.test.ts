import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTestApp, type TestApp } from '../support/testApp.ts';

/** What generated requests have found, each once more in its smallest form. */
describe('a request that once failed inside the server', () => {
  let testApp: TestApp;
  before(async () => {
    testApp = await createTestApp();
  });
  after(() => testApp.app.http.close());

  const NO_TEXT = { toString: 1, valueOf: 1 };
  for (const [method, params] of [
    ['tools/call', { name: NO_TEXT, arguments: {} }],
    ['prompts/get', { name: NO_TEXT }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: NO_TEXT }, argument: { name: 'topic', value: 'a' } }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: NO_TEXT }, argument: { name: 'topic', value: 'a' } }],
  ] as const) {
    it(`is refused: ${method} of ${JSON.stringify(params).slice(0, 70)}… [fuzz.name-without-text]`, async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const answer = await testApp.post(body, { authorization: `Bearer ${await testApp.authority.appToken()}` });
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
      assert.ok('error' in answer.body, answer.text);
      assert.deepEqual(testApp.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 50), []);
    });
  }
});
