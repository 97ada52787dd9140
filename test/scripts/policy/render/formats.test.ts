import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { controlMatrices } from '../../../../scripts/policy/render/controlMatrix.ts';
import { renderFormats } from '../../../../scripts/policy/render/formats.ts';
import { renderMarkdown } from '../../../../scripts/policy/render/markdown.ts';
import { MAX_CHARACTERS } from '../../../../scripts/policy/render/markdownSections.ts';
import { countGrades, viewReport } from '../../../../scripts/policy/render/reportView.ts';
import { overallVerdict, reportWarnings, verdictOn } from '../../../../scripts/policy/render/verdict.ts';
import { reportSchema, type Report, type RuleResult, type Subject } from '../../../../scripts/policy/report.ts';
import { hostileReport } from './hostileReport.ts';
import { sampleReport } from './sampleReport.ts';

const report = sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: 30, rulesPerResource: 10 });
const shuffled = (value: unknown): unknown => (Array.isArray(value) ? value.map(shuffled) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, shuffled(inner)])) : value);

describe('formats', () => {
  it('are five files, the same bytes for the same report in whatever order its members stand [policy.report-formats]', () => {
    const files = renderFormats(report);
    assert.deepEqual(Object.keys(files), ['policy-report.html', 'policy-report.sarif', 'policy-report.junit.xml', 'policy-report.json', 'policy-report.md']);
    const again = renderFormats(shuffled(report) as Report);
    for (const [name, text] of Object.entries(files)) assert.ok(again[name] === text, name);
    assert.deepEqual(renderFormats(structuredClone(report)), files);
  });

  it('have the report itself as JSON', () => {
    for (const one of [report, hostileReport()]) assert.deepEqual(reportSchema.parse(JSON.parse(renderFormats(one)['policy-report.json'] ?? '')), one);
  });

  it('refuse a result of a rule that the report does not have', () => {
    const [subject] = report.subjects;
    assert.ok(subject);
    const result: RuleResult = { rule: 'unheard-of', resource: 'urn:pulumi:staging::p::t::n', outcome: 'failed', level: 'mandatory' };
    assert.throws(() => renderFormats({ ...report, subjects: [{ ...subject, results: [result] }] }), /of staging, preview, is of rule "unheard-of", which is not among the rules/);
  });

  it('take a report of nothing', () => {
    const empty: Report = { ...report, rules: [], exemptions: [], subjects: [] };
    assert.equal(overallVerdict(viewReport(empty)).words, 'Nothing was judged');
    assert.match(renderFormats(empty)['policy-report.html'] ?? '', /Nothing was judged/);
  });
});

describe('verdicts', () => {
  const judged: Pick<Subject, 'status' | 'reason' | 'missing'> = { status: 'judged', reason: undefined, missing: [] };
  const counts = { failed: 0, advisory: 0, 'not-judged': 0, exempt: 0, passed: 0 };
  for (const [given, words, detail] of [
    [{ passed: 4 }, 'Passes', '4 passed'],
    [{ passed: 4, exempt: 1 }, 'Passes, with exemptions', '1 exempt · 4 passed'],
    [{ passed: 4, exempt: 1, advisory: 2 }, 'Passes, with advice', '2 failed, advisory · 1 exempt · 4 passed'],
    [{ passed: 4, 'not-judged': 1, advisory: 2 }, 'Not fully judged', '2 failed, advisory · 1 not judged · 4 passed'],
    [{ passed: 4, 'not-judged': 1, failed: 3 }, 'Fails', '3 failed · 1 not judged · 4 passed'],
    [{}, 'Not judged', 'The pack ran, and none of its rules concerned any resource.'],
  ] as const) it(`${words}: ${JSON.stringify(given)}`, () => assert.deepEqual({ ...verdictOn(judged, { ...counts, ...given }), kind: undefined }, { kind: undefined, words, detail }));

  it('never pass what was not judged [policy.report-not-judged]', () => {
    assert.equal(verdictOn({ ...judged, status: 'unjudged', reason: 'No event log.' }, { ...counts, passed: 9 }).words, 'Not judged');
    assert.deepEqual({ ...verdictOn({ ...judged, missing: ['urn'] }, { ...counts, passed: 9 }), kind: undefined }, { kind: undefined, words: 'Not fully judged', detail: '1 missing in Azure · 9 passed' });
    const clean = (subject: Subject): Subject => ({ ...subject, status: 'judged', missing: [], results: subject.results.map(({ rule, resource, level }) => ({ rule, resource, level, outcome: 'passed' })), lastUpdate: { verdict: 'passed' } });
    const passing = { ...report, subjects: report.subjects.slice(0, 5).map(clean) };
    assert.equal(overallVerdict(viewReport(passing)).words, 'Passes');
    for (const [verdict, warning] of [['unjudged', /ran without the policy pack/], ['unknown', /No event log/]] as const) {
      const doubted = { ...passing, subjects: passing.subjects.map((subject, place) => (place === 1 ? { ...subject, lastUpdate: { verdict } } : subject)) };
      assert.deepEqual({ ...overallVerdict(viewReport(doubted)), kind: undefined }, { kind: undefined, words: 'An update was not judged', detail: 'staging (deployed)' });
      assert.match(reportWarnings(doubted).map(({ about, text }) => `${about}: ${text}`).join('\n'), warning);
    }
  });
});

