import { isRecord, readInput, readItems, type Reading } from './readInput.ts';

/** A rule of a network security group, as far as it is known: `undefined` stands for what is not. */
export interface SecurityRule {
  readonly direction: string | undefined;
  readonly access: string | undefined;
  readonly protocol: string | undefined;
  readonly sources: readonly string[] | undefined;
  readonly sourcePorts: readonly string[] | undefined;
  readonly destinations: readonly string[] | undefined;
  readonly ports: readonly string[] | undefined;
}

/** The rules of a group. `undefined` stands for what is not known: for all of them, or for one. */
export function readSecurityRules(props: Readonly<Record<string, unknown>>): readonly (SecurityRule | undefined)[] | undefined {
  const rules = readInput(props, 'securityRules');
  if (rules.state === 'unknown') return undefined;
  return (rules.state === 'known' ? readItems(rules.value) ?? [] : []).map((item) => (item.state === 'unknown' ? undefined : readRule(item.state === 'known' && isRecord(item.value) ? item.value : {})));
}

function readRule(rule: Readonly<Record<string, unknown>>): SecurityRule {
  return {
    direction: textOf(readInput(rule, 'direction')), access: textOf(readInput(rule, 'access')), protocol: textOf(readInput(rule, 'protocol')),
    sources: both(rule, 'sourceAddressPrefix', 'sourceAddressPrefixes'), sourcePorts: both(rule, 'sourcePortRange', 'sourcePortRanges'),
    destinations: both(rule, 'destinationAddressPrefix', 'destinationAddressPrefixes'), ports: both(rule, 'destinationPortRange', 'destinationPortRanges'),
  };
}

function textOf(reading: Reading): string | undefined {
  return reading.state === 'unknown' ? undefined : reading.state === 'known' ? String(reading.value) : '';
}

/** Azure takes one or a list. */
function both(rule: Readonly<Record<string, unknown>>, one: string, several: string): readonly string[] | undefined {
  const [single, list] = [readInput(rule, one), readInput(rule, several)];
  const items = [single, ...(list.state === 'known' ? readItems(list.value) ?? [] : [list])];
  return items.some(({ state }) => state === 'unknown') ? undefined : items.flatMap((item) => (item.state === 'known' ? [String(item.value)] : []));
}

const ANY = ['*'];

/** Whether a rule denies all that goes in this direction, whatever it is and wherever it comes from or leads. Names of the internet deny that much. */
export function deniesAll(rule: SecurityRule | undefined, direction: 'Inbound' | 'Outbound'): 'yes' | 'no' | 'unknown' {
  if (rule === undefined) return 'unknown';
  const far = [...ANY, 'Internet', '0.0.0.0/0'];
  const parts: (readonly [readonly string[] | undefined, readonly string[]])[] = [
    [asList(rule.direction), [direction]], [asList(rule.access), ['Deny']], [asList(rule.protocol), ANY], [rule.sourcePorts, ANY], [rule.ports, ANY],
    [rule.sources, direction === 'Inbound' ? far : ANY], [rule.destinations, direction === 'Outbound' ? far : ANY],
  ];
  const answers = parts.map(([given, allowed]) => (given === undefined ? 'unknown' : given.some((value) => allowed.includes(value)) ? 'yes' : 'no'));
  return answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes';
}

function asList(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text];
}
