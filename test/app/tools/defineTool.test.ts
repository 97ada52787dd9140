import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { defineCatalogue, defineTool, type ToolDeclaration } from '../../../app/tools/defineTool.ts';
import type { EgressDeclaration } from '../../../app/tools/egressHosts.ts';

const schema = z.strictObject({});
const good: ToolDeclaration<typeof schema, typeof schema> = {
  name: 'do_it', title: 'Do it', description: 'Does it for the tests of declarations.', input: schema, output: schema,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewedOn: '2026-11-22' },
  handler: async () => ({ run: () => ({}) }),
};

describe('defineTool', () => {
  it('derives role and scope from the name, unless they are given', () => {
    assert.deepEqual(defineTool(good).access, { role: 'Tools.do_it', scope: 'do_it' });
    assert.deepEqual(defineTool({ ...good, access: { role: 'Operators.All' } }).access, { role: 'Operators.All', scope: 'do_it' });
  });
});

describe('the hosts of a tool', () => {
  const open = { ...good, annotations: { ...good.annotations, openWorldHint: true } };

  it('are completed, as the README shows them, and cannot be changed later', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const [, shown = ''] = /```ts\negress: (\[.+\]),\n```/.exec(readme) ?? [];
    // Through JSON: the objects of another context have other prototypes.
    const declared = JSON.parse(runInNewContext(`JSON.stringify(${shown})`) as string) as EgressDeclaration[];
    const { egress } = defineTool({ ...open, egress: declared });
    assert.deepEqual(egress, [
      { host: 'api.example.com', port: 443, addresses: 'public', maxResponseBytes: 1_048_576, traceContext: false },
      { host: 'orders.internal.example.com', port: 8_443, addresses: 'private', maxResponseBytes: 65_536, traceContext: true },
    ]);
    assert.throws(() => (egress as unknown[]).push({ host: 'evil.example.com' }), TypeError);
    assert.throws(() => Object.assign(egress[0] ?? {}, { host: 'evil.example.com' }), TypeError);
  });

  it('are declared again as they are', () => {
    const { egress } = defineTool({ ...open, egress: ['api.example.com', { host: 'b.example.com', port: 9_000 }] });
    assert.deepEqual(defineTool({ ...open, egress }).egress, egress);
  });
});

describe('defineCatalogue', () => {
  it('orders by name', () => {
    const names = defineCatalogue(['zeta', 'alpha', 'mid'].map((name) => defineTool({ ...good, name }))).map(({ name }) => name);
    assert.deepEqual(names, ['alpha', 'mid', 'zeta']);
  });

  it('refuses a name, role or scope that is taken', () => {
    const other = (change: object) => defineTool({ ...good, name: 'other', ...change });
    assert.throws(() => defineCatalogue([defineTool(good), defineTool(good)]), /tool "do_it" is refused:\n {2}- name: "do_it" is taken by tool "do_it"/);
    assert.throws(() => defineCatalogue([defineTool(good), other({ access: { role: 'Tools.do_it' } })]), /access\.role: "Tools\.do_it" is taken by tool "do_it"/);
    assert.throws(() => defineCatalogue([defineTool(good), other({ access: { role: 'do_it' } })]), /access\.role: "do_it" is taken/);
    assert.throws(() => defineCatalogue([defineTool(good), other({ access: { scope: 'do_it' } })]), /tool "other" is refused:\n {2}- access\.scope: "do_it" is taken by tool "do_it"/);
  });
});
