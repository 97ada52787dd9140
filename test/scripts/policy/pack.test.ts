import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { AnalyzerInfo } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { createLedger } from '../../../policy/exemptionLedger.ts';
import { rulesOn } from '../../../policy/rules/index.ts';
import { judgeResources } from '../../../scripts/policy/judge/resources.ts';
import { readConfiguration } from '../../../scripts/policy/pack/configuration.ts';
import { digestOfPack } from '../../../scripts/policy/pack/digest.ts';
import { PACK_FOLDER, startPack } from '../../../scripts/policy/pack/packProcess.ts';
import { levelsOf, rulesOf } from '../../../scripts/policy/pack/rules.ts';
import { PACK, resource, SITE, SLOT, STACK_URN, urnOf } from './samples.ts';

const SECRET = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext: '[secret]' };

describe('the pack, asked by the report', () => {
  let info: AnalyzerInfo.AsObject;
  before(async () => {
    const pack = await startPack();
    info = await pack.info();
    await pack.close();
  });

  test('tells of each rule what an auditor asks, every control of all three catalogues included [report.controls]', () => {
    const rules = rulesOf(info);
    const shipped = rulesOn(createLedger([], '2026-11-25'));
    assert.equal(rules.length, shipped.length);
    for (const [place, { name, displayName, description, group, severity, kind, remediationSteps, url, controls: { mcsb = [], cis = [], azurePolicy = {} }, framework }] of shipped.entries()) {
      const controls = { mcsb, cis, azurePolicy: Object.entries(azurePolicy).map(([what, id]) => ({ what, id })), ...(framework === undefined ? {} : { other: `${framework.name} ${framework.version}, ${framework.reference}` }) };
      assert.deepEqual(rules[place], { id: name, kind, title: displayName, description, group, severity, controls, remediation: remediationSteps, url });
    }
  });

  test('stands at the levels of the configuration, with what the groups let through', () => {
    const rules = rulesOf(info);
    const configure = (json: unknown) => levelsOf(rules, readConfiguration(JSON.stringify(json), { file: 'c.json', info }));
    const shown = (levels: ReturnType<typeof levelsOf>) => ['https-only', 'instances', 'tool-reviewed', 'tags'].map((id) => levels.get(id));
    assert.deepEqual(shown(configure({})), ['mandatory', 'mandatory', 'advisory', 'mandatory']);
    assert.deepEqual(shown(configure({ all: 'advisory', 'https-only': 'remediate', instances: { enforcementLevel: 'mandatory', minimum: 2 } })), ['remediate', 'mandatory', 'advisory', 'advisory']);
    assert.deepEqual(shown(configure({ groups: { security: 'advisory', operations: 'disabled' }, 'https-only': 'remediate' })), ['advisory', 'mandatory', 'advisory', 'disabled']);
  });

  test('is not run with a configuration that names what it does not have, or no level', () => {
    for (const [text, message] of [['{', /c\.json is no JSON/], ['{"https": "mandatory"}', /names https, which the pack does not have/], ['{"https-only": "strict"}', /has at https-only what is neither a level \(advisory, mandatory, disabled, remediate\)/]] as const) {
      assert.throws(() => readConfiguration(text, { file: 'c.json', info }), { code: 'POLICY_CONFIGURATION_INVALID', message });
    }
  });

  /** @param configuration of the stack staging, changed */
  async function judge(resources: Parameters<typeof judgeResources>[3], configuration: Record<string, unknown> = {}) {
    const text = JSON.stringify({ ...(JSON.parse(readFileSync(join(PACK_FOLDER, 'config', 'staging.json'), 'utf8')) as Record<string, unknown>), ...configuration });
    const read = readConfiguration(text, { file: 'c.json', info });
    const rules = rulesOf(info);
    const pack = await startPack();
    try {
      await pack.configure(read);
      return await judgeResources(pack, { name: PACK, rules, levels: levelsOf(rules, read) }, info.version, resources, 'staging', 'mcp-app-service');
    } finally {
      await pack.close();
    }
  }

  const stack = resource(STACK_URN);
  const of = (judged: Awaited<ReturnType<typeof judge>>, ...rules: string[]) => judged.results.filter(({ rule }) => rules.includes(rule)).map(({ rule, resource: urn, outcome, level }) => [rule, urn, outcome, level]);

  test('judges what stands as an update would: single resources by inputs, the stack by outputs and what was made from what', async () => {
    const site = resource(SITE, { inputs: { httpsOnly: true, clientAffinityEnabled: false, name: 'site' }, outputs: { name: 'site', clientAffinityEnabled: true } });
    const slot = resource(SLOT, { inputs: { httpsOnly: false }, outputs: { name: 'staging' } });
    const judged = await judge([stack, site, { ...slot, propertyDependencies: { name: [SITE] } }]);
    assert.deepEqual(of(judged, 'https-only', 'staging-slot', 'no-drift'), [
      ['https-only', SITE, 'passed', 'mandatory'],
      ['https-only', SLOT, 'failed', 'mandatory'],
      ['staging-slot', STACK_URN, 'passed', 'mandatory'],
      // Of the site affinity is on, which passed as an input.
      ['no-drift', SITE, 'failed', 'mandatory'],
    ].sort((left, right) => info.policiesList.findIndex(({ name }) => name === left[0]) - info.policiesList.findIndex(({ name }) => name === right[0])));
    assert.deepEqual(of(await judge([stack, site, slot]), 'staging-slot'), [['staging-slot', SITE, 'failed', 'mandatory']]);
  });

  test('has no result of a rule that is disabled, alone or with its group, and none for what a rule does not concern', async () => {
    const plan = resource(urnOf('azure-native:web:AppServicePlan', 'plan'), { outputs: { sku: { capacity: 0 } } });
    const judged = await judge([stack, resource(SITE, { inputs: { httpsOnly: false } }), plan], { 'https-only': 'disabled', groups: { stateless: 'disabled' } });
    assert.deepEqual(of(judged, 'https-only', 'instances', 'affinity-off', 'vault-rbac', 'roles-match-catalogue'), []);
    const advised = await judge([stack, plan], { groups: { stateless: 'advisory' } });
    assert.deepEqual(of(advised, 'instances'), [['instances', plan.urn, 'failed', 'advisory']]);
  });

  test('says of a masked secret that it was not judged, in every place a secret can stand, and never that it passed [report.masked]', async () => {
    const settings = urnOf('azure-native:web:WebAppApplicationSettings', 'production');
    for (const inputs of [{ properties: SECRET }, { properties: { API_PASSWORD: SECRET, WEBSITE_RUN_FROM_PACKAGE: '1' } }]) {
      const judged = await judge([stack, resource(settings, { inputs })]);
      assert.deepEqual(of(judged, 'secrets-by-reference'), [['secrets-by-reference', settings, 'not-judged', 'advisory']]);
      assert.match(judged.results.find(({ rule }) => rule === 'secrets-by-reference')?.message ?? '', / Here the value is one that is kept secret, and masked\.$/);
    }
    const site = await judge([stack, resource(SITE, { inputs: { siteConfig: SECRET, httpsOnly: SECRET } })]);
    assert.deepEqual(of(site, 'https-only', 'minimum-tls', 'always-on'), [['always-on', SITE, 'not-judged', 'advisory'], ['https-only', SITE, 'not-judged', 'mandatory'], ['minimum-tls', SITE, 'not-judged', 'mandatory']]);
  });

  test('does not ask rules on single resources about what the program only reads', async () => {
    assert.deepEqual(of(await judge([stack, resource(SITE, { external: true, inputs: { httpsOnly: false } })]), 'https-only'), []);
  });
});

test('the digest of the pack is that of its files, as sha256sum tells it, and changes with any of them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pack-digest-'));
  try {
    cpSync(PACK_FOLDER, folder, { recursive: true });
    const before = digestOfPack(folder);
    assert.equal(before, digestOfPack());
    const told = execFileSync('sh', ['-c', "find . -type f -not -path '*node_modules*' | sed 's|^\\./||' | LC_ALL=C sort | xargs sha256sum | sha256sum"], { cwd: folder, encoding: 'utf8' });
    assert.equal(before, told.split(' ')[0]);
    writeFileSync(join(folder, 'config', 'staging.json'), '{}');
    assert.notEqual(digestOfPack(folder), before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

