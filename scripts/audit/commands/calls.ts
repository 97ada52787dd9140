import { ArgumentError, parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import type { CallLine } from '../lines.ts';
import { selectCalls } from '../story.ts';
import { readRecord, RECORD_OPTIONS } from './recordOptions.ts';

const MAX_LIMIT = 10_000;

/** `npm run audit -- calls`: who called what, for whom, and how it ended, the newest first. */
export async function calls(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...RECORD_OPTIONS, person: { type: 'string' }, agent: { type: 'string' }, tool: { type: 'string' }, outcome: { type: 'string' }, limit: { type: 'string' } });
  const limit = Number(options.limit ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw new ArgumentError(`--limit was given "${options.limit}". Allowed: a whole number from 1 to ${MAX_LIMIT}`);
  const { streams } = await readRecord(context, options);
  const found = selectCalls(streams, options, limit);
  context.stdout.write(options.json ? `${JSON.stringify(found)}\n` : found.length === 0 ? 'No calls.\n' : `${formatTable([['Time', 'Call', 'Person', 'Agent', 'Tool', 'Outcome', 'ms'], ...found.map(rowOf)])}\n`);
  return 0;
}

function rowOf({ at, callId, delegation, tool, outcome, durationMs }: CallLine): string[] {
  return [at, callId, delegation.person ?? '', delegation.agent ?? delegation.client, tool, outcome, durationMs.toFixed(1)];
}
