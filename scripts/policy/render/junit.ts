import type { Subject } from '../report.ts';
import { GRADES, subjectName, type ReportView, type ResultView } from './reportView.ts';
import { visible } from './visible.ts';

/** What XML 1.0 allows in a text; everything else cannot be written there in any form. Source: W3C, "Extensible Markup Language (XML) 1.0", production 2, Char. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };

interface Case {
  readonly className: string;
  readonly name: string;
  readonly outcome?: { readonly element: 'failure' | 'error' | 'skipped'; readonly type: string; readonly message: string };
}

/**
 * JUnit XML as Jenkins reads it: a suite a stack and subject, a case a rule and resource. What stops an update is a failure. JUnit knows no warning, and a note in a case that passes is read by nobody: findings of
 * advisory rules, exempt ones and what was not judged are skipped cases, whose message begins with which of these it is. A subject that was not judged, and an update without the pack, are errors.
 * Source: the schema junit-10.xsd of Jenkins' xunit plugin.
 */
export function renderJunit(view: ReportView): string {
  const suites = view.report.subjects.map((subject) => ({ subject, cases: casesOf(subject, view.of(subject)) }));
  // The schema knows no count of skipped cases here, though it does in a suite.
  const { tests, failures, errors } = totals(suites.flatMap(({ cases }) => cases));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ name: `${view.report.pack.name} ${view.report.pack.version}`, tests, failures, errors, time: '0' })}>\n${suites.map(suiteOf).join('')}</testsuites>\n`;
}

function suiteOf({ subject, cases }: { readonly subject: Subject; readonly cases: readonly Case[] }): string {
  const head = attributes({ name: subjectName(subject), ...totals(cases), time: '0', timestamp: subject.judgedAt.replace(/(\.\d+)?Z$/, '') });
  return `  <testsuite${head}>\n${cases.map(caseOf).join('')}  </testsuite>\n`;
}

function caseOf({ className, name, outcome }: Case): string {
  const head = `    <testcase${attributes({ name, classname: className, time: '0' })}`;
  if (!outcome) return `${head}/>\n`;
  const { element, type, message } = outcome;
  return `${head}>\n      <${element}${attributes({ message: message.split('\n')[0] ?? '', type })}>${escapeXml(message)}</${element}>\n    </testcase>\n`;
}

function casesOf(subject: Subject, results: readonly ResultView[]): readonly Case[] {
  const { lastUpdate } = subject;
  const engine: Case[] = [
    { className: 'policy', name: 'the pack judged', ...(subject.status === 'judged' ? {} : { outcome: { element: 'error', type: 'unjudged', message: subject.reason ?? 'The pack did not run.' } }) },
    ...(lastUpdate === undefined ? [] : [{
      className: 'policy', name: 'the last update ran with the pack',
      ...(lastUpdate.verdict === 'unjudged' || lastUpdate.verdict === 'unknown' ? { outcome: { element: 'error', type: lastUpdate.verdict, message: lastUpdate.verdict === 'unjudged' ? 'The last update ran without the pack.' : 'No event log of the last update was kept.' } as const } : {}),
    }]),
  ];
  const pairs = Map.groupBy(results, ({ rule, result }) => `${rule.id}\n${result.resource}`);
  return [...engine, ...[...pairs.values()].map(caseOfPair)];
}

/** A rule can say several things about a resource: the gravest one decides. */
function caseOfPair(results: readonly ResultView[]): Case {
  const [first] = GRADES.flatMap((grade) => results.filter((one) => one.grade === grade));
  if (!first) throw new Error('A pair of rule and resource has no result.');
  const { rule, name, type, result, grade } = first;
  const message = [first, ...results.filter((one) => one !== first && one.grade !== 'passed')].map((one) => one.result.message ?? rule.description).join('\n');
  const head = { className: `policy.${rule.group}.${rule.id}`, name: `${type}::${name}` };
  switch (grade) {
    case 'failed': return { ...head, outcome: { element: 'failure', type: `${rule.severity}, ${result.level}`, message } };
    case 'advisory': return { ...head, outcome: { element: 'skipped', type: 'advisory', message: `ADVISORY: ${message}` } };
    case 'not-judged': return { ...head, outcome: { element: 'skipped', type: 'not-judged', message: `NOT JUDGED: ${message}` } };
    case 'exempt': return { ...head, outcome: { element: 'skipped', type: 'exempt', message: `EXEMPT: ${message}` } };
    case 'passed': return head;
  }
}

function totals(cases: readonly Case[]): Readonly<Record<'tests' | 'failures' | 'errors' | 'skipped', string>> {
  const count = (element: string): string => String(cases.filter(({ outcome }) => outcome?.element === element).length);
  return { tests: String(cases.length), failures: count('failure'), errors: count('error'), skipped: count('skipped') };
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join('');
}

function escapeXml(text: string): string {
  return visible(text).replace(NOT_XML, '').replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? '');
}
