import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toolReviewed } from '../../../policy/rules/toolReviewed.ts';
import { resourceOf, UNKNOWN_STRING } from '../resources.ts';

const TODAY = '2026-11-25';
const rule = toolReviewed(TODAY);
const good = { name: 'whoami', owner: 'platform team', stage: 'stable', reviewer: 'security team', reviewedOn: '2026-01-25', reviewDueOn: '2027-01-25' };

function findingsOn(tools: unknown): readonly string[] {
  const verdict = rule.judge(resourceOf('mcp:infra:ToolApi', { tools }));
  assert.ok(verdict.concerns);
  return verdict.findings;
}

describe('tool-reviewed [policy.tool-reviewed]', () => {
  it('passes tools with an owner, a reviewer and a review that is not overdue, on the very day too', () => {
    assert.deepEqual(findingsOn([good, { ...good, name: 'lookup_fact', reviewDueOn: TODAY }, { ...good, name: 'soon', stage: 'experimental' }]), []);
  });

  for (const [what, change, finding] of [
    ['an overdue review', { reviewDueOn: '2026-11-24' }, /^The review of tool whoami is overdue since 2026-11-24\. Review it\. Set .* in the declaration of the tool/],
    ['no owner', { owner: undefined }, /^Tool whoami has no owner\. Set owner/],
    ['an empty owner', { owner: '' }, /^Tool whoami has no owner/],
    ['no reviewer', { reviewer: undefined }, /^Tool whoami has no reviewer/],
    ['no day', { reviewDueOn: undefined }, /^Tool whoami has no day on which its review is due/],
    ['a day that is none', { reviewDueOn: 'never' }, /^Tool whoami has a reviewDueOn that is no day; allowed: YYYY-MM-DD/],
    ['an overdue review of a deprecated tool', { stage: 'deprecated', sunsetOn: '2027-03-31', reviewDueOn: '2026-01-01' }, /^The review of tool whoami is overdue/],
    ['an unknown owner', { owner: UNKNOWN_STRING }, /^Tool whoami was not judged: owner is not known before the change is made/],
    ['an unknown reviewer', { reviewer: UNKNOWN_STRING }, /^Tool whoami was not judged: reviewer is not known/],
    ['an unknown day', { reviewDueOn: UNKNOWN_STRING }, /^Tool whoami was not judged: reviewDueOn is not known/],
    ['an unknown name and no owner', { name: UNKNOWN_STRING, owner: undefined }, /^Tool 2 of the catalogue has no owner/],
  ] as const) {
    it(`reports ${what} by the name of the tool, and no other tool`, () => {
      const findings = findingsOn([{ ...good, name: 'lookup_fact' }, { ...good, ...change }]);
      assert.equal(findings.length, 1, findings.join('\n'));
      assert.match(findings[0] ?? '', finding);
    });
  }

  it('reports all that is wrong with all tools', () => {
    assert.equal(findingsOn([{ name: 'one' }, { ...good, name: 'two', owner: '', reviewDueOn: '2020-01-01' }]).length, 5);
  });

  it('asks only for the owner of a disabled tool', () => {
    assert.deepEqual(findingsOn([{ name: 'off', owner: 'platform team', stage: 'disabled' }]), []);
    assert.match(findingsOn([{ name: 'off', stage: 'disabled' }])[0] ?? '', /^Tool off has no owner/);
  });

  it('says that nothing was judged when the catalogue is unknown or not there, and that an unknown tool was not', () => {
    for (const [tools, finding] of [
      [UNKNOWN_STRING, /not known before the change is made: no tool was judged/],
      [undefined, /no list tools: no tool was judged/],
      ['whoami', /no list tools: no tool was judged/],
      [[UNKNOWN_STRING], /^Tool 1 of the catalogue was not judged/],
      [['whoami'], /^Tool 1 of the catalogue was not judged/],
    ] as const) {
      const findings = findingsOn(tools);
      assert.equal(findings.length, 1);
      assert.match(findings[0] ?? '', finding);
    }
  });

  it('quotes nothing that is not the name of a tool or a day', () => {
    const findings = findingsOn([{ name: 'hunter2 is secret', owner: 7, reviewer: { secret: 'hunter2' }, reviewDueOn: 'hunter2' }]);
    assert.equal(findings.length, 3);
    assert.ok(!findings.join().includes('hunter2'));
  });

  it('does not concern other resources', () => {
    for (const type of ['azure-native:web:WebApp', 'mcp:infra:HostedApp', 'azuread:index/application:Application']) assert.deepEqual(rule.judge(resourceOf(type, { tools: [] })), { concerns: false, reason: 'The resource has no catalogue of tools.' });
  });

  it('is advisory', () => assert.deepEqual([rule.enforcementLevel, rule.group, rule.name], ['advisory', 'tools', 'tool-reviewed']));
});
