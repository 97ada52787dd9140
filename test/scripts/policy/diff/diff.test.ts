import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { CommandError } from '../../../../scripts/commandError.ts';
import type { CommandContext } from '../../../../scripts/commands/commandContext.ts';
import { diff } from '../../../../scripts/policy/commands/diff.ts';
import { formatDiff, formatDiffMarkdown } from '../../../../scripts/policy/diff/formatDiff.ts';
import { diffReports, type ReportDiff, type SubjectDiff } from '../../../../scripts/policy/diff/reportDiff.ts';
import { MAX_CHARACTERS } from '../../../../scripts/policy/render/markdownSections.ts';
import type { Outcome, Report, RuleResult, Subject } from '../../../../scripts/policy/report.ts';
import { HOSTILE_TEXTS, hostileReport } from '../render/hostileReport.ts';
import { digestOf, sampleReport } from '../render/sampleReport.ts';

const sample = sampleReport({ stacks: ['prod'], resourcesPerStack: 4, rulesPerResource: 1 });
const [preview] = sample.subjects;
assert.ok(preview);
const [stackUrn = '', site = '', slot = ''] = preview.resources.map(({ urn }) => urn);
const passed = (rule: string, resource = site): RuleResult => ({ rule, resource, outcome: 'passed', level: 'mandatory' });
const said = (outcome: Outcome, rule: string, resource = site, message = `${rule} says ${outcome}.`, level: RuleResult['level'] = 'mandatory'): RuleResult => ({ rule, resource, outcome, level, message });

/** A report of one subject with these results. */
function reportWith(results: readonly RuleResult[], changes: Partial<Subject> = {}, whole: Partial<Report> = {}): Report {
  const subject: Subject = { ...(preview as Subject), status: 'judged', resources: (preview as Subject).resources, results: [...results], unmanaged: [], missing: [], ...changes };
  return { ...sample, exemptions: [], subjects: [subject], ...whole };
}

function only(found: ReportDiff): SubjectDiff {
  assert.equal(found.subjects.length, 1);
  const [subject] = found.subjects;
  assert.ok(subject);
  return subject;
}

const names = (changes: readonly { readonly rule: string; readonly resource: string }[]): string[] => changes.map(({ rule, resource }) => `${rule} ${resource.split('::').at(-1) ?? ''}`);

