import { formatTable } from '../table.ts';
import { nameOf } from './engine/state.ts';
import { OUTCOMES, type Report, type RuleResult, type Subject } from './report.ts';
import { objectionsOf } from './verdict.ts';

const MAX_OBJECTIONS = 20;

/** What the person at the keyboard is told: how each subject stands, what is in the way of a clean report, where the rest is. */
export function formatReport(report: Report, folder: string, files: readonly string[]): string {
  const objections = objectionsOf(report);
  const rows = [['Stack', 'Judged', 'Resources', ...OUTCOMES, 'Last update'], ...report.subjects.map(rowOf)];
  const lines = objections.slice(0, MAX_OBJECTIONS).map(({ stack, kind, result, text }) => `  ${stack}, ${kind}: ${result === undefined ? text : describe(result)}`);
  const more = objections.length > MAX_OBJECTIONS ? [`  and ${objections.length - MAX_OBJECTIONS} more`] : [];
  const beside = report.subjects.flatMap(({ stack, missing, unmanaged }) => [
    ...missing.map((urn) => `  ${stack}: ${shortUrn(urn)} is of the stack, and Azure does not have it`),
    ...unmanaged.map((id) => `  ${stack}: ${id} is in a resource group of the stack, and not of the stack`),
  ]);
  return `\n${[
    formatTable(rows),
    objections.length === 0 ? 'Clean: nothing is against a rule at level mandatory, and nothing was left unjudged.' : ['In the way of a clean report:', ...lines, ...more].join('\n'),
    ...(beside.length === 0 ? [] : [['Beside the rules:', ...beside].join('\n')]),
    formatTable([['Pack', `${report.pack.name} ${report.pack.version}, SHA-256 ${report.pack.sha256.slice(0, 12)}…, ${report.rules.length} rules`], ['Commit', commitOf(report)], ['Report', `${folder}: ${files.join(', ')}`]]),
  ].join('\n\n')}\n`;
}

function rowOf({ stack, kind, status, resources, results, lastUpdate }: Subject): string[] {
  const counts = OUTCOMES.map((outcome) => (status === 'unjudged' ? '-' : String(results.filter((result) => result.outcome === outcome).length)));
  return [stack, status === 'unjudged' ? `${kind}: not judged` : kind, status === 'unjudged' ? '-' : String(resources.length), ...counts, lastUpdate?.verdict ?? ''];
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
