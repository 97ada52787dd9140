import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseExemptions } from '../../policy/exemptions.ts';
import { EXEMPTIBLE_RULES } from '../../policy/rules/index.ts';

const OPTIONS = { file: 'policy/exemptions.yaml', rules: ['https-only', 'storage-no-shared-key'] };
const GOOD = {
  stack: 'prod', rule: 'https-only', resource: 'azure-native:web:WebApp::mcp-prod-', reason: 'why', owner: 'team', ticket: 'T-1', expires: '"2027-03-31"',
};
const entry = (change: Readonly<Record<string, string | undefined>> = {}): string =>
  `  - ${Object.entries({ ...GOOD, ...change }).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`).join('\n    ')}\n`;
const refusal = (text: string): string => {
  try {
    parseExemptions(text, OPTIONS);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'POLICY_EXEMPTIONS_INVALID');
    return (error as Error).message;
  }
  return assert.fail('It was taken.');
};

describe('the file of exemptions [policy.exemptions-parsed]', () => {
  it('is taken with every field', () => {
    assert.deepEqual(parseExemptions(`exemptions:\n${entry()}`, OPTIONS), [{ ...GOOD, expires: '2027-03-31' }]);
    assert.deepEqual(parseExemptions(`exemptions:\n${entry({ resource: '"urn:pulumi:prod::mcp-app-service::azure-native:web:WebApp::app"' })}`, OPTIONS).length, 1);
    assert.deepEqual(parseExemptions('exemptions: []', OPTIONS), []);
    // A day without quotes is a text to YAML 1.2.
    assert.deepEqual(parseExemptions(`exemptions:\n${entry({ expires: '2027-03-31' })}`, OPTIONS)[0]?.expires, '2027-03-31');
  });

  for (const field of Object.keys(GOOD)) {
    it(`is refused without ${field}`, () => {
      assert.match(refusal(`exemptions:\n${entry()}${entry({ [field]: undefined, reason: field === 'reason' ? undefined : 'another' })}`), new RegExp(`\\n  - entry 2: ${field} is missing; allowed: `));
    });
  }

  for (const [what, change, expected] of [
    ['a wildcard', { resource: 'azure-native:web:WebApp::*' }, /entry 1: resource is not allowed; allowed: a URN, or type::name .* without wildcards/],
    ['a resource without type', { resource: 'mcp-prod-' }, /entry 1: resource is not allowed/],
    ['an unknown rule', { rule: 'https-onyl' }, /entry 1: rule names no rule that can be exempted from/],
    ['a day that is none', { expires: '2027-02-30' }, /entry 1: expires is not allowed; allowed: a day such as 2027-03-31/],
    ['a number for a day', { expires: '20270331' }, /entry 1: expires is not allowed/],
    ['all stacks', { stack: '"*"' }, /entry 1: stack is not allowed/],
    ['a field that is not known', { until: '2027' }, /entry 1: has a field that is not known; allowed: stack, rule, resource, reason, owner, ticket, expires/],
    ['an empty reason', { reason: '""' }, /entry 1: reason is not allowed/],
  ] as const) {
    it(`is refused with ${what}`, () => assert.match(refusal(`exemptions:\n${entry(change)}`), expected));
  }

  it('is refused whole, with every problem, and without the values', () => {
    const message = refusal(`exemptions:\n${entry({ rule: 'hunter2', stack: undefined })}${entry({ resource: 'hunter2' })}`);
    assert.equal(message.split('\n').length, 4);
    assert.doesNotMatch(message, /hunter2/);
  });

  it('is refused with two entries for the same', () => assert.match(refusal(`exemptions:\n${entry()}${entry({ ticket: 'T-2' })}`), /entry 2 exempts the same as entry 1/));

  it('is refused when it is no such list', () => {
    for (const text of ['', '[]', 'exemptions:', 'exemptions: {}', `exemptions: []\nmore: 1`]) assert.match(refusal(text), /has to hold one list named exemptions/);
    assert.match(refusal('exemptions: ['), /is no YAML/);
    assert.match(refusal('exemptions: [a, a: 1]\nexemptions: []'), /is no YAML/);
    assert.match(refusal('exemptions: [text]'), /entry 1: stack is missing/);
  });

  it('holds one exemption as shipped, of both stacks: the account key of the packages', () => {
    const shipped = parseExemptions(readFileSync(new URL('../../policy/exemptions.yaml', import.meta.url), 'utf8'), { ...OPTIONS, rules: EXEMPTIBLE_RULES });
    assert.deepEqual(shipped.map(({ stack, rule, resource }) => [stack, rule, resource]), [
      ['staging', 'storage-no-shared-key', 'azure-native:storage:StorageAccount::mcpstaging'],
      ['prod', 'storage-no-shared-key', 'azure-native:storage:StorageAccount::mcpprod'],
    ]);
  });
});
