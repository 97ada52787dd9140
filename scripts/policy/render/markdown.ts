import { code, markdownTable, prose } from '../../tool/markdown.ts';
import { fitSections, nameCell, textCell, type MarkdownSection } from './markdownSections.ts';
import { countGrades, KIND_WORDS, type Grade, type ReportView, type ResultView } from './reportView.ts';
import { overallVerdict, reportWarnings, verdictOn } from './verdict.ts';

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
  return fitSections(lines, sectionsOf(view), '`policy-report.html`');
}

function sectionsOf(view: ReportView): readonly MarkdownSection[] {
  const { report, results } = view;
  const findings = (grade: Grade, title: string): MarkdownSection => ({ title, head: ['rule', 'severity', 'where', 'resource', 'what'], rows: foldSubjects(results.filter((one) => one.grade === grade)) });
  return [
    { title: 'Look at this first', head: ['what'], rows: reportWarnings(report).map(({ about, text: warning }) => [`**${textCell(about)}**: ${textCell(warning)}`]) },
    findings('failed', 'Failed'),
    findings('not-judged', 'Not judged'),
    findings('advisory', 'Failed, advisory'),
    findings('exempt', 'Exempt'),
    {
      title: 'Exemptions that are not in order', head: ['state', 'stack', 'rule', 'resource', 'owner', 'ticket', 'expires'],
      rows: report.exemptions.filter(({ state }) => state !== 'in-use').map(({ state, stack, rule, resource, owner, ticket, expires }) => [state, nameCell(stack), nameCell(rule), nameCell(resource), nameCell(owner), nameCell(ticket), expires]),
    },
    { title: 'Not managed by the stack, and not judged', head: ['stack', 'resource'], rows: report.subjects.flatMap(({ stack, unmanaged }) => unmanaged.map((id) => [nameCell(stack), nameCell(id)])) },
    { title: 'Missing: of the stack, and not in Azure', head: ['stack', 'resource'], rows: report.subjects.flatMap(({ stack, missing }) => missing.map((urn) => [nameCell(stack), nameCell(urn)])) },
  ];
}

/** The same finding in preview, deployed and live state is one row. */
function foldSubjects(results: readonly ResultView[]): readonly (readonly string[])[] {
  const folded = Map.groupBy(results, ({ rule, result, subject }) => JSON.stringify([subject.stack, rule.id, result.resource, result.message]));
  return [...folded.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const { rule, subject, type, name: resource, result } = first;
    return [[nameCell(rule.id), rule.severity, `${nameCell(subject.stack)} ${[first, ...others].map((one) => one.subject.kind).join(', ')}`, nameCell(type === '' ? resource : `${type}::${resource}`), textCell(result.message ?? rule.description)]];
  });
}
