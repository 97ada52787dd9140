import { formatTable } from '../table.ts';
import { nameOf } from './engine/state.ts';
import type { Report, RuleResult, Subject } from './report.ts';
import { objectionsOf } from './verdict.ts';

const MAX_OBJECTIONS = 20;

const failed = ({ outcome }: RuleResult): boolean => outcome === 'failed';
/** What is counted of each subject. What fails at level advisory stops nothing. */
const COUNTS: readonly (readonly [title: string, counts: (result: RuleResult) => boolean])[] = [
  ['passed', ({ outcome }) => outcome === 'passed'],
  ['failed', (result) => failed(result) && result.level !== 'advisory'],
  ['advisory', (result) => failed(result) && result.level === 'advisory'],
  ['exempt', ({ outcome }) => outcome === 'exempt'],
  ['not judged', ({ outcome }) => outcome === 'not-judged'],
];

/** What the person at the keyboard is told: how each subject stands, what is in the way of a clean report, where the rest is. */
export function formatReport(report: Report, folder: string, files: readonly string[]): string {
  const objections = objectionsOf(report);
  const rows = [['Stack', 'Judged', 'Resources', ...COUNTS.map(([title]) => title), 'Last update'], ...report.subjects.map(rowOf)];
  const lines = objections.slice(0, MAX_OBJECTIONS).map(({ stack, kind, result, text }) => `  ${stack}, ${kind}: ${result === undefined ? text : describe(result)}`);
  const more = objections.length > MAX_OBJECTIONS ? [`  and ${objections.length - MAX_OBJECTIONS} more`] : [];
  const beside = report.subjects.flatMap(({ stack, unmanaged }) => unmanaged.map((id) => `  ${stack}: ${id} is in a resource group of the stack, and not of the stack`));
  return `\n${[
    formatTable(rows),
    objections.length === 0 ? 'Clean: nothing at level mandatory has failed, and nothing at that level was left unjudged.' : ['In the way of a clean report:', ...lines, ...more].join('\n'),
    ...(beside.length === 0 ? [] : [['Beside the rules:', ...beside].join('\n')]),
    formatTable([['Pack', `${report.pack.name} ${report.pack.version}, SHA-256 ${report.pack.sha256.slice(0, 12)}…, ${report.rules.length} rules`], ['Commit', commitOf(report)], ['Report', `${folder}: ${files.join(', ')}`]]),
  ].join('\n\n')}\n`;
}

function rowOf({ stack, kind, status, resources, results, lastUpdate }: Subject): string[] {
  const numbers = COUNTS.map(([, counts]) => (status === 'unjudged' ? '-' : String(results.filter(counts).length)));
  return [stack, status === 'unjudged' ? `${kind}: not judged` : kind, status === 'unjudged' ? '-' : String(resources.length), ...numbers, lastUpdate?.verdict ?? ''];
}

function describe({ rule, resource, outcome, message = '' }: RuleResult): string {
  return `${rule} ${outcome === 'failed' ? 'failed' : 'could not be judged'} on ${shortUrn(resource)}\n    ${message.split('\n').join('\n    ')}`;
}

/** Type and name, which tell a resource apart in a stack. */
function shortUrn(urn: string): string {
  return `${urn.split('::')[2]?.split('$').at(-1) ?? ''} "${nameOf(urn)}"`;
}

function commitOf({ commit }: Report): string {
  if (commit === undefined) return 'outside of a repository';
  return `${commit.id.slice(0, 12)}${commit.isDirty ? ', with changes that are in no commit' : ''}`;
}
