import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import * as formats from 'ajv-formats';
import { z } from 'zod';
import { decidingFile } from '../../../../scripts/policy/render/decidingFile.ts';
import { renderFormats } from '../../../../scripts/policy/render/formats.ts';
import type { Report } from '../../../../scripts/policy/report.ts';
import { hostileReport } from './hostileReport.ts';
import { sampleReport } from './sampleReport.ts';

const root = join(import.meta.dirname, '../../../..');
const resultSchema = z.looseObject({
  ruleId: z.string(), ruleIndex: z.int(), kind: z.string(), level: z.string(), message: z.object({ text: z.string() }),
  locations: z.tuple([z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string() }), region: z.object({ startLine: z.int() }) }), logicalLocations: z.tuple([z.looseObject({ fullyQualifiedName: z.string() })]) })]),
  partialFingerprints: z.object({ primaryLocationLineHash: z.string(), 'ruleResourceMessage/v1': z.string() }),
  suppressions: z.tuple([z.looseObject({ kind: z.string(), justification: z.string() })]).optional(),
});
const logSchema = z.looseObject({
  runs: z.array(z.looseObject({
    tool: z.object({ driver: z.looseObject({ name: z.string(), version: z.string(), rules: z.array(z.looseObject({ id: z.string(), helpUri: z.string(), help: z.object({ text: z.string(), markdown: z.string() }), defaultConfiguration: z.object({ enabled: z.boolean(), level: z.string() }), properties: z.looseObject({ tags: z.array(z.string()) }) })) }) }),
    automationDetails: z.looseObject({ id: z.string() }),
    invocations: z.tuple([z.looseObject({ executionSuccessful: z.boolean(), toolExecutionNotifications: z.array(z.object({ level: z.string(), message: z.object({ text: z.string() }) })) })]),
    artifacts: z.array(z.looseObject({ location: z.object({ uri: z.string() }), hashes: z.object({ 'sha-256': z.string() }) })),
    results: z.array(resultSchema),
    properties: z.looseObject({ counts: z.record(z.string(), z.number()) }),
  })),
});

/** The schema as Microsoft's own tools carry it; of draft 4, of which it uses nothing that later drafts read otherwise. */
const validateSarif = (() => {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema, id, ...schema } = z.looseObject({ $schema: z.literal('http://json-schema.org/draft-04/schema#'), id: z.string().includes('sarif-2.1.0') }).parse(JSON.parse(readFileSync(file, 'utf8')));
  assert.ok($schema && id);
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default.default(ajv);
  return ajv.compile(schema);
})();

function sarifOf(report: Report): z.output<typeof logSchema> {
  const value: unknown = JSON.parse(renderFormats(report)['policy-report.sarif'] ?? '');
  assert.ok(validateSarif(value), JSON.stringify(validateSarif.errors?.slice(0, 5), null, 2));
  return logSchema.parse(value);
}

const report = sampleReport({ stacks: ['staging', 'prod', 'canary'], resourcesPerStack: 40, rulesPerResource: 12 });

