import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rulesOn } from '../../policy/rules/index.ts';
import { startPack, type PackProcess } from './packProcess.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from './resources.ts';

const SITE = 'azure-native:web:WebApp';
const CRITICAL_TO_LOW = ['critical', 'high', 'medium', 'low'];

describe('the policy pack, served as the engine runs it', () => {
  let pack: PackProcess;
  before(async () => { pack = await startPack(); });
  after(async () => { await pack.close(); });

  it('offers every rule, with what an auditor asks of it', async () => {
    const info = await pack.info();
    assert.equal(info.name, 'mcp-app-service');
    assert.deepEqual(info.policiesList.map(({ name }) => name), ['affinity-off', 'tool-reviewed']);
    for (const rule of rulesOn('2026-11-25')) {
      const policy = info.policiesList.find(({ name }) => name === rule.name);
      assert.ok(policy, rule.name);
      assert.equal(policy.displayname, rule.displayName);
      assert.equal(policy.description, rule.description);
      assert.equal(policy.remediationSteps, rule.remediationSteps);
      assert.deepEqual(policy.tagsList, [rule.group]);
      assert.deepEqual(policy.framework, rule.framework);
      assert.ok(policy.url.startsWith('https://'), rule.name);
      assert.ok(CRITICAL_TO_LOW.includes(rule.severity), rule.name);
    }
  });

  it('passes a site without affinity', async () => {
    const { diagnosticsList, notApplicableList } = await pack.analyze(SITE, { clientAffinityEnabled: false });
    assert.deepEqual(diagnosticsList, []);
    assert.deepEqual(notApplicableList.map(({ policyName }) => policyName), ['tool-reviewed']);
  });

  for (const [what, props] of [['on', { clientAffinityEnabled: true }], ['left out', {}], ['not known in a preview', { clientAffinityEnabled: UNKNOWN_BOOLEAN }]] as const) {
    it(`stops the change when affinity is ${what}`, async () => {
      const { diagnosticsList } = await pack.analyze(SITE, props);
      assert.equal(diagnosticsList.length, 1);
      assert.equal(diagnosticsList[0]?.policyname, 'affinity-off');
      // 1: mandatory. Source: pulumi/pulumi, proto/pulumi/analyzer.proto, EnforcementLevel.
      assert.equal(diagnosticsList[0]?.enforcementlevel, 1);
      assert.match(diagnosticsList[0]?.message ?? '', /only false is allowed/);
    });
  }

  it('says that it does not concern other resources, so that they do not count as passed [policy.not-applicable]', async () => {
    const { diagnosticsList, notApplicableList } = await pack.analyze('azure-native:web:AppServicePlan', { reserved: true });
    assert.deepEqual(diagnosticsList, []);
    assert.deepEqual(notApplicableList, [
      { policyName: 'affinity-off', reason: 'The resource is no App Service site or slot.' },
      { policyName: 'tool-reviewed', reason: 'The resource has no catalogue of tools.' },
    ]);
  });

  it('reports tools whose review is overdue on the day of the run, or not known, and stops nothing', async () => {
    const tool = { name: 'whoami', owner: 'platform team', stage: 'stable', reviewer: 'security team', reviewedOn: '2019-01-01', reviewDueOn: '9999-12-31' };
    const judged = async (tools: object[]): Promise<(readonly [string, number, string])[]> =>
      (await pack.analyze('mcp:infra:ToolApi', { tools: tools as never })).diagnosticsList.map(({ policyname, enforcementlevel, message }) => [policyname, enforcementlevel, /\n(.*?)\. /.exec(message)?.[1] ?? message] as const);
    assert.deepEqual(await judged([tool]), []);
    // 0: advisory. Source: pulumi/pulumi, proto/pulumi/analyzer.proto, EnforcementLevel.
    assert.deepEqual(await judged([tool, { ...tool, name: 'overdue', reviewDueOn: '2020-01-01' }, { ...tool, name: 'unknown', reviewDueOn: UNKNOWN_STRING }]), [
      ['tool-reviewed', 0, 'The review of tool overdue is overdue since 2020-01-01'],
      ['tool-reviewed', 0, 'Tool unknown was not judged: reviewDueOn is not known before the change is made'],
    ]);
  });
});
