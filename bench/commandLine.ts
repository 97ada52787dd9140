import { parseArgs } from 'node:util';
import { CommandError } from '../scripts/commandError.ts';
import { SERVER_NAMES, type ServerName } from './serverNames.ts';

export interface BenchOptions {
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
const HELP_LINE = 'npm run bench -- --help tells the options.';

export const USAGE = `npm run bench -- app [--json] [--calls N] [--only SERVER,…]

Measures the MCP server beside others, in one run on one machine, and compares the CPU time that 1,000 calls take.
A run with all servers and the default number of calls takes a few minutes and writes its figures to docs/benchmarks.md.

  --calls N       calls of one measurement, ${MIN_CALLS} to ${MAX_CALLS}; ${DEFAULT_CALLS} when absent; fewer make a shorter and noisier run
  --only A,B      these servers alone: ${SERVER_NAMES.join(', ')}
  --json          one line of JSON on standard output
  --help          this text
`;

/**
 * @param argv what stands behind `npm run bench --`
 * @throws CommandError BAD_ARGUMENT with what was given and what is allowed
 */
export function parseCommandLine(argv: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  if (positionals.length !== 1 || positionals[0] !== 'app') {
    throw refused(`What to measure was given as "${positionals.join(' ')}". Allowed: app.`);
  }
  const servers = values.only === undefined ? SERVER_NAMES : chosenServers(values.only);
  const calls = values.calls === undefined ? DEFAULT_CALLS : numberOfCalls(values.calls);
  return { json: values.json ?? false, calls, servers, complete: calls === DEFAULT_CALLS && servers.length === SERVER_NAMES.length };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { json: { type: 'boolean' }, calls: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function chosenServers(given: string): readonly ServerName[] {
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !SERVER_NAMES.some((known) => known === name));
  if (unknown.length > 0) throw refused(`--only names "${unknown.join(', ')}". Allowed: ${SERVER_NAMES.join(', ')}, separated by commas.`);
  return SERVER_NAMES.filter((name) => names.includes(name));
}

function numberOfCalls(given: string): number {
  const calls = Number(given);
  if (!/^\d+$/.test(given) || calls < MIN_CALLS || calls > MAX_CALLS) throw refused(`--calls was given "${given}". Allowed: a whole number from ${MIN_CALLS} to ${MAX_CALLS}.`);
  return calls;
}

function refused(message: string): CommandError {
  return new CommandError('BAD_ARGUMENT', `${message} ${HELP_LINE}`, 2);
}
