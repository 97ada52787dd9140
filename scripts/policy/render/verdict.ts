import type { Report, Subject } from '../report.ts';
import { countGrades, KIND_WORDS, type Counts, type ReportView } from './reportView.ts';

/** `fails`: something stops an update. `unjudged`: nothing was judged. `incomplete`: nothing fails, and not all was judged. `advisory`, `exempt`: passes with findings that are let pass. */
export type VerdictKind = 'fails' | 'unjudged' | 'incomplete' | 'advisory' | 'exempt' | 'passes';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly words: string;
  /** What stands beside it, a sentence. */
  readonly detail: string;
}

/** What a report says of one subject, in words. What was not judged is never told as passed. */
export function verdictOn(subject: Pick<Subject, 'status' | 'reason' | 'missing'>, counts: Counts): Verdict {
  const { failed, advisory, exempt, passed } = counts;
  const open = counts['not-judged'];
  if (subject.status === 'unjudged') return { kind: 'unjudged', words: 'Not judged', detail: subject.reason ?? 'The pack did not run.' };
  const beside = listing([[failed, 'failed'], [advisory, 'failed, advisory'], [open, 'not judged'], [subject.missing.length, 'missing in Azure'], [exempt, 'exempt'], [passed, 'passed']]);
  if (failed > 0) return { kind: 'fails', words: 'Fails', detail: beside };
  if (open + subject.missing.length > 0) return { kind: 'incomplete', words: 'Not fully judged', detail: beside };
  if (advisory > 0) return { kind: 'advisory', words: 'Passes, with advice', detail: beside };
  if (exempt > 0) return { kind: 'exempt', words: 'Passes, with exemptions', detail: beside };
  if (passed > 0) return { kind: 'passes', words: 'Passes', detail: beside };
  return { kind: 'unjudged', words: 'Not judged', detail: 'The pack ran, and none of its rules concerned any resource.' };
}

/** What an auditor must not miss about a subject, beside its results; a sentence each. */
export function warningsOf({ status, reason, lastUpdate, packVersion, missing }: Subject, reportPackVersion: string): readonly string[] {
  const updated = lastUpdate?.at === undefined ? '' : ` of ${lastUpdate.at.slice(0, 10)} ${lastUpdate.at.slice(11, 19)} UTC`;
  return [
    ...(status === 'unjudged' ? [`Nothing was judged. ${reason ?? 'The pack did not run.'}`] : []),
    ...(missing.length > 0 ? [`Azure does not have ${missing.length === 1 ? 'one resource' : `${missing.length} resources`} of the stack. What is missing was not judged.`] : []),
    ...(lastUpdate?.verdict === 'unjudged' ? [`The last update${updated} ran without the policy pack. Nobody judged it before it was made.`] : []),
    ...(lastUpdate?.verdict === 'unknown' ? [`No event log of the last update${updated} was kept. Whether the policy pack ran is not known.`] : []),
    ...(lastUpdate?.verdict === 'failed' ? [`The last update${updated} failed the policy pack.`] : []),
    ...(packVersion !== undefined && packVersion !== reportPackVersion ? [`Judged by version ${packVersion} of the pack, while the report was made with ${reportPackVersion}.`] : []),
  ];
}

export interface Warning {
  /** Stack, and subjects of it. */
  readonly about: string;
  readonly text: string;
}

/** The warnings of a whole report: what holds for several subjects of a stack is said once. */
export function reportWarnings({ subjects, pack }: Report): readonly Warning[] {
  const all = subjects.flatMap((subject) => warningsOf(subject, pack.version).map((text) => ({ subject, text })));
  return [...Map.groupBy(all, ({ subject: { stack }, text }) => JSON.stringify([stack, text])).values()].map((same) => ({ about: listSubjects(same.map(({ subject }) => subject)), text: same[0]?.text ?? '' }));
}

/** `staging (preview, live), prod (deployed)` */
function listSubjects(subjects: readonly Subject[]): string {
  return [...Map.groupBy(subjects, ({ stack }) => stack)].map(([stack, own]) => `${stack} (${own.map(({ kind }) => KIND_WORDS[kind].toLowerCase()).join(', ')})`).join(', ');
}

function listing(counts: readonly (readonly [number, string])[]): string {
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(' · ');
}

/** From what has to be looked at first. */
const GRAVITY: readonly VerdictKind[] = ['fails', 'unjudged', 'incomplete', 'advisory', 'exempt', 'passes'];

/** The gravest verdict of all subjects, as the verdict of the report. An update that ran without the pack keeps a report from passing. */
export function overallVerdict(view: ReportView): Verdict {
  const { subjects } = view.report;
  const verdicts = subjects.map((subject) => verdictOn(subject, countGrades(view.of(subject))));
  const gravest = GRAVITY.find((kind) => verdicts.some((one) => one.kind === kind));
  const of = (kind: VerdictKind): string => listSubjects(subjects.filter((_, place) => verdicts[place]?.kind === kind));
  if (gravest === undefined) return { kind: 'unjudged', words: 'Nothing was judged', detail: 'The report has no stack.' };
  const withoutPack = subjects.filter(({ lastUpdate }) => lastUpdate?.verdict === 'unjudged' || lastUpdate?.verdict === 'unknown');
  if (gravest !== 'fails' && gravest !== 'unjudged' && withoutPack.length > 0) return { kind: 'unjudged', words: 'An update was not judged', detail: listSubjects(withoutPack) };
  const words: Readonly<Record<VerdictKind, string>> = {
    fails: 'Fails', unjudged: 'Not all was judged', incomplete: 'Not fully judged', advisory: 'Passes, with advice', exempt: 'Passes, with exemptions', passes: 'Passes',
  };
  return { kind: gravest, words: words[gravest], detail: of(gravest) };
}
