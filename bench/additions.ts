import type { Addition } from './commandLine.ts';
import { below, figure, type Figure } from './figures.ts';
import type { CallCosts } from './measure/cpuTurns.ts';
import { MEASUREMENTS } from './requests.ts';
import type { ServerName } from './serverNames.ts';

/** What a part of the app adds to a call: the CPU time of a server with it, less that of the same server without. */
interface Comparison {
  readonly addition: Addition;
  readonly label: string;
  readonly without: ServerName;
  readonly with: ServerName;
  /** In microseconds. */
  readonly below: number;
}

/** The record is stored for many calls together, the more the more of them wait. */
export const CONNECTIONS_OF_ADDITIONS = 64;

const COMPARISONS: readonly Comparison[] = [
  { addition: 'auth', label: 'Verification of a known access token', without: 'protocol', with: 'authenticated', below: 5 },
  { addition: 'audit', label: 'Record of a call, buffered', without: 'unrecorded', with: 'all-on', below: 25 },
  { addition: 'audit', label: 'Record of a call, durable', without: 'unrecorded', with: 'durable', below: 40 },
];
const CALLS = MEASUREMENTS.filter((measurement) => measurement.startsWith('tools/call'));

/** The servers that the comparisons need. */
export function serversOf(additions: readonly Addition[]): readonly ServerName[] {
  return [...new Set(COMPARISONS.filter(({ addition }) => additions.includes(addition)).flatMap((comparison) => [comparison.without, comparison.with]))];
}

/** A figure for each comparison whose servers were measured. */
export function additionFigures(costs: CallCosts): Figure[] {
  return COMPARISONS.flatMap(({ label, without, with: server, below: limit }) => CALLS.flatMap((measurement) => {
    const [less, more] = [without, server].map((name) => costs.get(name)?.[measurement].cpuSecondsPer1000Calls);
    // Seconds for 1,000 calls are milliseconds for one.
    return less === undefined || more === undefined ? [] : [figure(`${label}: ${server} − ${without}, ${measurement}`, (more - less) * 1_000, 'µs', below(limit))];
  }));
}
