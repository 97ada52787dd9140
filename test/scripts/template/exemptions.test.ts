import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { namesFor } from '../../../infra/names.ts';
import { STACKS } from '../../../scripts/arguments.ts';
import type { FailedCheck } from '../../../scripts/template/checkov.ts';
import { judgeScan, parseCheckExemptions } from '../../../scripts/template/exemptions.ts';

const ENTRY = { check: 'CKV_AZURE_17', stacks: ['staging', 'prod'], resource: 'Microsoft.Web/sites::mcp-{stack}-', reason: 'why', owner: 'team', ticket: 'T-1', expires: '2027-05-31' };
const parse = (entries: readonly object[]) => parseCheckExemptions(JSON.stringify({ exemptions: entries }), 'file.yaml');
const failed = (name: string, check = 'CKV_AZURE_17', type = 'Microsoft.Web/sites'): FailedCheck => ({ check, title: 'Ensure', type, name });
const outcome = (checks: readonly FailedCheck[], entries: readonly object[], today = '2026-11-26', stack: 'staging' | 'prod' = 'prod') => {
  const { failed: open, exempt, unused } = judgeScan(checks, parse(entries), stack, today);
  return { failed: open.map(({ resource, why }) => `${resource}: ${why}`), exempt: exempt.map(({ resource }) => resource), unused: unused.length };
};

test('a failed check passes by an exemption for its stack and resource, through the last day, and not by another\'s [status.scan]', () => {
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [ENTRY]), { failed: [], exempt: ['Microsoft.Web/sites::mcp-prod-'], unused: 0 });
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [ENTRY], '2027-05-31').exempt.length, 1);
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [ENTRY], '2027-06-01'), { failed: ['Microsoft.Web/sites::mcp-prod-: its exemption ended on 2027-05-31, ticket T-1'], exempt: [], unused: 0 });
  const none = { failed: ['Microsoft.Web/sites::mcp-prod-: no exemption'], exempt: [], unused: 1 };
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [{ ...ENTRY, check: 'CKV_AZURE_18' }]), none);
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [{ ...ENTRY, resource: 'Microsoft.Web/sites::mcp-{stack}-/web' }]), none);
  assert.deepEqual(outcome([failed('mcp-prod-1a2b3c4d')], [{ ...ENTRY, resource: 'Microsoft.Web/serverfarms::mcp-{stack}-' }]), none);
  // Only eight digits at the end of a name are the provider's.
  for (const name of ['mcp-prod-', 'mcp-prod-x1a2b3c4d', 'other-1a2b3c4d']) assert.equal(outcome([failed(name)], [ENTRY]).failed.length, name === 'mcp-prod-' ? 0 : 1, name);
});

test('an exemption that nothing needs is told, of the stack that was scanned alone [status.scan-unused]', () => {
  assert.deepEqual(outcome([], [ENTRY]), { failed: [], exempt: [], unused: 1 });
  assert.deepEqual(outcome([], [{ ...ENTRY, stacks: ['staging'] }]), { failed: [], exempt: [], unused: 0 });
});

for (const [field, given, told] of [
  ['check', 'all', /exemptions\.0\.check: has to be the id of a check/],
  ['stacks', [], /exemptions\.0\.stacks/],
  ['stacks', ['dev'], /exemptions\.0\.stacks\.0/],
  ['resource', 'Microsoft.Web/sites::*', /exemptions\.0\.resource: has to be type::name .* without wildcards/],
  ['reason', '', /exemptions\.0\.reason: has to be one line/],
  ['owner', undefined, /exemptions\.0\.owner/],
  ['ticket', 'a\nb', /exemptions\.0\.ticket: has to be one line/],
  ['expires', '2027-02-30', /exemptions\.0\.expires: has to be a day/],
  ['level', 'low', /Unrecognized key: "level"/],
] as const) {
  test(`an exemption with ${field} ${JSON.stringify(given)} is refused`, () => {
    assert.throws(() => parse([{ ...ENTRY, [field]: given }]), (error: unknown) => {
      assert.equal((error as { code: string }).code, 'CHECKOV_EXEMPTIONS_INVALID');
      assert.match((error as Error).message, told);
      return true;
    });
  });
}

test('the same exemption twice, and a file that is no YAML or another list, are refused', () => {
  assert.throws(() => parse([ENTRY, { ...ENTRY, stacks: ['prod'] }]), /CKV_AZURE_17 prod Microsoft\.Web\/sites::mcp-\{stack\}- is exempted twice/);
  for (const text of ['exemptions: [', 'others: []', '']) assert.throws(() => parseCheckExemptions(text, 'file.yaml'), { code: 'CHECKOV_EXEMPTIONS_INVALID' }, text);
});

test('the shipped exemptions are in order, and name resources as the program does', () => {
  const exemptions = parseCheckExemptions(readFileSync(join(import.meta.dirname, '..', '..', '..', 'policy', 'checkov-exemptions.yaml'), 'utf8'), 'policy/checkov-exemptions.yaml');
  assert.ok(exemptions.length > 0);
  for (const stack of STACKS) {
    const names = Object.values(namesFor(stack));
    for (const { resource } of exemptions) assert.ok(names.includes(resource.replaceAll('{stack}', stack).split('::')[1]?.split('/')[0] ?? ''), resource);
  }
});