describe('control matrix', () => {
  const matrices = controlMatrices(viewReport(report));

  it('has every control of every rule, by its own order', () => {
    const controls = matrices.map(({ rows }) => rows.map(({ control }) => control));
    assert.deepEqual(new Set(controls[0]), new Set(report.rules.flatMap((rule) => rule.controls.mcsb)));
    assert.deepEqual(new Set(controls[1]), new Set(report.rules.flatMap((rule) => rule.controls.cis)));
    assert.deepEqual(new Set(controls[2]), new Set(report.rules.flatMap((rule) => rule.controls.azurePolicy.map(({ id }) => id))));
    assert.ok((controls[1]?.indexOf('9.2') ?? -1) < (controls[1]?.indexOf('9.10') ?? -1), controls[1]?.join(' '));
    const behind = new Set(matrices.flatMap(({ rows }) => rows.flatMap(({ rules }) => rules.map(({ id }) => id))));
    assert.deepEqual(report.rules.filter(({ id }) => !behind.has(id)), [], 'no rule stands outside of the matrices');
  });

  it('has the gravest outcome in each cell, and tells what was switched off or not judged', () => {
    for (const { rows } of matrices) {
      for (const { rules, cells } of rows) {
        cells.forEach(({ state, counts }, place) => {
          const subject = report.subjects[place];
          assert.ok(subject);
          const own = subject.results.filter(({ rule }) => rules.some(({ id }) => id === rule));
          assert.equal(Object.values(counts).reduce((sum, count) => sum + count, 0), own.length);
          const has = (outcome: string, level?: string): boolean => own.some((one) => one.outcome === outcome && (level === undefined || (one.level === 'advisory') === (level === 'advisory')));
          const expected = subject.status === 'unjudged' ? 'unjudged' : has('failed', 'mandatory') ? 'failed' : has('failed', 'advisory') ? 'advisory' : has('not-judged') ? 'not-judged' : has('exempt') ? 'exempt' : has('passed') ? 'passed'
            : rules.every(({ levels }) => levels[subject.stack] === 'disabled') ? 'disabled' : 'none';
          assert.equal(state, expected);
        });
      }
    }
    const states = new Set(matrices.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.map(({ state }) => state))));
    for (const state of ['unjudged', 'failed', 'not-judged', 'exempt', 'passed', 'disabled'] as const) assert.ok(states.has(state), state);
  });
});

