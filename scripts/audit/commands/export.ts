import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { EXIT_FINDINGS, readRecord, RECORD_OPTIONS } from './recordOptions.ts';

/** Lines up to where a chain breaks. An altered record itself is among them, since the next line tells of it, and so are those of a chain written anew: exit code 3 says so. */
export async function exportLines(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, RECORD_OPTIONS);
  const { streams } = await readRecord(context, options);
  for (const { stream, lines } of streams) for (const line of lines) context.stdout.write(`${JSON.stringify({ stream, ...line })}\n`);
  return streams.some(({ findings }) => findings.length > 0) ? EXIT_FINDINGS : 0;
}