describe('SARIF', () => {
  it('is valid by the schema of SARIF 2.1.0, hostile texts or not [policy.report-sarif]', () => {
    for (const one of [report, hostileReport(), { ...report, subjects: [] }]) sarifOf(one);
  });

  it('the schema refuses what is no SARIF', () => {
    const log = sarifOf(report);
    const [run] = log.runs;
    assert.ok(run);
    for (const broken of [{ ...log, version: '2.2.0' }, { ...log, runs: [{ ...run, tool: {} }] }, { ...log, runs: [{ ...run, results: [{ ...run.results[0], level: 'fatal' }] }] }, { ...log, more: true }]) assert.ok(!validateSarif(broken));
  });

  it('has a run a subject, and in it what did not pass', () => {
    const log = sarifOf(report);
    assert.equal(log.runs.length, report.subjects.length);
    assert.equal(new Set(log.runs.map(({ automationDetails: { id } }) => id.slice(0, id.lastIndexOf('/')))).size, report.subjects.length, 'categories');
    log.runs.forEach((run, place) => {
      const subject = report.subjects[place];
      assert.ok(subject);
      const left = subject.results.filter(({ outcome }) => outcome !== 'passed');
      assert.equal(run.results.length, left.length);
      assert.equal(run.properties.counts.passed, subject.results.length - left.length);
      assert.equal(run.invocations[0].executionSuccessful, subject.status === 'judged');
      assert.deepEqual(run.artifacts.map(({ hashes }) => hashes['sha-256']), subject.evidence.map(({ sha256 }) => sha256));
      run.results.forEach((result, at) => {
        const { rule = '', resource = '', outcome, level } = left[at] ?? {};
        assert.equal(result.ruleId, rule);
        assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, rule);
        assert.equal(result.locations[0].logicalLocations[0].fullyQualifiedName, resource);
        assert.deepEqual([result.kind, result.level], outcome === 'not-judged' ? ['open', 'none'] : ['fail', level === 'advisory' ? 'warning' : 'error']);
        assert.equal(result.suppressions !== undefined, outcome === 'exempt');
      });
    });
    const outcomes = new Set(report.subjects.flatMap(({ results }) => results.map((one) => `${one.outcome} ${one.level}`)));
    for (const needed of ['failed mandatory', 'failed advisory', 'not-judged mandatory', 'exempt advisory', 'passed mandatory']) assert.ok(outcomes.has(needed), needed);
  });

  it('says why, by whom and until when an exempt finding is let pass', () => {
    const exempt = sarifOf(report).runs.flatMap(({ results }) => results).find(({ suppressions }) => suppressions);
    assert.equal(exempt?.suppressions?.[0].kind, 'external');
    assert.match(exempt?.suppressions?.[0].justification ?? '', /^azure-native uploads blobs .* Owner mcp-platform, ticket https:\/\/github\.com\/\S+, until 2027-05-31\.$/);
  });

  it('tells of updates without the pack, and of subjects that were not judged', () => {
    const texts = sarifOf(report).runs.flatMap(({ invocations }) => invocations[0].toolExecutionNotifications.map(({ message }) => message.text));
    assert.ok(texts.some((text) => /ran without the policy pack/.test(text)) && texts.some((text) => /^Nothing was judged\. Azure Resource Manager answered 403/.test(text)), texts.join('\n'));
  });

  it('has the rules with help, severities as GitHub reads them, and levels of the stack', () => {
    const [staging, , , prod] = sarifOf(report).runs;
    const find = (run: typeof staging, id: string) => run?.tool.driver.rules.find((rule) => rule.id === id);
    assert.equal(find(staging, 'secrets-by-reference')?.properties['security-severity'], '9.5');
    assert.equal(find(staging, 'affinity-off')?.properties['security-severity'], undefined);
    assert.equal(find(staging, 'affinity-off')?.properties['problem.severity'], 'error');
    assert.deepEqual(find(staging, 'locks')?.defaultConfiguration, { enabled: false, level: 'none' });
    assert.deepEqual(find(prod, 'locks')?.defaultConfiguration, { enabled: true, level: 'warning' });
    for (const rule of staging?.tool.driver.rules ?? []) assert.ok(rule.help.text !== '' && rule.helpUri.startsWith('https://') && rule.properties.tags.length <= 20, rule.id);
  });

  it('points at a file of the repository, for every component of the program', () => {
    for (const { results } of sarifOf(sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: 40, rulesPerResource: 12 })).runs) {
      for (const { locations: [{ physicalLocation: { artifactLocation: { uri } } }] } of results) assert.ok(existsSync(join(root, uri)), uri);
    }
    const components = globSync('infra/**/*.ts', { cwd: root }).flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/super\('(mcp:[^']+)'/g)].map(([, type = '']) => ({ file, type })));
    assert.ok(components.length > 10);
    for (const { file, type } of components) assert.equal(decidingFile('prod', 'tags', `urn:pulumi:prod::mcp-app-service::mcp:infra:Outer$${type}$azure-native:storage:StorageAccount::one`), file);
    assert.equal(decidingFile('prod', 'tags', 'urn:pulumi:prod::mcp-app-service::pulumi:pulumi:Stack::mcp-app-service-prod'), 'Pulumi.prod.yaml');
    assert.equal(decidingFile('prod', 'tags', 'urn:pulumi:prod::mcp-app-service::azure-native:resources:ResourceGroup::mcp'), 'infra/index.ts');
    assert.equal(decidingFile('prod', 'exemptions-in-order', 'urn:pulumi:prod::mcp-app-service::pulumi:pulumi:Stack::mcp-app-service-prod'), 'policy/exemptions.yaml');
  });

  it('gives each result a fingerprint of its own, the same in the next report', () => {
    const fingerprints = (one: Report): string[] => sarifOf(one).runs.flatMap(({ results }) => results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash));
    const now = fingerprints(report);
    assert.equal(new Set(now).size, now.length);
    const later = { ...report, generatedAt: '2026-12-01T00:00:00Z', subjects: report.subjects.map((subject) => ({ ...subject, judgedAt: '2026-12-01T00:00:00Z', results: subject.results.toReversed() })) };
    assert.deepEqual(fingerprints(later).sort(), now.sort());
  });
});