describe('Markdown', () => {
  it('fits into a comment, and counts what it leaves out [policy.report-markdown]', () => {
    const big = sampleReport({ stacks: ['staging', 'prod', 'canary'], resourcesPerStack: 80 });
    for (const one of [report, big, hostileReport(), { ...big, exemptions: Array.from({ length: 3000 }, () => ({ ...big.exemptions[1], state: 'expired' })) } as Report]) {
      const text = renderMarkdown(viewReport(one));
      assert.ok(text.length <= MAX_CHARACTERS, String(text.length));
      const sections = [...text.matchAll(/^### (.+) \((\d+)\)\n([\s\S]*?)(?=^### |$(?![\s\S]))/gm)];
      assert.ok(sections.length > 0);
      for (const [, title = '', total, body = ''] of sections) {
        const rows = Math.max(0, [...body.matchAll(/^\| /gm)].length - 1);
        const leftOut = Number(/^(\d+) of \d+ are left out here/m.exec(body)?.[1] ?? 0);
        assert.equal(rows + leftOut, Number(total), title);
      }
      assert.ok(countGrades(viewReport(one).results).failed === 0 || text.includes('### Failed ('));
    }
    assert.match(renderMarkdown(viewReport(big)), /are left out here: see `policy-report\.html`/);
  });

  it('takes no text for markup', () => {
    const text = renderMarkdown(viewReport(hostileReport()));
    const outsideOfCode = text.replaceAll(/(`+)[^`][\s\S]*?\1/g, '');
    assert.doesNotMatch(outsideOfCode, /(?<!\\)<(img|script)|(?<!\\)\[link\]|@everyone/);
    for (const line of text.split('\n').filter((one) => one.startsWith('| '))) assert.ok(line.endsWith(' |'), line);
    for (const character of ['\u0000', '\u001b', '\u202e']) assert.ok(!text.includes(character));
  });
});

describe('JUnit XML', () => {
  const suitesOf = (xml: string): { name: string; counts: Record<string, number>; body: string }[] => [...xml.matchAll(/<testsuite name="([^"]*)" tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"[^>]*>([\s\S]*?)<\/testsuite>/g)]
    .map(([, name = '', tests, failures, errors, skipped, body = '']) => ({ name, counts: { tests: Number(tests), failures: Number(failures), errors: Number(errors), skipped: Number(skipped) }, body }));

  it('has a suite a subject and a case a rule and resource, whose counts are those of its cases [policy.report-junit]', () => {
    const suites = suitesOf(renderFormats(report)['policy-report.junit.xml'] ?? '');
    assert.deepEqual(suites.map(({ name }) => name), ['staging, preview', 'staging, deployed', 'staging, live', 'prod, preview', 'prod, deployed', 'prod, live']);
    suites.forEach(({ counts, body }, place) => {
      const subject = report.subjects[place];
      assert.ok(subject);
      const engine = subject.lastUpdate === undefined ? 1 : 2;
      assert.equal(counts.tests, new Set(subject.results.map(({ rule, resource }) => `${rule} ${resource}`)).size + engine);
      const elements = { tests: 'testcase', failures: 'failure', errors: 'error', skipped: 'skipped' } as const;
      for (const [count, element] of Object.entries(elements)) assert.equal([...body.matchAll(new RegExp(`<${element}[ >]`, 'g'))].length, counts[count], element);
      assert.equal(counts.failures, subject.results.filter(({ outcome, level }) => outcome === 'failed' && level !== 'advisory').length);
      assert.equal(counts.skipped, subject.results.filter(({ outcome, level }) => outcome === 'exempt' || outcome === 'not-judged' || (outcome === 'failed' && level === 'advisory')).length);
      assert.equal(counts.errors, (subject.status === 'unjudged' ? 1 : 0) + (subject.lastUpdate?.verdict === 'unjudged' ? 1 : 0));
    });
  });

  it('has no element or attribute that the schema of Jenkins does not have', () => {
    // Source: jenkinsci/xunit-plugin, junit-10.xsd; of each element what is used here.
    const allowed: Readonly<Record<string, readonly string[]>> = {
      testsuites: ['name', 'time', 'tests', 'failures', 'disabled', 'errors'],
      testsuite: ['name', 'tests', 'failures', 'errors', 'group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url', 'version'],
      testcase: ['name', 'time', 'classname', 'group'],
      failure: ['type', 'message'], error: ['type', 'message'], skipped: ['type', 'message'],
    };
    for (const one of [report, hostileReport()]) {
      for (const [, element = '', attributes = ''] of (renderFormats(one)['policy-report.junit.xml'] ?? '').matchAll(/<([a-z]+)((?: [a-z]+="[^"<]*")*)\/?>/g)) {
        for (const [, name = ''] of attributes.matchAll(/ ([a-z]+)="/g)) assert.ok(allowed[element]?.includes(name), `${element} ${name}`);
      }
    }
  });

  it('begins what is skipped with why', () => {
    const messages = [...(renderFormats(report)['policy-report.junit.xml'] ?? '').matchAll(/<skipped message="([A-Z ]+): [^"]+" type="([a-z-]+)"/g)].map(([, word, type]) => `${word} ${type}`);
    assert.deepEqual(new Set(messages), new Set(['ADVISORY advisory', 'NOT JUDGED not-judged', 'EXEMPT exempt']));
  });

  it('takes several findings of a rule on a resource for one case, the gravest one deciding', () => {
    const [subject] = report.subjects;
    const rule = report.rules[0]?.id ?? '';
    assert.ok(subject);
    const of = (outcome: RuleResult['outcome'], message: string): RuleResult => ({ rule, resource: 'urn:pulumi:staging::p::t::n', outcome, level: 'mandatory', message });
    const xml = renderFormats({ ...report, subjects: [{ ...subject, results: [of('not-judged', 'One is open.'), of('failed', 'One is wrong.')] }] })['policy-report.junit.xml'] ?? '';
    assert.match(xml, /<failure message="One is wrong\." type="[a-z]+, mandatory">One is wrong\.&#10;One is open\.<\/failure>/);
    assert.deepEqual(suitesOf(xml)[0]?.counts, { tests: 2, failures: 1, errors: 0, skipped: 0 });
  });
});
