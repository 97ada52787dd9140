import { isRecord, readPath } from './readInput.ts';
import { notJudged, violation, type Finding } from './rule.ts';

/** What one input of a resource has to be. */
export interface Requirement {
  /** Names with dots between: `siteConfig.minTlsVersion`. */
  readonly input: string;
  /** In words, for messages: `true`. */
  readonly allowed: string;
  accepts(value: unknown): boolean;
  /** Why leaving the input out is as good as an allowed value (`passes`), or what it brings (`violates`). */
  readonly omitted: { readonly passes: string } | { readonly violates: string };
  /** The value that a remediation puts in its place, where that is safe. */
  readonly fix?: unknown;
}

/** An input that has to be this boolean. The remediation sets it when `isSafeToFix`. */
export function mustBe(input: string, value: boolean, omitted: Requirement['omitted'], isSafeToFix = false): Requirement {
  return { input, allowed: String(value), accepts: (given) => given === value, omitted, ...(isSafeToFix ? { fix: value } : {}) };
}

/** An input that has to be one of these words, in the service's own spelling. The first is what the remediation sets, when `isSafeToFix`. */
export function mustBeOneOf(input: string, words: readonly string[], omitted: Requirement['omitted'], isSafeToFix = false): Requirement {
  return { input, allowed: words.map((word) => `"${word}"`).join(' or '), accepts: (given) => typeof given === 'string' && words.includes(given), omitted, ...(isSafeToFix ? { fix: words[0] } : {}) };
}

/** @returns what is wrong with the input, or undefined */
export function judgeRequirement(props: Readonly<Record<string, unknown>>, requirement: Requirement): Finding | undefined {
  const { input, allowed, omitted } = requirement;
  const reading = readPath(props, input);
  const remedy = `Allowed: ${allowed}.`;
  if (reading.state === 'unknown') return notJudged(input, `${remedy} Set it to a literal that a preview knows.`);
  if (reading.state === 'absent') return 'passes' in omitted ? undefined : violation(`${input} is left out: ${omitted.violates}. ${remedy}`);
  return requirement.accepts(reading.value) ? undefined : violation(`${input} has a value that is not allowed. ${remedy}`);
}

/**
 * Sets the inputs that are not as required, where that is safe.
 * @returns whether anything was changed
 */
export function fixInputs(props: Record<string, unknown>, requirements: readonly Requirement[]): boolean {
  return requirements.filter((requirement) => requirement.fix !== undefined && judgeRequirement(props, requirement) !== undefined && setPath(props, requirement.input.split('.'), requirement.fix)).length > 0;
}

/** Sets an input inside of others, which are made when absent. @returns false when one of them is not known, so that nothing could be set */
function setPath(props: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): boolean {
  if (rest.length === 0) {
    props[name] = value;
    return true;
  }
  const below = readPath(props, name);
  if (below.state === 'unknown') return false;
  if (below.state === 'absent') props[name] = {};
  const inner = props[name];
  return isRecord(inner) && setPath(inner, rest, value);
}
