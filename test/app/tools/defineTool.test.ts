import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineCatalogue, defineTool, ToolDeclarationError, type ToolDeclaration } from '../../../app/tools/defineTool.ts';

const schema = z.strictObject({});
const good: ToolDeclaration<typeof schema, typeof schema> = {
  name: 'do_it', title: 'Do it', description: 'Does it for the tests of declarations.', input: schema, output: schema,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewedOn: '2026-11-22' },
  handler: async () => ({ run: () => ({}) }),
};

function refusalOf(change: object): string {
  try {
    defineTool({ ...good, ...change });
  } catch (error) {
    assert.ok(error instanceof ToolDeclarationError);
    assert.equal(error.code, 'MCP_TOOL_DECLARATION_INVALID');
    return error.message;
  }
  return assert.fail('it was accepted');
}

describe('defineTool', () => {
  it('derives role and scope from the name, unless they are given', () => {
    assert.deepEqual(defineTool(good).access, { role: 'Tools.do_it', scope: 'do_it' });
    assert.deepEqual(defineTool({ ...good, access: { role: 'Operators.All' } }).access, { role: 'Operators.All', scope: 'do_it' });
  });

  const bad: [field: string, change: object, allowed: RegExp][] = [
    ['name', { name: 'DoIt' }, /lower-case letters/],
    ['name', { name: '__proto__' }, /lower-case letters/],
    ['name', { name: 'a'.repeat(65) }, /at most 64/],
    ['title', { title: '' }, /1 to 80/],
    ['description', { description: 'short' }, /at least 20/],
    ['input', { input: z.string() }, /zod object schema/],
    ['input', { input: z.strictObject({ at: z.date() }) }, /JSON Schema/],
    ['output', { output: undefined }, /zod object schema/],
    ['annotations.readOnlyHint', { annotations: { ...good.annotations, readOnlyHint: undefined } }, /boolean/],
    ['annotations', { annotations: { ...good.annotations, destructiveHint: true } }, /contradict/],
    ['access.scope', { access: { scope: 'with space' } }, /letters, digits/],
    ['limits.timeoutMs', { limits: { timeoutMs: 0 } }, /at least 1 ms/],
    ['limits.timeoutMs', { limits: { timeoutMs: 300_000 } }, /at most 200000 ms/],
    ['egress.0', { egress: ['https://api.example.com'] }, /host names without scheme/],
    ['egress', { egress: ['api.example.com'] }, /openWorldHint/],
    ['owner', { owner: '' }, /team or a mail address/],
    ['lifecycle.stage', { lifecycle: { ...good.lifecycle, stage: 'beta' } }, /experimental, stable, disabled/],
    ['lifecycle.reviewedOn', { lifecycle: { ...good.lifecycle, reviewedOn: '22.11.2026' } }, /YYYY-MM-DD/],
    ['handler', { handler: './run.ts' }, /a function is needed/],
    ['declaration', { handlr: 1 }, /handlr/],
  ];
  for (const [field, change, allowed] of bad) {
    it(`refuses ${JSON.stringify(change, (_key, value: unknown) => (value instanceof z.ZodType ? 'schema' : value)).slice(0, 80)} by field ${field}`, () => {
      const refusal = refusalOf(change);
      assert.match(refusal, /^The declaration of tool ".+" is refused:/);
      assert.ok(refusal.includes(`\n  - ${field}: `), refusal);
      assert.match(refusal, allowed);
    });
  }

  it('names all broken fields at once', () => {
    const refusal = refusalOf({ title: '', owner: '' });
    assert.match(refusal, /- title: /);
    assert.match(refusal, /- owner: /);
  });
});

describe('defineCatalogue', () => {
  it('orders by name', () => {
    const names = defineCatalogue(['zeta', 'alpha', 'mid'].map((name) => defineTool({ ...good, name }))).map(({ name }) => name);
    assert.deepEqual(names, ['alpha', 'mid', 'zeta']);
  });

  it('refuses a name, role or scope that is taken', () => {
    const other = (change: object) => defineTool({ ...good, name: 'other', ...change });
    assert.throws(() => defineCatalogue([defineTool(good), defineTool(good)]), /tool "do_it"/);
    assert.throws(() => defineCatalogue([defineTool(good), other({ access: { role: 'Tools.do_it' } })]), /access\.role: "Tools\.do_it" is taken by tool "do_it"/);
    assert.throws(() => defineCatalogue([defineTool(good), other({ access: { role: 'do_it' } })]), /access\.role: "do_it" is taken/);
  });
});