describe('the difference of two reports', () => {
  it('is nothing for the same report [policy.report-diff]', () => {
    const report = sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: 20, rulesPerResource: 8 });
    const found = diffReports(report, structuredClone(report));
    assert.deepEqual(found, { generatedAt: { before: report.generatedAt, after: report.generatedAt }, rulesAdded: [], rulesRemoved: [], levels: [], subjects: [], worse: [] });
  });

  /** Results before and after, the one list that tells of it, and whether it is worse. */
  const cases: Readonly<Record<string, readonly [before: readonly RuleResult[], after: readonly RuleResult[], list: 'newlyFailed' | 'newlyExempt' | 'newlyNotJudged' | 'fixed' | 'noLongerJudged' | undefined, isWorse: boolean]>> = {
    'passed, then failed': [[passed('tags')], [said('failed', 'tags')], 'newlyFailed', true],
    'passed, then failed at an advisory level': [[passed('tags')], [said('failed', 'tags', site, 'x', 'advisory')], 'newlyFailed', true],
    'nothing, then failed': [[], [said('failed', 'tags')], 'newlyFailed', true],
    'exempt, then failed': [[said('exempt', 'tags')], [said('failed', 'tags')], 'newlyFailed', true],
    'not judged, then failed': [[said('not-judged', 'tags')], [said('failed', 'tags')], 'newlyFailed', true],
    'failed once, then twice': [[said('failed', 'tags', site, 'one')], [said('failed', 'tags', site, 'one'), said('failed', 'tags', site, 'two')], 'newlyFailed', true],
    'failed advisory, then mandatory': [[said('failed', 'tags', site, 'x', 'advisory')], [said('failed', 'tags', site, 'x')], 'newlyFailed', true],
    'failed twice, then once': [[said('failed', 'tags', site, 'one'), said('failed', 'tags', site, 'two')], [said('failed', 'tags', site, 'two')], 'fixed', false],
    'failed in other words': [[said('failed', 'tags', site, 'one')], [said('failed', 'tags', site, 'uno')], undefined, false],
    'failed, then passed': [[said('failed', 'tags')], [passed('tags')], 'fixed', false],
    'exempt, then passed': [[said('exempt', 'tags')], [passed('tags')], 'fixed', false],
    'not judged, then passed': [[said('not-judged', 'tags')], [passed('tags')], 'fixed', false],
    'failed, then exempt': [[said('failed', 'tags')], [said('exempt', 'tags')], 'newlyExempt', false],
    'passed, then exempt': [[passed('tags')], [said('exempt', 'tags')], 'newlyExempt', true],
    'passed, then not judged': [[passed('tags')], [said('not-judged', 'tags')], 'newlyNotJudged', true],
    'failed, then not judged': [[said('failed', 'tags')], [said('not-judged', 'tags')], 'newlyNotJudged', false],
    'exempt, then not judged': [[said('exempt', 'tags')], [said('not-judged', 'tags')], 'newlyNotJudged', true],
    'passed, then nothing said of a resource that is there': [[passed('tags')], [], 'noLongerJudged', true],
    'failed, then nothing said of the stack as a whole': [[said('failed', 'tags', `${stackUrn}-whole`)], [], 'noLongerJudged', true],
    'nothing, then passed': [[], [passed('tags')], undefined, false],
    'exempt until another day': [[said('exempt', 'tags', site, 'until May')], [said('exempt', 'tags', site, 'until June')], undefined, false],
  };
  for (const [what, [one, other, list, isWorse]] of Object.entries(cases)) {
    it(`${what}: ${list ?? 'nothing'}${isWorse ? ', worse' : ''} [policy.report-diff]`, () => {
      const others = [passed('https-only', slot)];
      const found = diffReports(reportWith([...others, ...one]), reportWith([...others, ...other]));
      assert.equal(found.worse.length > 0, isWorse, found.worse.join('\n'));
      if (list === undefined) return assert.deepEqual(found.subjects, []);
      const subject = only(found);
      for (const each of ['newlyFailed', 'newlyExempt', 'newlyNotJudged', 'fixed', 'noLongerJudged'] as const) assert.equal(subject[each].length, each === list ? 1 : 0, each);
      assert.equal(subject[list][0]?.rule, 'tags');
    });
  }

  it('has what came and went: resources, unmanaged ones, packages, commit and pack', () => {
    const extra = { urn: `${site}-more`, type: 't', name: 'more' };
    const one = reportWith([passed('tags'), said('failed', 'tags', slot)], { unmanaged: ['/old'], missing: ['urn:old'], packages: { built: digestOf('a') } });
    const other = reportWith([passed('tags'), said('failed', 'tags', extra.urn)], {
      resources: [...(preview.resources.filter(({ urn }) => urn !== slot)), extra], unmanaged: ['/new'], missing: ['urn:new'], packages: { built: digestOf('b') }, packVersion: '2.0.0',
    }, { commit: { id: digestOf('c').slice(0, 40), isDirty: false }, pack: { name: 'p', version: '2.0.0', sha256: digestOf('p') } });
    const found = diffReports(one, other);
    const subject = only(found);
    assert.deepEqual([subject.resourcesAdded, subject.resourcesRemoved, subject.unmanagedAdded, subject.unmanagedRemoved], [[extra.urn], [slot], ['/new'], ['/old']]);
    assert.deepEqual([subject.missingAdded, subject.missingRemoved], [['urn:new'], ['urn:old']]);
    assert.deepEqual(subject.packages, [{ slot: 'built', before: digestOf('a'), after: digestOf('b') }]);
    assert.deepEqual([found.commit?.after?.isDirty, found.pack?.after?.version, subject.packVersion?.after], [false, '2.0.0', '2.0.0']);
    assert.deepEqual([names(subject.newlyFailed), names(subject.fixed), names(subject.noLongerJudged)], [[`tags ${extra.urn.split('::').at(-1) ?? ''}`], [], []], 'what failed and is gone is told as a resource that went');
    assert.deepEqual(found.worse, ['prod, preview: 1 newly failed.', 'prod, preview: 1 more that the stack does not know.', 'prod, preview: 1 more that Azure does not have.']);
  });

  it('has rules and levels that changed; weaker ones are worse', () => {
    const level = (value: 'advisory' | 'mandatory' | 'disabled'): Report => ({ ...sample, rules: sample.rules.slice(0, 2).map((rule) => ({ ...rule, levels: { prod: value } })) });
    const weaker = diffReports(level('mandatory'), level('advisory'));
    assert.deepEqual(weaker.levels.map(({ rule, isWeaker }) => [rule, isWeaker]), [['affinity-off', true], ['instances', true]]);
    assert.deepEqual(weaker.worse, ['Rule affinity-off is advisory in prod, where it was mandatory.', 'Rule instances is advisory in prod, where it was mandatory.']);
    assert.deepEqual(diffReports(level('disabled'), level('mandatory')).worse, []);
    const fewer = diffReports(level('mandatory'), { ...level('mandatory'), rules: level('mandatory').rules.slice(1) });
    assert.deepEqual([fewer.rulesRemoved, fewer.worse], [['affinity-off'], ['Rule affinity-off is not there any more.']]);
    assert.deepEqual(diffReports({ ...level('mandatory'), rules: [] }, level('mandatory')).rulesAdded, ['affinity-off', 'instances']);
  });

  it('says once that a subject is gone or was not judged', () => {
    const one = reportWith([passed('tags'), passed('tags', slot)]);
    const unjudged = diffReports(one, reportWith([], { status: 'unjudged', reason: 'No.', resources: [] }));
    assert.deepEqual(unjudged.worse, ['prod, preview: was not judged.']);
    assert.deepEqual([only(unjudged).resourcesRemoved, only(unjudged).noLongerJudged], [[], []]);
    const gone = diffReports(one, { ...one, subjects: [] });
    assert.deepEqual([gone.worse, only(gone).presence], [['prod, preview: the second report does not have it.'], 'removed']);
    const come = diffReports({ ...one, subjects: [] }, one);
    assert.deepEqual([come.worse, only(come).presence], [[], 'added']);
  });

  it('takes an update without the pack for worse', () => {
    const of = (verdict: 'passed' | 'failed' | 'unjudged' | 'unknown'): Report => reportWith([passed('tags')], { lastUpdate: { verdict } });
    for (const [one, other, isWorse] of [['passed', 'unjudged', true], ['passed', 'unknown', true], ['passed', 'failed', true], ['unjudged', 'passed', false], ['failed', 'passed', false]] as const) {
      const found = diffReports(of(one), of(other));
      assert.deepEqual(only(found).lastUpdate, { before: one, after: other });
      assert.deepEqual(found.worse, isWorse ? [`prod, preview: the last update is ${other}, where it was ${one}.`] : []);
    }
  });

  it('is told as text and as Markdown, in which no text is markup', () => {
    const hostile = hostileReport();
    const found = diffReports({ ...hostile, subjects: hostile.subjects.map((subject) => ({ ...subject, results: [] })) }, hostile);
    const text = formatDiff(found);
    for (const character of ['\u0000', '\u001b', '\u202e']) assert.ok(!text.includes(character));
    assert.match(text, /^Got worse:\n {2}staging, preview: \d+ newly failed\./);
    const markdown = formatDiffMarkdown(found);
    assert.match(markdown, /^## Policy: got worse\n\n### What got worse \(\d+\)\n\n\| what \|\n\|---\|\n\| staging, preview: /);
    assert.doesNotMatch(markdown.replaceAll(/(`+)[^`][\s\S]*?\1/g, ''), /(?<!\\)<(img|script)|(?<!\\)\[link\]|@everyone/);
    assert.ok(markdown.length <= MAX_CHARACTERS);
    assert.ok(HOSTILE_TEXTS.some((one) => text.includes(one)));
    assert.match(formatDiff(diffReports(hostile, hostile)), /^Nothing got worse\.\n\nMade from \(1\)\n/);
  });
});

