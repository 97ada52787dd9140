import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** A finding that is known, owned and let pass until a day. */
export interface Exemption {
  readonly stack: string;
  readonly rule: string;
  /** A URN, or `type::name`. */
  readonly resource: string;
  readonly reason: string;
  readonly owner: string;
  readonly ticket: string;
  /** The last day on which it holds: YYYY-MM-DD, in UTC. */
  readonly expires: string;
}

/** The file of exemptions is refused. Code: POLICY_EXEMPTIONS_INVALID. */
export class ExemptionsError extends Error {
  readonly code = 'POLICY_EXEMPTIONS_INVALID';
  constructor(file: string, problems: readonly string[]) {
    super(`POLICY_EXEMPTIONS_INVALID: ${file} cannot be used; no policy was run.\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ExemptionsError';
  }
}

const LINE = /^\S(?:[^\r\n]*\S)?$/;
const RESOURCE = /^(?:urn:pulumi:[^*\s]+|[^*\s:][^*\s]*::[^*\s]+)$/;

/** Every field, what is allowed in it, and how that is told. None may be left out. */
const FIELDS: { readonly [Field in keyof Exemption]: { readonly allowed: string; accepts(text: string): boolean } } = {
  stack: { allowed: 'the name of one stack', accepts: (text) => /^[A-Za-z][\w.-]*$/.test(text) },
  rule: { allowed: 'the name of a rule of this pack, see docs/policy.md', accepts: (text) => LINE.test(text) },
  resource: { allowed: 'a URN, or type::name such as azure-native:web:WebApp::mcp-prod-, without wildcards', accepts: (text) => RESOURCE.test(text) },
  reason: { allowed: 'one line: why the finding is let pass', accepts: (text) => LINE.test(text) },
  owner: { allowed: 'one line: who answers for it', accepts: (text) => LINE.test(text) },
  ticket: { allowed: 'one line: where its end is followed up', accepts: (text) => LINE.test(text) },
  expires: { allowed: 'a day such as 2027-03-31', accepts: isDay },
};
const FIELD_NAMES = Object.keys(FIELDS) as (keyof Exemption)[];

/**
 * @param text YAML: a list `exemptions` of entries with every field
 * @param options.file how errors name the file
 * @param options.rules names of the rules that can be exempted from
 * @throws ExemptionsError with every problem, by entry and field; values are not quoted
 */
export function parseExemptions(text: string, { file, rules }: { readonly file: string; readonly rules: readonly string[] }): readonly Exemption[] {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new ExemptionsError(file, document.errors.map(({ message }) => `is no YAML: ${message.split('\n')[0]}`));
  const list: unknown = isMap(document.contents) && document.contents.items.length === 1 ? document.get('exemptions') : undefined;
  if (!isSeq(list)) throw new ExemptionsError(file, ['The file has to hold one list named exemptions, and nothing else; write "exemptions: []" when there are none.']);
  const problems: string[] = [];
  const exemptions = list.items.map((item, place) => readEntry(item, `entry ${place + 1}`, rules, problems));
  const places = new Map<string, number>();
  exemptions.forEach(({ stack, rule, resource }, place) => {
    const key = [stack, rule, resource].join('\n');
    const former = places.get(key);
    if (former !== undefined) problems.push(`entry ${place + 1} exempts the same as entry ${former + 1}; allowed: one entry for a stack, rule and resource.`);
    places.set(key, place);
  });
  if (problems.length > 0) throw new ExemptionsError(file, problems);
  return exemptions;
}

function readEntry(item: unknown, entry: string, rules: readonly string[], problems: string[]): Exemption {
  const values = new Map<string, unknown>();
  if (isMap(item)) for (const { key, value } of item.items) values.set(isScalar(key) ? String(key.value) : '', isScalar(value) ? value.value : value);
  for (const name of values.keys()) if (!Object.hasOwn(FIELDS, name)) problems.push(`${entry}: has a field that is not known; allowed: ${FIELD_NAMES.join(', ')}.`);
  for (const name of FIELD_NAMES) {
    const value = values.get(name);
    const { allowed, accepts } = FIELDS[name];
    if (value === undefined || value === null) problems.push(`${entry}: ${name} is missing; allowed: ${allowed}.`);
    else if (typeof value !== 'string' || !accepts(value)) problems.push(`${entry}: ${name} is not allowed; allowed: ${allowed}.`);
    else if (name === 'rule' && !rules.includes(value)) problems.push(`${entry}: rule names no rule that can be exempted from; allowed: ${allowed}.`);
  }
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, String(values.get(name))])) as unknown as Exemption;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** @param resource its URN tells the stack: `urn:pulumi:<stack>::<project>::<types>::<name>` */
export function isExempted({ stack, resource }: Exemption, { urn, type, name }: { readonly urn: string; readonly type: string; readonly name: string }): boolean {
  return stack === stackOf(urn) && (resource === urn || resource === `${type}::${name}`);
}

/** Name of the stack in a URN. Source: pulumi.com, "Resource names", URNs. */
export function stackOf(urn: string): string {
  return /^urn:pulumi:(.+?)::/.exec(urn)?.[1] ?? '';
}
