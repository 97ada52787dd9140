/**
 * How a check ended:
 * - ok: what is needed is there
 * - warning: it works, and is not how production should stand
 * - failed: a deployment would fail
 * - unknown: it could not be looked up; `next` says how to see for oneself
 * - notApplicable: the check does not concern this target (the local Azure has no quota, for instance)
 */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'unknown' | 'notApplicable';

/** What one check found. None of it is secret. */
export interface Finding {
  /** Stable, in kebab-case. */
  readonly id: string;
  readonly title: string;
  readonly status: FindingStatus;
  /** What is there. */
  readonly given: string;
  /** What a deployment takes. */
  readonly required: string;
  /** What to do next; empty when there is nothing to do. */
  readonly next: string;
}

const marks: Readonly<Record<FindingStatus, string>> = { ok: 'ok', warning: 'warning', failed: 'FAILED', unknown: 'unknown', notApplicable: 'n/a' };
const markWidth = Math.max(...Object.values(marks).map((mark) => mark.length));

/** Findings as text: one line each, and for what is not in order what is needed and what to do. Ends with a count. */
export function formatFindings(findings: readonly Finding[]): string {
  const indent = ' '.repeat(markWidth + 2);
  const lines = findings.flatMap(({ status, title, given, required, next }) => [
    `${marks[status].padEnd(markWidth)}  ${title}: ${given}`,
    ...(status === 'ok' || status === 'notApplicable' ? [] : [`${indent}needed: ${required}`]),
    ...(next === '' ? [] : [`${indent}next:   ${next.replaceAll('\n', `\n${indent}        `)}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const counts = [
    [count('failed'), 'failed'],
    [count('warning'), 'with a warning'],
    [count('unknown'), 'could not be looked up'],
    [count('ok'), 'in order'],
    [count('notApplicable'), 'not applicable'],
  ] as const;
  return `${findings.length} checks: ${counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`).join(', ')}.`;
}

/** Whether a deployment would fail. */
export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === 'failed');
}