describe('npm run policy -- diff', () => {
  let folder: string;
  const one = reportWith([passed('tags')]);
  const other = reportWith([said('failed', 'tags')]);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policy-diff-'));
    await mkdir(join(folder, 'one'));
    await writeFile(join(folder, 'one', 'policy-report.json'), JSON.stringify(one));
    await writeFile(join(folder, 'other.json'), JSON.stringify(other));
    await writeFile(join(folder, 'page.html'), '<!doctype html>');
    await writeFile(join(folder, 'old.json'), JSON.stringify({ ...one, version: 0 }));
    await writeFile(join(folder, 'else.json'), JSON.stringify({ ...one, pack: { name: 'p' }, subjects: [{}] }));
    await writeFile(join(folder, 'list.json'), '[]');
    await mkdir(join(folder, 'empty'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function run(argv: readonly string[]): Promise<{ code: number; out: string }> {
    let out = '';
    const stdout = new Writable({ write: (chunk: Buffer, _, done) => { out += chunk.toString(); done(); } });
    const code = await diff({ argv: [], env: {}, stdout, stderr: process.stderr } satisfies CommandContext, argv);
    return { code, out };
  }

  it('answers 0 when nothing got worse, 3 when something did, from files and folders [policy.report-diff]', async () => {
    const worse = await run([join(folder, 'one'), join(folder, 'other.json')]);
    assert.equal(worse.code, 3);
    assert.match(worse.out, /^Got worse:\n {2}prod, preview: 1 newly failed\.\n\nNewly failed \(1\)\n {2}stack +subject +rule/);
    const better = await run([join(folder, 'other.json'), join(folder, 'one')]);
    assert.equal(better.code, 0);
    assert.match(better.out, /^Nothing got worse\.\n\nFixed \(1\)/);
    assert.deepEqual(JSON.parse((await run([join(folder, 'one'), join(folder, 'other.json'), '--json'])).out), JSON.parse(JSON.stringify(diffReports(one, other))));
    assert.match((await run([join(folder, 'one'), join(folder, 'other.json'), '--markdown'])).out, /^## Policy: got worse\n/);
  });

  for (const [what, argv, expected] of [
    ['one report', ['A'], /^diff takes two reports, the earlier one first, and was given 1$/],
    ['three reports', ['A', 'B', 'C'], /was given 3$/],
    ['an option that there is not', ['A', 'B', '--yaml'], /Unknown option '--yaml'/],
    ['two formats', ['A', 'B', '--json', '--markdown'], /^--json and --markdown were given together/],
  ] as const) it(`refuses ${what}`, () => assert.rejects(run(argv), { message: expected }));

  for (const [file, code, message] of [
    ['absent.json', 'POLICY_REPORT_NOT_FOUND', /absent\.json cannot be read \(ENOENT\)\. Allowed: a policy-report\.json, or the folder/],
    ['empty', 'POLICY_REPORT_NOT_FOUND', /empty\/policy-report\.json cannot be read/],
    ['page.html', 'POLICY_REPORT_INVALID', /page\.html is no JSON\. Allowed/],
    ['list.json', 'POLICY_REPORT_INVALID', /list\.json is no policy report:\n {2}- the file: /],
    ['else.json', 'POLICY_REPORT_INVALID', /else\.json is no policy report:\n {2}- pack\.version: .*\n(?: {2}- .*\n){4} {2}and \d+ more\nAllowed/],
    ['old.json', 'POLICY_REPORT_VERSION', /old\.json is a report of version 0\. Allowed: version 1\./],
  ] as const) {
    it(`refuses ${file}: ${code}`, () => assert.rejects(run([join(folder, 'one'), join(folder, file)]), (error) => error instanceof CommandError && error.code === code && error.exitCode === 2 && message.test(error.message) || assert.fail(String(error))));
  }
});
