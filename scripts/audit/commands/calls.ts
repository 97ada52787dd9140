import { ArgumentError, parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { selectCalls, type FoundCall } from '../calls.ts';
import { printable } from '../printable.ts';
import { chooseRecord, RECORD_OPTIONS, tellFindings } from './recordOptions.ts';

const MAX_LIMIT = 10_000;

/** `npm run audit -- calls`: who called what, for whom, and how it ended, the newest first. Exit code 3: the record is not as it was written, and calls may be missing. */
export async function calls(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...RECORD_OPTIONS, person: { type: 'string' }, agent: { type: 'string' }, tool: { type: 'string' }, outcome: { type: 'string' }, limit: { type: 'string' } });
  const limit = Number(options.limit ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw new ArgumentError(`--limit was given "${options.limit}". Allowed: a whole number from 1 to ${MAX_LIMIT}`);
  const selection = selectCalls(options, limit);
  const report = await (await chooseRecord(context, options)).read(selection);
  const found = selection.found();
  const { findings, notBelieved } = report;
  context.stdout.write(options.json ? `${JSON.stringify({ calls: found, findings, notBelieved })}\n` : found.length === 0 ? 'No calls.\n' : `${formatTable([['Time', 'Call', 'Person', 'Agent', 'Tool', 'Outcome', 'ms'], ...found.map(rowOf)])}\n`);
  return tellFindings(context, report);
}

function rowOf({ at, callId, delegation, tool, outcome, durationMs }: FoundCall): string[] {
  return [at, callId, delegation.person ?? '', delegation.agent ?? delegation.client, tool, outcome, durationMs.toFixed(1)].map(printable);
}
