import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLedger } from '../../policy/exemptionLedger.ts';
import { levelsOf } from '../../policy/rule.ts';
import { rulesOn } from '../../policy/rules/index.ts';
import { controlTags, frameworkOf } from '../../policy/toPolicy.ts';
import { LEVELS, startPack, type PackProcess } from './packProcess.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from './resources.ts';

const RULES = rulesOn(createLedger([], '2026-11-25'));
const TYPES = ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'] as const;
const CRITICAL_TO_LOW = ['critical', 'high', 'medium', 'low'];
const TAGS = { owner: 'o', stack: 's', repository: 'r', project: 'p' };
const SITE = {
  clientAffinityEnabled: false, httpsOnly: true, identity: { type: 'UserAssigned' }, tags: TAGS, virtualNetworkSubnetId: '/subnet', outboundVnetRouting: { allTraffic: true },
  siteConfig: { alwaysOn: true, healthCheckPath: '/health', http20Enabled: true, minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled', linuxFxVersion: 'NODE|24-lts' },
};
const ACCOUNT = { allowSharedKeyAccess: true, allowBlobPublicAccess: false, allowCrossTenantReplication: false, minimumTlsVersion: 'TLS1_2', tags: TAGS };

type Diagnostics = Awaited<ReturnType<PackProcess['analyze']>>['diagnosticsList'];
const inShort = (diagnostics: Diagnostics): (readonly [string, number])[] => diagnostics.map(({ policyname, enforcementlevel }) => [policyname, enforcementlevel] as const);

describe('the policy pack, served as the engine runs it', () => {
  let pack: PackProcess;
  before(async () => { pack = await startPack(); });
  after(async () => { await pack.close(); });

  it('offers every rule, with what an auditor asks of it', async () => {
    const info = await pack.info();
    assert.equal(info.name, 'mcp-app-service');
    assert.deepEqual(info.policiesList.map(({ name }) => name), ['groups', ...RULES.map(({ name }) => name)]);
    assert.equal(new Set(RULES.map(({ name }) => name)).size, RULES.length);
    for (const rule of RULES) {
      const policy = info.policiesList.find(({ name }) => name === rule.name);
      assert.ok(policy, rule.name);
      assert.match(rule.name, /^[a-z][a-z0-9-]+$/);
      assert.equal(policy.displayname, rule.displayName);
      assert.equal(policy.description, rule.description);
      assert.equal(policy.remediationSteps, rule.remediationSteps);
      assert.deepEqual(policy.tagsList, [rule.group, ...controlTags(rule.controls)]);
      assert.deepEqual(policy.framework, rule.framework ?? frameworkOf(rule.controls), rule.name);
      assert.ok(policy.url.startsWith('https://'), rule.name);
      assert.ok(CRITICAL_TO_LOW.includes(rule.severity), rule.name);
      assert.equal(policy.enforcementlevel, LEVELS[rule.enforcementLevel], rule.name);
      assert.ok(levelsOf(rule).includes(rule.enforcementLevel));
    }
  });

  it('passes a site and a slot as they should be', async () => {
    for (const type of TYPES) {
      const { diagnosticsList, notApplicableList } = await pack.analyze(type, SITE);
      assert.deepEqual(diagnosticsList, []);
      assert.ok(notApplicableList.some(({ policyName }) => policyName === 'tool-reviewed'));
    }
  });

  for (const [what, props] of [['on', { ...SITE, clientAffinityEnabled: true }], ['not known in a preview', { ...SITE, clientAffinityEnabled: UNKNOWN_BOOLEAN }]] as const) {
    it(`stops the change when affinity is ${what}, of a site and of a slot`, async () => {
      for (const type of TYPES) {
        const { diagnosticsList } = await pack.analyze(type, props);
        assert.deepEqual(inShort(diagnosticsList), [['affinity-off', LEVELS.mandatory]]);
        assert.match(diagnosticsList[0]?.message ?? '', /Allowed: false/);
      }
    });
  }

  it('reports what is not known as not judged: it stops the change where security hangs on it, and is never a pass [policy.unknown]', async () => {
    const { diagnosticsList } = await pack.analyze(TYPES[0], { ...SITE, httpsOnly: UNKNOWN_BOOLEAN, siteConfig: { ...SITE.siteConfig, http20Enabled: UNKNOWN_BOOLEAN } });
    assert.deepEqual(inShort(diagnosticsList), [['https-only', LEVELS.mandatory], ['http2', LEVELS.advisory]]);
    for (const { message } of diagnosticsList) assert.match(message, /was not judged: it is not known before the change is made\. .* \[not-judged\]$/);
    // In the update the same rule sees the value, before the resource is made.
    assert.deepEqual(inShort((await pack.analyze(TYPES[0], { ...SITE, siteConfig: { ...SITE.siteConfig, http20Enabled: false } })).diagnosticsList), [['http2', LEVELS.mandatory]]);
  });

  it('says of each rule that it does not concern another resource, so that none counts as passed [policy.not-applicable]', async () => {
    const { diagnosticsList, notApplicableList } = await pack.analyze('azure-native:cdn:Profile', {});
    assert.deepEqual(diagnosticsList, []);
    assert.deepEqual(notApplicableList.map(({ policyName }) => policyName), ['groups', ...RULES.filter(({ kind }) => kind === 'resource').map(({ name }) => name)]);
    for (const { reason, policyName } of notApplicableList) assert.notEqual(reason, '', policyName);
    const stack = await pack.analyzeStack([{ type: 'azure-native:cdn:Profile', name: 'cdn', props: {} }]);
    assert.deepEqual(stack.notApplicableList.map(({ policyName }) => policyName), RULES.filter(({ kind }) => kind === 'stack').map(({ name }) => name).filter((name) => name !== 'exemptions-in-order'));
  });

  it('reports tools whose review is overdue on the day of the run, or not known, and stops nothing', async () => {
    const tool = { name: 'whoami', owner: 'platform team', stage: 'stable', reviewer: 'security team', reviewedOn: '2019-01-01', reviewDueOn: '9999-12-31', role: 'Tools.whoami', scope: 'tools.whoami', limits: { callsPerMinute: 1, concurrentCallsPerPrincipal: 1 }, egress: [] };
    const judged = async (tools: object[]): Promise<(readonly [string, number, string])[]> =>
      (await pack.analyze('mcp:infra:ToolApi', { tools: tools as never })).diagnosticsList.map(({ policyname, enforcementlevel, message }) => [policyname, enforcementlevel, /\n(.*?)\. /.exec(message)?.[1] ?? message] as const);
    assert.deepEqual(await judged([tool]), []);
    assert.deepEqual(await judged([tool, { ...tool, name: 'overdue', reviewDueOn: '2020-01-01' }, { ...tool, name: 'unknown', reviewDueOn: UNKNOWN_STRING }]), [
      ['tool-reviewed', LEVELS.advisory, 'The review of tool overdue is overdue since 2020-01-01'],
      ['tool-reviewed', LEVELS.advisory, 'Tool unknown: reviewDueOn was not judged: it is not known before the change is made'],
    ]);
  });

  it('judges a whole stack by what was made from what, and names the resource', async () => {
    const site = { type: TYPES[0], name: 'site', props: { ...SITE, name: 'mcp-1' } };
    const slot = { type: TYPES[1], name: 'staging', props: SITE, madeFrom: { name: ['site'] } };
    const about = async (resources: Parameters<PackProcess['analyzeStack']>[0]): Promise<(readonly [string, string])[]> =>
      (await pack.analyzeStack(resources)).diagnosticsList.filter(({ policyname }) => policyname === 'staging-slot').map(({ policyname, urn }) => [policyname, urn] as const);
    assert.deepEqual(await about([site, slot]), []);
    assert.deepEqual(await about([site, { ...slot, madeFrom: {} }]), [['staging-slot', 'urn:pulumi:staging::mcp-app-service::azure-native:web:WebApp::site']]);
  });

  it('puts right what is safe to put right, under the level remediate and no other [policy.remediate]', async () => {
    const wrong = { ...SITE, httpsOnly: false, clientAffinityEnabled: true, siteConfig: { ...SITE.siteConfig, ftpsState: 'AllAllowed', minTlsVersion: '1.0' } };
    assert.deepEqual(await pack.remediate(TYPES[1], wrong), {});
    await pack.configure(Object.fromEntries(['https-only', 'ftps-disabled', 'minimum-tls', 'affinity-off'].map((name) => [name, { level: 'remediate' as const }])));
    const remediated = await pack.remediate(TYPES[1], wrong);
    assert.deepEqual(Object.keys(remediated).sort(), ['affinity-off', 'ftps-disabled', 'https-only', 'minimum-tls']);
    const last = Object.values(remediated).at(-1) as Record<string, unknown>;
    assert.deepEqual([last['httpsOnly'], last['clientAffinityEnabled'], last['siteConfig']], [true, false, SITE.siteConfig]);
    assert.deepEqual(await pack.remediate(TYPES[1], SITE), {});
    await pack.configure({});
  });

  it('takes levels and settings by rule, and limits by group [policy.levels]', async () => {
    const wrong = { ...SITE, httpsOnly: false, siteConfig: { ...SITE.siteConfig, alwaysOn: false } };
    const levels = async (config: Parameters<PackProcess['configure']>[0]): Promise<(readonly [string, number])[]> => {
      await pack.configure(config);
      return inShort((await pack.analyze(TYPES[0], wrong)).diagnosticsList);
    };
    assert.deepEqual(await levels({}), [['always-on', LEVELS.mandatory], ['https-only', LEVELS.mandatory]]);
    assert.deepEqual(await levels({ 'https-only': { level: 'advisory' }, 'always-on': { level: 'disabled' } }), [['https-only', LEVELS.advisory]]);
    assert.deepEqual(await levels({ groups: { properties: { security: 'advisory' } } }), [['always-on', LEVELS.mandatory], ['https-only', LEVELS.advisory]]);
    assert.deepEqual(await levels({ groups: { properties: { security: 'disabled', stateless: 'asConfigured' } } }), [['always-on', LEVELS.mandatory]]);
    await pack.configure({ groups: { properties: { operations: 'disabled' } } });
    // As in every run of the engine, resources are judged before the stack.
    await pack.analyze(TYPES[0], SITE);
    assert.deepEqual((await pack.analyzeStack([{ type: TYPES[0], name: 'site', props: SITE }])).diagnosticsList.filter(({ policyname }) => ['alerts', 'diagnostic-settings'].includes(policyname)), []);
    const plan = { type: 'azure-native:web:AppServicePlan', name: 'plan', props: { sku: { capacity: 2 } } };
    for (const [minimum, expected] of [[3, ['instances']], [2, []]] as const) {
      await pack.configure({ instances: { level: 'mandatory', properties: { minimum } } });
      assert.deepEqual((await pack.analyzeStack([plan])).diagnosticsList.map(({ policyname }) => policyname).filter((name) => name === 'instances'), expected);
    }
    await pack.configure({});
  });
});

describe('exemptions, in the pack as the engine runs it', () => {
  /** The shipped pack with other exemptions. */
  async function judgedWith(exemptions: string, judge: (pack: PackProcess) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'policy-pack-'));
    const source = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
    cpSync(source('policy'), join(folder, 'policy'), { recursive: true });
    symlinkSync(source('node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'policy', 'exemptions.yaml'), exemptions);
    const pack = await startPack(join(folder, 'policy'));
    try {
      await judge(pack);
    } finally {
      await pack.close();
      rmSync(folder, { recursive: true });
    }
  }
  const entry = (resource: string, expires: string): string => `exemptions:\n  - { stack: staging, rule: storage-no-shared-key, resource: "${resource}", reason: why, owner: team, ticket: T-1, expires: "${expires}" }\n`;
  const TYPE = 'azure-native:storage:StorageAccount';
  const inOrder = async (pack: PackProcess, name: string): Promise<Diagnostics> => (await pack.analyzeStack([{ type: TYPE, name, props: ACCOUNT }])).diagnosticsList.filter(({ policyname }) => policyname === 'exemptions-in-order');

  it('let a finding pass as advisory, with day and ticket, of the named resource alone [policy.exemption]', () => judgedWith(entry(`${TYPE}::packages`, '9999-12-31'), async (pack) => {
    const { diagnosticsList } = await pack.analyze(TYPE, ACCOUNT, 'packages');
    assert.deepEqual(inShort(diagnosticsList), [['storage-no-shared-key', LEVELS.advisory]]);
    assert.match(diagnosticsList[0]?.message ?? '', /^Storage accounts take identities alone.*\nallowSharedKeyAccess .* Exempt until 9999-12-31, ticket T-1\. \[exempt\]$/);
    assert.deepEqual(inShort((await pack.analyze(TYPE, ACCOUNT, 'other')).diagnosticsList), [['storage-no-shared-key', LEVELS.mandatory]]);
    assert.deepEqual(await inOrder(pack, 'packages'), []);
  }));

  it('no longer, once they have expired, and are then a violation themselves', () => judgedWith(entry(`${TYPE}::packages`, '2020-01-01'), async (pack) => {
    const { diagnosticsList } = await pack.analyze(TYPE, ACCOUNT, 'packages');
    assert.deepEqual(inShort(diagnosticsList), [['storage-no-shared-key', LEVELS.mandatory]]);
    assert.match(diagnosticsList[0]?.message ?? '', /Its exemption has expired on 2020-01-01, ticket T-1\.$/);
    assert.deepEqual(inShort(await inOrder(pack, 'packages')), [['exemptions-in-order', LEVELS.mandatory]]);
  }));

  it('are a violation when nothing needs them, or nothing matches them', () => judgedWith(entry(`${TYPE}::packages`, '9999-12-31'), async (pack) => {
    assert.deepEqual((await pack.analyze(TYPE, { ...ACCOUNT, allowSharedKeyAccess: false }, 'packages')).diagnosticsList, []);
    for (const [name, expected] of [['packages', /exempts from nothing any more/], ['other', /matches no resource/]] as const) {
      const stack = await inOrder(pack, name);
      assert.deepEqual(inShort(stack), [['exemptions-in-order', LEVELS.mandatory]]);
      assert.match(stack[0]?.message ?? '', expected);
    }
  }));

  it('stop the pack when the file is refused', async () => {
    await assert.rejects(judgedWith('exemptions: [{}]', async () => undefined), /ended with code/);
  });
});
