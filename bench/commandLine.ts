import { parseArgs } from 'node:util';
import { CommandError } from '../scripts/commandError.ts';
import { APP_SERVERS, type ServerName } from './serverNames.ts';

/** What `bench -- auth audit` measures: what a part adds to a call. */
export const ADDITIONS = ['auth', 'audit'] as const;
export type Addition = (typeof ADDITIONS)[number];

/** What `bench -- policy` measures: previews with the policy pack and without. */
export interface PolicyBenchOptions {
  readonly json: boolean;
  /** Pairs of previews, one with the pack and one without. */
  readonly pairs: number;
  /** Enough pairs: only such a run is written to the document. */
  readonly complete: boolean;
}

export interface BenchOptions {
  /** Undefined for the app as a whole. */
  readonly additions: readonly Addition[] | undefined;
  /** Print the result as one line of JSON instead of tables. */
  readonly json: boolean;
  /** Calls of one measurement; the lengths of the other phases follow from it. */
  readonly calls: number;
  /** The servers that are measured, in the order of the table. */
  readonly servers: readonly ServerName[];
  /** All servers with the default number of calls: only such a run is written to the document. */
  readonly complete: boolean;
}

const DEFAULT_CALLS = 5_000;
const MIN_CALLS = 100;
const MAX_CALLS = 100_000;
const DEFAULT_PAIRS = 7;
const MIN_PAIRS = 1;
/** Fewer say little about a difference. */
const MIN_COMPLETE_PAIRS = 5;
const MAX_PAIRS = 50;
const HELP_LINE = 'npm run bench -- --help tells the options.';

export const USAGE = `npm run bench -- app [--json] [--calls N] [--only SERVER,…]
npm run bench -- auth|audit|auth audit [--json] [--calls N]
npm run bench -- policy [--json] [--pairs N]

app: measures the MCP server beside others, in one run on one machine, and compares the CPU time that 1,000 calls take.
auth: what verifying an access token that is known adds to a call. audit: what its record adds.
policy: what the policy pack adds to a preview of the deployed stack staging, on an Azure on loopback of its own.
A run with all servers and the default number of calls takes a few minutes and writes its figures to docs/benchmarks.md.

  --calls N       calls of one measurement, ${MIN_CALLS} to ${MAX_CALLS}; ${DEFAULT_CALLS} when absent; fewer make a shorter and noisier run
  --only A,B      with app, these servers alone: ${APP_SERVERS.join(', ')}
  --pairs N       with policy, pairs of previews, ${MIN_PAIRS} to ${MAX_PAIRS}; ${DEFAULT_PAIRS} when absent; with fewer than ${MIN_COMPLETE_PAIRS} nothing is written to the document
  --json          one line of JSON on standard output
  --help          this text
`;

/**
 * @param argv what stands behind `npm run bench --`
 * @throws CommandError BAD_ARGUMENT with what was given and what is allowed
 */
export function parseCommandLine(argv: readonly string[]): BenchOptions | PolicyBenchOptions | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  if (positionals.length === 1 && positionals[0] === 'policy') {
    if (values.only !== undefined || values.calls !== undefined) throw refused('--only and --calls do not go with policy, which measures previews: give --pairs.');
    const pairs = values.pairs === undefined ? DEFAULT_PAIRS : numberOfPairs(values.pairs);
    return { json: values.json ?? false, pairs, complete: pairs >= MIN_COMPLETE_PAIRS };
  }
  if (values.pairs !== undefined) throw refused('--pairs goes with policy.');
  const additions = ADDITIONS.filter((addition) => positionals.includes(addition));
  const isApp = positionals.length === 1 && positionals[0] === 'app';
  if (!isApp && (additions.length === 0 || additions.length !== positionals.length)) {
    throw refused(`What to measure was given as "${positionals.join(' ')}". Allowed: app, auth, audit, auth audit, policy.`);
  }
  if (!isApp && values.only !== undefined) throw refused('--only goes with app: the other measurements compare the servers that they need.');
  const servers = values.only === undefined ? APP_SERVERS : chosenServers(values.only);
  const calls = values.calls === undefined ? DEFAULT_CALLS : numberOfCalls(values.calls);
  return { additions: isApp ? undefined : additions, json: values.json ?? false, calls, servers, complete: calls === DEFAULT_CALLS && (isApp ? servers.length === APP_SERVERS.length : additions.length === ADDITIONS.length) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { json: { type: 'boolean' }, calls: { type: 'string' }, only: { type: 'string' }, pairs: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function chosenServers(given: string): readonly ServerName[] {
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !APP_SERVERS.some((known) => known === name));
  if (unknown.length > 0) throw refused(`--only names "${unknown.join(', ')}". Allowed: ${APP_SERVERS.join(', ')}, separated by commas.`);
  return APP_SERVERS.filter((name) => names.includes(name));
}

function numberOfCalls(given: string): number {
  const calls = Number(given);
  if (!/^\d+$/.test(given) || calls < MIN_CALLS || calls > MAX_CALLS) throw refused(`--calls was given "${given}". Allowed: a whole number from ${MIN_CALLS} to ${MAX_CALLS}.`);
  return calls;
}

function numberOfPairs(given: string): number {
  const pairs = Number(given);
  if (!/^\d+$/.test(given) || pairs < MIN_PAIRS || pairs > MAX_PAIRS) throw refused(`--pairs was given "${given}". Allowed: a whole number from ${MIN_PAIRS} to ${MAX_PAIRS}.`);
  return pairs;
}

function refused(message: string): CommandError {
  return new CommandError('BAD_ARGUMENT', `${message} ${HELP_LINE}`, 2);
}
