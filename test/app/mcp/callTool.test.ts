import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { callTool, type ToolCallContext } from '../../../app/mcp/callTool.ts';
import { Announced, type Departure } from '../../../app/mcp/departure.ts';
import { NO_EGRESS } from '../../../app/egress/egress.ts';
import { defineTool, type ToolModule } from '../../../app/tools/defineTool.ts';
import type { Tool, ToolRule } from '../../../app/tools/index.ts';
import { ToolError } from '../../../app/tools/toolError.ts';
import { SILENT_EXCHANGE } from '../support/exchange.ts';

const input = z.strictObject({ n: z.int().default(1) });
const output = z.strictObject({ n: z.int() });

function toolOf(run: ToolModule<typeof input, typeof output>['run'], timeoutMs = 5_000, rules: readonly ToolRule<z.output<typeof input>>[] = []): Tool {
  return defineTool({
    name: 'example', title: 'Example', description: 'An example for the tests of calling.', input, output,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs }, rules, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-22', reviewDueOn: '2027-11-22' },
    handler: async () => ({ run }),
  });
}

function contextOf(departure: Departure = new Announced(), requestBytes = 0): ToolCallContext {
  return {
    principal: { kind: 'app', oid: 'o', tid: 't', azp: 'a', idtyp: 'app', name: undefined, agent: undefined, roles: [], scopes: [] },
    instance: { id: 'i', slot: 'production', packageDigest: undefined, version: '0' },
    callId: 'call-1',
    departure,
    requestBytes,
    egress: NO_EGRESS,
    exchange: SILENT_EXCHANGE, reportChange: async () => 'unavailable',
  };
}

describe('callTool', () => {
  it('answers structured content and its text, with defaults filled in', async () => {
    const { outcome, result } = await callTool(toolOf(({ n }) => ({ n })), undefined, contextOf());
    assert.equal(outcome, 'ok');
    assert.deepEqual(result, { content: [{ type: 'text', text: '{"n":1}' }], structuredContent: { n: 1 } });
  });

  it('does not run the tool on bad arguments, and says which', async () => {
    const { outcome, result } = await callTool(toolOf(() => assert.fail('it ran')), { n: 1.5, extra: true }, contextOf());
    assert.equal(outcome, 'invalid_arguments');
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), /at n/);
    assert.match(JSON.stringify(result.content), /extra/);
  });

  it('asks the rules in their order about parsed arguments and the caller, and the first that refuses decides [rules.refuse]', async () => {
    const asked: unknown[] = [];
    const rule = (id: string, least: number): ToolRule<z.output<typeof input>> => ({
      id, description: 'Numbers have a least value, by rule.',
      check: ({ n }, { oid }) => {
        asked.push([id, n, oid]);
        return n < least ? `n is ${n}; at least ${least} is allowed.` : undefined;
      },
    });
    const tool = toolOf(({ n }) => (n < 5 ? assert.fail('it ran') : { n }), 5_000, [rule('first', 0), rule('second', 5), rule('third', 9)]);
    const { outcome, result, decision } = await callTool(tool, undefined, contextOf());
    assert.deepEqual(result, { isError: true, content: [{ type: 'text', text: 'Refused by rule second: n is 1; at least 5 is allowed.' }] });
    assert.deepEqual([outcome, decision], ['denied', { allowed: false, code: 'MCP_RULE_REFUSED', rule: 'second' }]);
    assert.deepEqual(asked, [['first', 1, 'o'], ['second', 1, 'o']]);
    const passed = await callTool(tool, { n: 9 }, contextOf());
    assert.deepEqual([passed.outcome, passed.decision], ['ok', undefined]);
  });

  it('does not ask the rules about arguments that are not as declared', async () => {
    const rule = { id: 'never', description: 'It is never asked in this test.', check: () => assert.fail('it was asked') };
    assert.equal((await callTool(toolOf(({ n }) => ({ n }), 5_000, [rule]), { n: 'x' }, contextOf())).outcome, 'invalid_arguments');
  });

  for (const [what, check] of [
    ['throws', () => { throw new Error('password=hunter2'); }],
    ['answers a truth value', () => false],
    ['answers null', () => null],
    ['was made asynchronous', async () => undefined],
    ['was made asynchronous, and fails', async () => { throw new Error('too late'); }],
  ] as const) {
    it(`refuses the call when a rule ${what}, and keeps the error for the log`, async () => {
      const rule = { id: 'broken', description: 'A rule that fails in this test.', check: check as unknown as ToolRule['check'] };
      const { outcome, result, error, decision } = await callTool(toolOf(() => assert.fail('it ran'), 5_000, [rule]), {}, contextOf());
      assert.deepEqual([outcome, decision], ['failed', { allowed: false, code: 'MCP_RULE_FAILED', rule: 'broken' }]);
      assert.ok(error instanceof Error);
      assert.match(JSON.stringify(result), /failed inside the server.*Call id: call-1/);
      assert.doesNotMatch(JSON.stringify(result), /hunter2/);
    });
  }

  it('passes the message of a ToolError on', async () => {
    const { outcome, result } = await callTool(toolOf(() => { throw new ToolError('Not that one.'); }), {}, contextOf());
    assert.equal(outcome, 'refused_by_tool');
    assert.deepEqual(result, { isError: true, content: [{ type: 'text', text: 'Not that one.' }] });
  });

  it('replaces any other message, and keeps the error for the log', async () => {
    const secret = new Error('password=hunter2 at /srv/db.ts');
    const { outcome, result, error } = await callTool(toolOf(() => { throw secret; }), {}, contextOf());
    assert.equal(outcome, 'failed');
    assert.equal(error, secret);
    assert.doesNotMatch(JSON.stringify(result), /hunter2|srv/);
    assert.match(JSON.stringify(result), /Call id: call-1/);
  });

  it('never sends a result that breaks its schema', async () => {
    const { outcome, result } = await callTool(toolOf(() => ({ n: 0.5, leaked: 'secret' })), {}, contextOf());
    assert.equal(outcome, 'invalid_result');
    assert.equal(result.structuredContent, undefined);
    assert.doesNotMatch(JSON.stringify(result), /secret/);
  });

  it('ends a tool whose time is up, even one that does not heed the signal', async () => {
    let aborted = false;
    const { outcome, result } = await callTool(toolOf((_args, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    }, 20), {}, contextOf());
    assert.equal(outcome, 'timeout');
    assert.ok(aborted);
    assert.match(JSON.stringify(result), /within 20 ms/);
  });

  it('ends a call whose caller has gone', async () => {
    const caller = new Announced();
    const { outcome } = await callTool(toolOf(() => {
      caller.announce(new Error('gone'));
      return new Promise(() => undefined);
    }), {}, contextOf(caller));
    assert.equal(outcome, 'cancelled');
  });
});
