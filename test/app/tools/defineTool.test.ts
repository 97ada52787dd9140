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
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-22', reviewDueOn: '2027-11-22' },
  handler: async () => ({ run: () => ({}) }),
};

describe('defineTool', () => {
  it('derives role and scope from the name, unless they are given', () => {
    assert.deepEqual(defineTool(good).access, { role: 'Tools.do_it', scope: 'do_it' });
    assert.deepEqual(defineTool({ ...good, access: { role: 'Operators.All' } }).access, { role: 'Operators.All', scope: 'do_it' });
  });

  it('gives one principal a share of what runs at a time, and ten calls a second, unless it is declared', () => {
    const limitsOf = (limits: object) => {
      const { callsPerMinute, concurrentCalls, concurrentCallsPerPrincipal } = defineTool({ ...good, limits: { timeoutMs: 1, ...limits } }).limits;
      return [callsPerMinute, concurrentCalls, concurrentCallsPerPrincipal];
    };
    assert.deepEqual(limitsOf({}), [600, 64, 16]);
    assert.deepEqual(limitsOf({ concurrentCalls: 4 }), [600, 4, 4]);
    assert.deepEqual(limitsOf({ callsPerMinute: 30, concurrentCallsPerPrincipal: 64 }), [30, 64, 64]);
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

  it('refuses a replacement that is not there or does not stay', () => {
    const tool = (name: string, lifecycle: object) => defineTool({ ...good, name, lifecycle: { ...good.lifecycle, ...lifecycle } });
    const old = tool('old_one', { stage: 'deprecated', sunsetOn: '2027-03-31', replacedBy: 'new_one' });
    assert.deepEqual(defineCatalogue([old, tool('new_one', {})]).map(({ name }) => name), ['new_one', 'old_one']);
    assert.deepEqual(defineCatalogue([old, tool('new_one', { stage: 'experimental' })]).length, 2);
    assert.throws(() => defineCatalogue([old, defineTool(good)]), /tool "old_one" is refused:\n {2}- lifecycle\.replacedBy: "new_one" is no tool of the catalogue; allowed: do_it, old_one$/);
    for (const lifecycle of [{ stage: 'deprecated', sunsetOn: '2028-03-31' }, { stage: 'disabled' }]) {
      assert.throws(() => defineCatalogue([old, tool('new_one', lifecycle)]), new RegExp(`lifecycle\\.replacedBy: "new_one" is ${lifecycle.stage} itself; name a tool that stays, or leave it out`));
    }
  });
});
