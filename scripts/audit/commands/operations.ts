import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { gatherOperations, type Operation } from '../operations.ts';
import { printable } from '../printable.ts';
import { chooseRecord, RECORD_OPTIONS, tellFindings } from './recordOptions.ts';

/** `npm run audit -- operations`: what operators did by command, and what came of it. Exit code 3: the record is not as it was written. */
export async function operations(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, RECORD_OPTIONS);
  const reader = gatherOperations();
  const report = await (await chooseRecord(context, options)).read(reader);
  const found = reader.operations();
  const { findings, notBelieved } = report;
  context.stdout.write(options.json ? `${JSON.stringify({ operations: found, findings, notBelieved })}\n` : found.length === 0 ? 'No operations.\n' : `${formatTable([['Time', 'Operator', 'Operation', 'Outcome', 'Details'], ...found.map(rowOf)])}\n`);
  return tellFindings(context, report);
}

function rowOf({ at, by, operation, outcome, why, details }: Operation): string[] {
  const told = outcome === 'none' ? 'none: cut off, or it still runs' : outcome === 'failed' ? `failed: ${why ?? ''}` : outcome ?? 'recorded';
  return [at, by ?? '', operation, told, JSON.stringify(details) ?? ''].map(printable);
}
