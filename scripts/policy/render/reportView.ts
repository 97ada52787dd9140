import type { Outcome, Report, ReportExemption, ReportRule, RuleResult, Subject, SubjectKind } from '../report.ts';
import { readUrn } from './urn.ts';

/** An outcome as it is counted and shown: findings of advisory rules stand apart from those that stop an update. */
export const GRADES = ['failed', 'advisory', 'not-judged', 'exempt', 'passed'] as const;
export type Grade = (typeof GRADES)[number];
export type Counts = Readonly<Record<Grade, number>>;

export const GRADE_WORDS: Readonly<Record<Grade, string>> = { failed: 'Failed', advisory: 'Failed, advisory', 'not-judged': 'Not judged', exempt: 'Exempt', passed: 'Passed' };
export const SHORT_WORDS: Readonly<Record<Grade, string>> = { failed: 'failed', advisory: 'advisory', 'not-judged': 'not judged', exempt: 'exempt', passed: 'passed' };
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = { failed: 'Failed', 'not-judged': 'Not judged', exempt: 'Exempt', passed: 'Passed' };
/** From what has to be looked at first to what is in order. */
export const OUTCOMES_IN_ORDER = ['failed', 'not-judged', 'exempt', 'passed'] as const satisfies readonly Outcome[];
export const KIND_WORDS: Readonly<Record<SubjectKind, string>> = { preview: 'Preview', deployed: 'Deployed', live: 'Live' };

/** One result with all that it is about. */
export interface ResultView {
  readonly subject: Subject;
  readonly rule: ReportRule;
  readonly result: RuleResult;
  readonly grade: Grade;
  readonly name: string;
  readonly type: string;
  readonly exemption: ReportExemption | undefined;
}

/** A report with its references followed. */
export interface ReportView {
  readonly report: Report;
  readonly results: readonly ResultView[];
  of(subject: Subject): readonly ResultView[];
  ofRule(rule: ReportRule): readonly ResultView[];
}

/**
 * Follows what the results of a report refer to.
 * @throws Error when a result names a rule that the report does not have: a report that cannot be trusted to be whole is not rendered
 */
export function viewReport(report: Report): ReportView {
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const results = report.subjects.flatMap((subject) => {
    const resources = new Map(subject.resources.map((resource) => [resource.urn, resource]));
    return subject.results.map((result): ResultView => {
      const rule = rules.get(result.rule);
      if (!rule) throw new Error(`A result of ${subject.stack}, ${subject.kind}, is of rule "${result.rule}", which is not among the rules of the report.`);
      const { name, type } = resources.get(result.resource) ?? readUrn(result.resource);
      return { subject, rule, result, grade: gradeOf(result), name, type, exemption: result.outcome === 'exempt' ? findExemption(report, subject, result, { name, type }) : undefined };
    });
  });
  const bySubject = Map.groupBy(results, ({ subject }) => subject);
  const byRule = Map.groupBy(results, ({ rule }) => rule);
  return { report, results, of: (subject) => bySubject.get(subject) ?? [], ofRule: (rule) => byRule.get(rule) ?? [] };
}

export function gradeOf({ outcome, level }: Pick<RuleResult, 'outcome' | 'level'>): Grade {
  return outcome === 'failed' && level === 'advisory' ? 'advisory' : outcome;
}

export function countGrades(results: readonly Pick<ResultView, 'grade'>[]): Counts {
  const counts = { failed: 0, advisory: 0, 'not-judged': 0, exempt: 0, passed: 0 };
  for (const { grade } of results) counts[grade] += 1;
  return counts;
}

/** The gravest grade that occurs. */
export function gravestOf(counts: Counts): Grade | undefined {
  return GRADES.find((grade) => counts[grade] > 0);
}

/** A file of exemptions names a resource by its URN or by `type::name`. */
function findExemption({ exemptions }: Report, { stack }: Subject, { rule, resource }: RuleResult, { name, type }: { readonly name: string; readonly type: string }): ReportExemption | undefined {
  return exemptions.find((one) => one.stack === stack && one.rule === rule && (one.resource === resource || one.resource === `${type}::${name}`));
}

/** How a subject is called in a sentence. */
export function subjectName({ stack, kind }: Pick<Subject, 'stack' | 'kind'>): string {
  return `${stack}, ${KIND_WORDS[kind].toLowerCase()}`;
}

