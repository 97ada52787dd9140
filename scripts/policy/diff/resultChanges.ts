import type { Outcome, RuleResult, Subject } from '../report.ts';

/** What became of a rule on a resource. */
export interface ResultChange {
  readonly rule: string;
  readonly resource: string;
  /** Undefined: there was no such result, because the rule or the resource was not there, or the rule did not concern it. */
  readonly before: Outcome | undefined;
  readonly after: Outcome | undefined;
  readonly level: RuleResult['level'];
  /** What was not said before; of what is gone, what was said. */
  readonly messages: readonly string[];
  readonly isWorse: boolean;
}

export interface ResultChanges {
  /** Failed now and not before, or failed with more findings than before. */
  readonly newlyFailed: readonly ResultChange[];
  readonly newlyExempt: readonly ResultChange[];
  readonly newlyNotJudged: readonly ResultChange[];
  /** Passes now and did not before; or failed with more findings before, or at a level that stops an update. */
  readonly fixed: readonly ResultChange[];
  /** The resource is there still, and the rule says nothing about it any more. Nothing of a subject that is gone or was not judged at all, which is told once for the whole. */
  readonly noLongerJudged: readonly ResultChange[];
}

/** From what is in order to what is not. Nothing said of a resource that is new counts as in order. */
const GRAVITY: Readonly<Record<Outcome, number>> = { passed: 0, exempt: 1, 'not-judged': 2, failed: 3 };

/** What a rule makes of a resource, all that it says taken together. */
interface Pair {
  readonly rule: string;
  readonly resource: string;
  readonly outcome: Outcome;
  readonly level: RuleResult['level'];
  /** Of the gravest outcome. */
  readonly messages: readonly string[];
}

/** Compares what two reports say of a subject, rule by rule and resource by resource. */
export function diffResults(before: Subject | undefined, after: Subject | undefined): ResultChanges {
  const [one, other] = [pairsOf(before), pairsOf(after)];
  const changes = [...new Set([...other.keys(), ...one.keys()])].map((key) => changeOf(one.get(key), other.get(key))).filter((change) => change !== undefined);
  const stillThere = new Set(after?.resources.map(({ urn }) => urn));
  const wasThere = new Set(before?.resources.map(({ urn }) => urn));
  const newly = (outcome: Outcome): readonly ResultChange[] => changes.filter((change) => change.after === outcome && (change.before !== outcome || change.isWorse));
  return {
    newlyFailed: newly('failed'),
    newlyExempt: newly('exempt'),
    newlyNotJudged: newly('not-judged'),
    fixed: changes.filter((change) => !change.isWorse && change.before !== undefined && (change.after === 'passed' || (change.after === 'failed' && change.before === 'failed'))),
    noLongerJudged: after?.status !== 'judged' ? [] : changes.filter((change) => change.after === undefined && (stillThere.has(change.resource) || !wasThere.has(change.resource))),
  };
}

function changeOf(before: Pair | undefined, after: Pair | undefined): ResultChange | undefined {
  const either = after ?? before;
  if (!either) return undefined;
  const more = (after?.messages ?? []).filter((message) => !before?.messages.includes(message));
  const isStillFailed = before?.outcome === 'failed' && after?.outcome === 'failed';
  const gravity = compare(gravityOf(before), gravityOf(after));
  // Words may change with the pack: as many findings as before are the same ones.
  const count = isStillFailed ? compare(before.messages.length, after.messages.length) : 0;
  if (before?.outcome === after?.outcome && gravity === 0 && count === 0) return undefined;
  return {
    rule: either.rule, resource: either.resource, before: before?.outcome, after: after?.outcome, level: either.level,
    messages: after === undefined ? either.messages : more,
    isWorse: after === undefined ? true : gravity > 0 || (gravity === 0 && count > 0),
  };
}

/** A failure that stops an update is graver than one that does not. */
function gravityOf(pair: Pair | undefined): number {
  if (!pair) return 0;
  return GRAVITY[pair.outcome] + (pair.outcome === 'failed' && pair.level !== 'advisory' ? 1 : 0);
}

function compare(before: number, after: number): number {
  return Math.sign(after - before);
}

function pairsOf(subject: Subject | undefined): ReadonlyMap<string, Pair> {
  const grouped = Map.groupBy(subject?.results ?? [], ({ rule, resource }) => `${rule}\n${resource}`);
  return new Map([...grouped].map(([key, results]) => [key, pairOf(results)]));
}

function pairOf(results: readonly RuleResult[]): Pair {
  const gravest = results.reduce((worst, one) => (GRAVITY[one.outcome] > GRAVITY[worst.outcome] || (one.outcome === worst.outcome && worst.level === 'advisory') ? one : worst));
  const { rule, resource, outcome, level } = gravest;
  return { rule, resource, outcome, level, messages: results.filter((one) => one.outcome === outcome).flatMap(({ message }) => (message === undefined ? [] : [message])) };
}
