import type { Report, ReportRule, Subject, SubjectKind } from '../report.ts';
import { diffResults, type ResultChanges } from './resultChanges.ts';

export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** The level of a rule in a stack; `weaker`: it reports where it stopped an update, or is switched off. */
export interface LevelChange extends Change<ReportRule['levels'][string]> {
  readonly rule: string;
  readonly stack: string;
  readonly isWeaker: boolean;
}

/** How one subject differs. A subject that only one report has is `added` or `removed`, with all that it says. */
export interface SubjectDiff extends ResultChanges {
  readonly stack: string;
  readonly kind: SubjectKind;
  readonly presence: 'both' | 'added' | 'removed';
  readonly status?: Change<Subject['status']>;
  readonly packVersion?: Change<string>;
  readonly lastUpdate?: Change<NonNullable<Subject['lastUpdate']>['verdict']>;
  readonly packages: readonly (Change<string> & { readonly slot: 'built' | 'production' | 'staging' })[];
  /** URNs. */
  readonly resourcesAdded: readonly string[];
  readonly resourcesRemoved: readonly string[];
  /** Azure's ids of resources that no stack knows. */
  readonly unmanagedAdded: readonly string[];
  readonly unmanagedRemoved: readonly string[];
  /** URNs of resources that Azure no longer has. */
  readonly missingAdded: readonly string[];
  readonly missingRemoved: readonly string[];
}

/** What is different between two reports. Lists are in the order of the second report, then of the first; what is the same is left out. */
export interface ReportDiff {
  readonly generatedAt: { readonly before: string; readonly after: string };
  readonly commit?: Change<NonNullable<Report['commit']>>;
  readonly pack?: Change<Report['pack']>;
  readonly rulesAdded: readonly string[];
  readonly rulesRemoved: readonly string[];
  readonly levels: readonly LevelChange[];
  readonly subjects: readonly SubjectDiff[];
  /** A sentence for each thing that got worse; empty when nothing did. */
  readonly worse: readonly string[];
}

const SLOTS = ['built', 'production', 'staging'] as const;
/** From what says least about a stack to what says most. */
const LEVEL_STRENGTH = { disabled: 0, advisory: 1, mandatory: 2, remediate: 2 } as const;
const UPDATE_GRAVITY = { passed: 0, failed: 1, unknown: 2, unjudged: 3 } as const;

/** Compares two reports, of which the second is the later one. */
export function diffReports(before: Report, after: Report): ReportDiff {
  const subjects = pairUp(before.subjects, after.subjects, ({ stack, kind }) => `${stack}\n${kind}`).map(([one, other]) => diffSubjects(one, other)).filter((diff) => diff !== undefined);
  const rules = pairUp(before.rules, after.rules, ({ id }) => id);
  const diff = {
    generatedAt: { before: before.generatedAt, after: after.generatedAt },
    ...changeOf('commit', before.commit, after.commit),
    ...changeOf('pack', before.pack, after.pack),
    rulesAdded: rules.flatMap(([one, other]) => (one === undefined && other !== undefined ? [other.id] : [])),
    rulesRemoved: rules.flatMap(([one, other]) => (one !== undefined && other === undefined ? [one.id] : [])),
    levels: rules.flatMap(([one, other]) => (one && other ? diffLevels(one, other) : [])),
    subjects,
  };
  return { ...diff, worse: worseIn(diff) };
}

