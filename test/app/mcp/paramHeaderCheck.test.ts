import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createParamHeaderCheck } from '../../../app/mcp/paramHeaderCheck.ts';
import { defineTool, ToolDeclarationError } from '../../../app/tools/defineTool.ts';
import type { Tool } from '../../../app/tools/index.ts';

function toolTaking(input: z.ZodObject): Tool {
  return defineTool({
    name: 'example', title: 'Example', description: 'An example for the tests of headers.', input, output: z.strictObject({}),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-22' }, handler: async () => ({ run: () => ({}) }),
  });
}

describe('the headers that repeat arguments', () => {
  const check = createParamHeaderCheck([toolTaking(z.strictObject({
    region: z.string().optional().meta({ 'x-mcp-header': 'Region' }),
    deep: z.strictObject({ count: z.number().meta({ 'x-mcp-header': 'Count' }) }).optional(),
    flag: z.boolean().optional().meta({ 'x-mcp-header': 'Flag' }),
  }))]);
  const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
  const agreeing: [args: unknown, headers: Record<string, string>][] = [
    [{}, {}],
    [undefined, {}],
    [{ region: null }, { 'mcp-param-region': 'anything' }],
    [{ region: 'eu' }, { 'mcp-param-region': 'eu' }],
    [{ region: 'münchen' }, { 'mcp-param-region': encoded('münchen') }],
    [{ deep: { count: 100 } }, { 'mcp-param-count': '1e2' }],
    [{ flag: true }, { 'mcp-param-flag': 'true' }],
  ];
  for (const [args, headers] of agreeing) {
    it(`agree: ${JSON.stringify(args)} ${JSON.stringify(headers)}`, () => assert.equal(check('example', args, headers), undefined));
  }
  const disagreeing: [args: unknown, headers: Record<string, string>, problem: RegExp][] = [
    [{ region: 'eu' }, {}, /region but the mcp-param-region header is absent/],
    [{ region: 'eu' }, { 'mcp-param-region': 'us' }, /differ/],
    [{ region: 'Eu' }, { 'mcp-param-region': 'eu' }, /differ/],
    [{ region: 'eu' }, { 'mcp-param-region': '=?base64?ZX!U=?=' }, /invalid Base64/],
    [{ region: 'eu' }, { 'mcp-param-region': '=?base64?/w==?=' }, /invalid Base64/],
    [{ deep: { count: 1 } }, { 'mcp-param-count': '0x1' }, /differ/],
    [{ flag: true }, { 'mcp-param-flag': 'TRUE' }, /differ/],
  ];
  for (const [args, headers, problem] of disagreeing) {
    it(`disagree: ${JSON.stringify(args)} ${JSON.stringify(headers)}`, () => assert.match(check('example', args, headers) ?? '', problem));
  }

  it('concern no other tool', () => assert.equal(check('other', { region: 'eu' }, {}), undefined));

  it('are refused in a declaration that breaks a rule', () => {
    const refused: [z.ZodObject, RegExp][] = [
      [z.strictObject({ a: z.string().meta({ 'x-mcp-header': 'Not A Token' }) }), /input\.a: x-mcp-header is "Not A Token"; allowed/],
      [z.strictObject({ a: z.array(z.string()).meta({ 'x-mcp-header': 'A' }) }), /input\.a: x-mcp-header stands on a value that is no/],
      [z.strictObject({ a: z.string().meta({ 'x-mcp-header': 'A' }), b: z.string().meta({ 'x-mcp-header': 'a' }) }), /input\.b: x-mcp-header is taken/],
    ];
    for (const [input, problem] of refused) assert.throws(() => toolTaking(input), (error) => error instanceof ToolDeclarationError && problem.test(error.message));
  });
});
