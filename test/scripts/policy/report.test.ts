import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ArgumentError } from '../../../scripts/actions.ts';
import { readWanted } from '../../../scripts/policy/commands/report.ts';
import { exemptionsOf } from '../../../scripts/policy/exemptions.ts';
import { formatReport } from '../../../scripts/policy/formatReport.ts';
import type { Report, RuleResult, Subject } from '../../../scripts/policy/report.ts';
import { exitCodeOf, objectionsOf } from '../../../scripts/policy/verdict.ts';
import { SITE } from './samples.ts';

const subject = (part: Partial<Subject> = {}): Subject => ({ stack: 'staging', kind: 'deployed', judgedAt: '2026-11-25T00:00:00.000Z', status: 'judged', packages: {}, resources: [], missing: [], unmanaged: [], results: [], evidence: [], ...part });
const result = (outcome: RuleResult['outcome'], level: RuleResult['level'], rule = 'https-only'): RuleResult => ({ rule, resource: SITE, outcome, level, ...(outcome === 'passed' ? {} : { message: 'Wrong.' }) });

describe('the exit code', () => {
  test('is 3 for what stops an update and for what nobody judged, and 0 beside them [report.exit-code]', () => {
    for (const clean of [result('passed', 'mandatory'), result('failed', 'advisory'), result('not-judged', 'advisory'), result('exempt', 'advisory')]) assert.equal(exitCodeOf({ subjects: [subject({ results: [clean] })] }), 0, clean.outcome);
    for (const verdict of ['passed', 'failed'] as const) assert.equal(exitCodeOf({ subjects: [subject({ lastUpdate: { verdict }, unmanaged: ['/x'] })] }), 0, verdict);
    for (const against of [result('failed', 'mandatory'), result('failed', 'remediate'), result('not-judged', 'mandatory')]) assert.equal(exitCodeOf({ subjects: [subject({ results: [against] })] }), 3, against.outcome);
    for (const verdict of ['unjudged', 'unknown'] as const) assert.equal(exitCodeOf({ subjects: [subject({ lastUpdate: { verdict } })] }), 3, verdict);
    assert.equal(exitCodeOf({ subjects: [subject({ status: 'unjudged', reason: 'No engine.' })] }), 3);
    assert.equal(exitCodeOf({ subjects: [subject({ kind: 'live', missing: [SITE] })] }), 3);
  });

  test('has its reasons told', () => {
    const subjects = [subject({ status: 'unjudged', reason: 'No engine.' }), subject({ lastUpdate: { verdict: 'unjudged', at: '2026-11-25T00:00:00.000Z' }, results: [result('failed', 'mandatory')], missing: [SITE], unmanaged: ['/by-hand'] })];
    assert.deepEqual(objectionsOf({ subjects }).map(({ text }) => text), ['No engine.', 'The last update of 2026-11-25T00:00:00.000Z was made without the pack. Update again with it: npm run up.', `${SITE} is of the stack, and Azure does not have it: it was not judged. npm run up after a refresh makes it again.`, 'Wrong.']);
    const shown = formatReport({ version: 1, generatedAt: '2026-11-25T00:00:00.000Z', pack: { name: 'p', version: '1', sha256: 'a'.repeat(64) }, rules: [], exemptions: [], subjects } satisfies Report, '/out', ['a.json']);
    for (const line of [/deployed: not judged +- +- +- +- +- +-/, /https-only failed on azure-native:web:WebApp "site"\n {4}Wrong\./, /::site is of the stack, and Azure does not have it: it was not judged/, /\/by-hand is in a resource group of the stack, and not of the stack/, /Report +\/out: a\.json/]) assert.match(shown, line);
  });
});

test('exemptions are listed for the stacks that were judged: in use, unused, expired', () => {
  const entry = (rule: string, resource: string, stack = 'staging', expires = '2026-12-31') => `  - { stack: ${stack}, rule: ${rule}, resource: "${resource}", reason: r, owner: o, ticket: t, expires: "${expires}" }\n`;
  const text = `exemptions:\n${entry('a', 'azure-native:web:WebApp::site')}${entry('b', SITE)}${entry('a', 'azure-native:web:WebApp::other')}${entry('a', SITE, 'staging', '2026-11-24')}${entry('a', SITE, 'prod')}`;
  const judged = subject({ results: [result('exempt', 'advisory', 'a'), result('failed', 'mandatory', 'b')] });
  assert.deepEqual(exemptionsOf(text, [judged, subject({ stack: 'prod', status: 'unjudged' })], '2026-11-25').map(({ stack, state }) => [stack, state]), [['staging', 'in-use'], ['staging', 'unused'], ['staging', 'unused'], ['staging', 'expired']]);
  assert.equal(exemptionsOf(text, [judged], '2026-12-31')[0]?.state, 'in-use', 'it holds through its last day');
});

test('what to judge: stacks and kinds as given, all when not, and nothing that there is not', () => {
  assert.deepEqual(readWanted(undefined, undefined), { stacks: ['staging', 'prod'], kinds: ['preview', 'deployed', 'live'], isExplicit: false });
  assert.deepEqual(readWanted(['prod', 'prod'], 'live,preview'), { stacks: ['prod'], kinds: ['preview', 'live'], isExplicit: true });
  assert.throws(() => readWanted(undefined, 'live,portal'), (error: unknown) => error instanceof ArgumentError && /--of was given "portal"; allowed: preview, deployed, live/.test(error.message));
  assert.throws(() => readWanted(['test'], undefined), { code: 'BAD_STACK', exitCode: 2 });
});