function diffSubjects(before: Subject | undefined, after: Subject | undefined): SubjectDiff | undefined {
  const either = after ?? before;
  if (!either) return undefined;
  // Of a subject that was not judged nobody knows what was there.
  const areKnown = before?.status !== 'unjudged' && after?.status !== 'unjudged';
  const urnsBefore = areKnown ? before?.resources.map(({ urn }) => urn) ?? [] : [];
  const urnsAfter = areKnown ? after?.resources.map(({ urn }) => urn) ?? [] : [];
  const diff = {
    ...changeOf('status', before?.status, after?.status),
    ...changeOf('packVersion', before?.packVersion, after?.packVersion),
    ...changeOf('lastUpdate', before?.lastUpdate?.verdict, after?.lastUpdate?.verdict),
    packages: SLOTS.filter((slot) => before?.packages[slot] !== after?.packages[slot]).map((slot) => ({ slot, before: before?.packages[slot], after: after?.packages[slot] })),
    resourcesAdded: without(urnsAfter, urnsBefore),
    resourcesRemoved: without(urnsBefore, urnsAfter),
    unmanagedAdded: without(after?.unmanaged ?? [], before?.unmanaged ?? []),
    unmanagedRemoved: areKnown ? without(before?.unmanaged ?? [], after?.unmanaged ?? []) : [],
    missingAdded: without(after?.missing ?? [], before?.missing ?? []),
    missingRemoved: areKnown ? without(before?.missing ?? [], after?.missing ?? []) : [],
    ...diffResults(before, after),
  };
  const isSame = before !== undefined && after !== undefined && Object.values(diff).every((part) => Array.isArray(part) && part.length === 0);
  return isSame ? undefined : { stack: either.stack, kind: either.kind, presence: before === undefined ? 'added' : after === undefined ? 'removed' : 'both', ...diff };
}

function diffLevels(before: ReportRule, after: ReportRule): readonly LevelChange[] {
  // A stack that only one of the reports has is no change of a rule.
  return Object.keys(after.levels).filter((stack) => Object.hasOwn(before.levels, stack)).flatMap((stack) => {
    const [one, other] = [before.levels[stack], after.levels[stack]];
    return one === undefined || other === undefined || one === other ? [] : [{ rule: after.id, stack, before: one, after: other, isWeaker: LEVEL_STRENGTH[other] < LEVEL_STRENGTH[one] }];
  });
}

function worseIn({ rulesRemoved, levels, subjects }: Omit<ReportDiff, 'worse'>): readonly string[] {
  return [
    ...rulesRemoved.map((rule) => `Rule ${rule} is not there any more.`),
    ...levels.filter(({ isWeaker }) => isWeaker).map(({ rule, stack, before, after }) => `Rule ${rule} is ${after} in ${stack}, where it was ${before}.`),
    ...subjects.flatMap(worseInSubject),
  ];
}

function worseInSubject(diff: SubjectDiff): readonly string[] {
  const of = `${diff.stack}, ${diff.kind}`;
  const count = (changes: readonly { readonly isWorse: boolean }[]): number => changes.filter(({ isWorse }) => isWorse).length;
  const said = (number: number, what: string): readonly string[] => (number === 0 ? [] : [`${of}: ${number} ${what}.`]);
  const { lastUpdate, status } = diff;
  return [
    ...(diff.presence === 'removed' ? [`${of}: the second report does not have it.`] : []),
    ...(status?.after === 'unjudged' ? [`${of}: was not judged.`] : []),
    ...(lastUpdate?.after !== undefined && UPDATE_GRAVITY[lastUpdate.after] > UPDATE_GRAVITY[lastUpdate.before ?? 'passed'] ? [`${of}: the last update is ${lastUpdate.after}, where it was ${lastUpdate.before ?? 'none'}.`] : []),
    ...said(count(diff.newlyFailed), 'newly failed'),
    ...said(count(diff.newlyExempt), 'newly exempt that did not fail before'),
    ...said(count(diff.newlyNotJudged), 'newly not judged'),
    ...said(diff.noLongerJudged.length, 'no longer judged'),
    ...said(diff.unmanagedAdded.length, 'more that the stack does not know'),
    ...said(diff.missingAdded.length, 'more that Azure does not have'),
  ];
}

function changeOf<Name extends string, T>(name: Name, before: T | undefined, after: T | undefined): { readonly [Key in Name]?: Change<T> } {
  return (JSON.stringify(before) === JSON.stringify(after) ? {} : { [name]: { before, after } }) as { readonly [Key in Name]?: Change<T> };
}

/** Each of the second list with its like in the first, then what only the first has. */
function pairUp<T>(before: readonly T[], after: readonly T[], keyOf: (one: T) => string): readonly (readonly [before: T | undefined, after: T | undefined])[] {
  const byKey = new Map(before.map((one) => [keyOf(one), one]));
  const keys = new Set(after.map(keyOf));
  return [...after.map((one): readonly [T | undefined, T] => [byKey.get(keyOf(one)), one]), ...before.filter((one) => !keys.has(keyOf(one))).map((one): readonly [T, undefined] => [one, undefined])];
}

function without(list: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return list.filter((one) => !known.has(one));
}
