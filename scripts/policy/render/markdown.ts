import { code, markdownTable, prose } from '../../tool/markdown.ts';
import { countGrades, KIND_WORDS, type Grade, type ReportView, type ResultView } from './reportView.ts';
import { overallVerdict, reportWarnings, verdictOn } from './verdict.ts';
import { visible } from './visible.ts';

/** Source: api.github.com answers a longer body of a comment by "body is too long (maximum is 65536 characters)". */
export const MAX_CHARACTERS = 65_536;
/** For the lines that say how much was left out. */
const RESERVE = 1_500;
const MAX_CELL_CHARACTERS = 400;

interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A summary for a comment on a pull request: verdicts, then findings as far as a comment can hold them, and how many are left out. */
export function renderMarkdown(view: ReportView): string {
  const { report } = view;
  const { pack, commit } = report;
  const rows = report.subjects.map((subject) => {
    const counts = countGrades(view.of(subject));
    return [code(subject.stack), KIND_WORDS[subject.kind], `**${verdictOn(subject, counts).words}**`, ...[counts.failed, counts.advisory, counts['not-judged'], counts.exempt, counts.passed].map(String)];
  });
  const lines = [
    `## Policy report: ${overallVerdict(view).words}`,
    '',
    `${prose(pack.name)} ${prose(pack.version)}, digest ${code(pack.sha256.slice(0, 12))} · ${commit ? `commit ${code(commit.id.slice(0, 12))}${commit.isDirty ? ' **with uncommitted changes**' : ''}` : 'outside of a repository'} · ${report.generatedAt}`,
    '',
    markdownTable([['stack', 'subject', 'verdict', 'failed', 'advisory', 'not judged', 'exempt', 'passed'], ...rows]),
    '',
  ];
  let left = MAX_CHARACTERS - RESERVE - lines.join('\n').length;
  for (const { title, head, rows: own } of sectionsOf(view)) {
    if (own.length === 0) continue;
    const opening = [`### ${title} (${own.length})`, '', markdownTable([head]), ''].join('\n');
    left -= opening.length + 100;
    const fitting: string[] = [];
    for (const row of own) {
      const line = `| ${row.join(' | ')} |`;
      if (line.length + 1 > left) break;
      left -= line.length + 1;
      fitting.push(line);
    }
    lines.push(`### ${title} (${own.length})`, '');
    if (fitting.length > 0) lines.push(markdownTable([head]), ...fitting, '');
    if (fitting.length < own.length) lines.push(`${own.length - fitting.length} of ${own.length} are left out here: see \`policy-report.html\`.`, '');
  }
  return lines.join('\n');
}

function sectionsOf(view: ReportView): readonly Section[] {
  const { report, results } = view;
  const findings = (grade: Grade, title: string): Section => ({ title, head: ['rule', 'severity', 'where', 'resource', 'what'], rows: foldSubjects(results.filter((one) => one.grade === grade)) });
  return [
    { title: 'Look at this first', head: ['what'], rows: reportWarnings(report).map(({ about, text: warning }) => [`**${text(about)}**: ${text(warning)}`]) },
    findings('failed', 'Failed'),
    findings('not-judged', 'Not judged'),
    findings('advisory', 'Failed, advisory'),
    findings('exempt', 'Exempt'),
    {
      title: 'Exemptions that are not in order', head: ['state', 'stack', 'rule', 'resource', 'owner', 'ticket', 'expires'],
      rows: report.exemptions.filter(({ state }) => state !== 'in-use').map(({ state, stack, rule, resource, owner, ticket, expires }) => [state, name(stack), name(rule), name(resource), name(owner), name(ticket), expires]),
    },
    { title: 'Not managed by the stack, and not judged', head: ['stack', 'resource'], rows: report.subjects.flatMap(({ stack, unmanaged }) => unmanaged.map((id) => [name(stack), name(id)])) },
  ];
}

/** The same finding in preview, deployed and live state is one row. */
function foldSubjects(results: readonly ResultView[]): readonly (readonly string[])[] {
  const folded = Map.groupBy(results, ({ rule, result, subject }) => JSON.stringify([subject.stack, rule.id, result.resource, result.message]));
  return [...folded.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const { rule, subject, type, name: resource, result } = first;
    return [[name(rule.id), rule.severity, `${name(subject.stack)} ${[first, ...others].map((one) => one.subject.kind).join(', ')}`, name(type === '' ? resource : `${type}::${resource}`), text(result.message ?? rule.description)]];
  });
}

/** What others chose the text of: nothing in it is markup, or calls a person by `@`. */
function name(value: string): string {
  return code(clip(visible(value)));
}

function text(value: string): string {
  return prose(clip(visible(value))).replaceAll('@', '@\u2060');
}

function clip(value: string): string {
  return value.length <= MAX_CELL_CHARACTERS ? value : `${value.slice(0, MAX_CELL_CHARACTERS).toWellFormed()}…`;
}
