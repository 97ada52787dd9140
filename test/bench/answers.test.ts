import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOfAnswer } from '../../bench/answers.ts';
import { lookUp } from '../../bench/trivialTool.ts';

const fact = { ...lookUp('stateless') };
const called = (structuredContent: object, text = JSON.stringify(structuredContent)): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }], structuredContent } });
const listed = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'lookup_fact', inputSchema: {}, outputSchema: {} }] } });

test('a right answer is right as JSON and as the only event of a stream', () => {
  assert.equal(problemOfAnswer('tools/call 2026-07-28', called(fact)), undefined);
  assert.equal(problemOfAnswer('tools/call 2025-11-25', `event: message\ndata: ${called(fact)}\n\n`), undefined);
  assert.equal(problemOfAnswer('tools/list 2026-07-28', listed), undefined);
});

test('a wrong answer is named', () => {
  assert.match(problemOfAnswer('tools/call 2026-07-28', '') ?? '', /not a JSON object/);
  assert.match(problemOfAnswer('tools/call 2026-07-28', '{"id":2,"result":{}}') ?? '', /its id is 2/);
  assert.match(problemOfAnswer('tools/call 2026-07-28', '{"id":1,"error":{}}') ?? '', /no result/);
  assert.match(problemOfAnswer('tools/call 2026-07-28', called({ ...fact, fact: 'Other.' })) ?? '', /structured content/);
  assert.match(problemOfAnswer('tools/call 2026-07-28', called(fact, 'Other.')) ?? '', /text is not/);
  assert.match(problemOfAnswer('tools/list 2026-07-28', '{"id":1,"result":{"tools":[]}}') ?? '', /does not list/);
  assert.match(problemOfAnswer('tools/list 2026-07-28', listed.replace('outputSchema', 'other')) ?? '', /without its schemas/);
});
