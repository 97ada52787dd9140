import type { Report, RuleResult, Subject } from './report.ts';

/** Why a report is not clean: a finding at the level mandatory, or something that nobody judged. */
export interface Objection {
  readonly stack: string;
  readonly kind: Subject['kind'];
  readonly result?: RuleResult;
  readonly text: string;
}

/**
 * Everything for which the command ends with 3. Advisory findings, exempt ones and resources that the stack does not know are told, and are none; neither are findings against the last update,
 * whose outcome the deployed state shows by itself.
 */
export function objectionsOf({ subjects }: Pick<Report, 'subjects'>): Objection[] {
  return subjects.flatMap(({ stack, kind, status, reason, lastUpdate, missing, results }) => [
    ...(status === 'unjudged' ? [{ stack, kind, text: reason ?? 'Not judged.' }] : []),
    ...(lastUpdate?.verdict === 'unjudged' ? [{ stack, kind, text: `The last update${since(lastUpdate.at)} was made without the pack. Update again with it: npm run up.` }] : []),
    ...(lastUpdate?.verdict === 'unknown' ? [{ stack, kind, text: `No evidence tells what the pack made of the last update${since(lastUpdate.at)}. Update again with npm run up, which keeps it.` }] : []),
    ...missing.map((urn) => ({ stack, kind, text: `${urn} is of the stack, and Azure does not have it: it was not judged. npm run up after a refresh makes it again.` })),
    ...results.filter(({ outcome, level }) => (outcome === 'failed' || outcome === 'not-judged') && level !== 'advisory').map((result) => ({ stack, kind, result, text: result.message ?? '' })),
  ]);
}

function since(at: string | undefined): string {
  return at === undefined ? '' : ` of ${at}`;
}

/** Exit code of the command: 0 clean, 3 not. */
export function exitCodeOf(report: Pick<Report, 'subjects'>): 0 | 3 {
  return objectionsOf(report).length === 0 ? 0 : 3;
}
