import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rules } from '../../policy/rules/index.ts';
import { startPack, type PackProcess } from './packProcess.ts';
import { UNKNOWN_BOOLEAN } from './resources.ts';

const SITE = 'azure-native:web:WebApp';
const CRITICAL_TO_LOW = ['critical', 'high', 'medium', 'low'];

describe('the policy pack, served as the engine runs it', () => {
  let pack: PackProcess;
  before(async () => { pack = await startPack(); });
  after(async () => { await pack.close(); });

  it('offers every rule, with what an auditor asks of it', async () => {
    const info = await pack.info();
    assert.equal(info.name, 'mcp-app-service');
    assert.deepEqual(info.policiesList.map(({ name }) => name), ['affinity-off']);
    for (const rule of rules) {
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
    assert.deepEqual(notApplicableList, []);
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
    assert.deepEqual(notApplicableList, [{ policyName: 'affinity-off', reason: 'The resource is no App Service site or slot.' }]);
  });
});
