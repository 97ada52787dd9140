import type { Level } from './pack/configuration.ts';
import type { PackRule } from './pack/rules.ts';
import type { Outcome, RuleResult } from './report.ts';

/** What a rule said against a resource, in the words of the pack. */
export interface PackFinding {
  readonly rule: string;
  readonly resource: string;
  readonly level: 'advisory' | 'mandatory';
  readonly message: string;
}

/** A rule and a resource that it has nothing against. */
export interface Passed {
  readonly rule: string;
  readonly resource: string;
}

type Against = Exclude<Outcome, 'passed'>;

/** How the pack ends a message whose finding is no plain violation: policy/toPolicy.ts. */
const MARKS: readonly (readonly [mark: string, outcome: Against])[] = [[' [exempt]', 'exempt'], [' [not-judged]', 'not-judged']];
/** What the SDK itself says when a rule met a value that is not known, and did not expect it. */
const COULD_NOT_RUN = /^can't run policy '/;
/** What weighs most, first: a resource with a violation has failed, whatever else could not be judged or is exempt. */
const BY_WEIGHT: readonly Against[] = ['failed', 'not-judged', 'exempt'];

/**
 * Tells what a finding amounts to, and what of its message is for people.
 * @param description of the rule, with which the SDK begins each message
 */
export function readFinding(message: string, description: string): { readonly outcome: Against; readonly text: string } {
  const whole = message.trim();
  const text = whole.startsWith(`${description}\n`) ? whole.slice(description.length + 1) : whole;
  if (COULD_NOT_RUN.test(text)) return { outcome: 'not-judged', text };
  const [mark, outcome] = MARKS.find(([end]) => text.endsWith(end)) ?? ['', 'failed'];
  return { outcome, text: text.slice(0, text.length - mark.length) };
}

/**
 * One result for each rule and resource: several findings of a rule against a resource are one result, with the outcome that weighs most, its strictest level, and all messages.
 * What has findings has not passed, whatever `passed` says.
 * @param levels of the rules; a disabled rule has no results
 */
export function resultsOf(rules: readonly PackRule[], levels: ReadonlyMap<string, Level>, passed: readonly Passed[], findings: readonly PackFinding[]): RuleResult[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule] as const));
  const results = new Map<string, RuleResult>();
  for (const { rule, resource } of passed) {
    const level = levels.get(rule);
    if (byId.has(rule) && level !== undefined && level !== 'disabled') results.set(keyOf(rule, resource), { rule, resource, outcome: 'passed', level });
  }
  const against = new Map<string, RuleResult[]>();
  for (const { rule, resource, level, message } of findings) {
    const known = byId.get(rule);
    // Another pack may run beside this one.
    if (known === undefined) continue;
    const { outcome, text } = readFinding(message, known.description);
    against.set(keyOf(rule, resource), [...(against.get(keyOf(rule, resource)) ?? []), { rule, resource, outcome, level, message: text }]);
  }
  for (const [key, [first, ...others]] of against) if (first) results.set(key, weigh(first, others));
  const order = new Map(rules.map(({ id }, place) => [id, place] as const));
  return [...results.values()].sort((left, right) => (order.get(left.rule) ?? 0) - (order.get(right.rule) ?? 0) || compare(left.resource, right.resource));
}

function weigh(first: RuleResult, others: readonly RuleResult[]): RuleResult {
  const all = [first, ...others];
  const outcome = BY_WEIGHT.find((candidate) => all.some((one) => one.outcome === candidate)) ?? first.outcome;
  const isMandatory = all.some((one) => one.outcome === outcome && one.level === 'mandatory');
  return { ...first, outcome, level: isMandatory ? 'mandatory' : 'advisory', message: [...new Set(all.map(({ message }) => message ?? ''))].join('\n') };
}

/** By code points, so that a report does not depend on the machine's language. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function keyOf(rule: string, resource: string): string {
  return `${rule}\n${resource}`;
}
