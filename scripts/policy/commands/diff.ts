import { ArgumentError, parseAction } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatDiff, formatDiffMarkdown } from '../diff/formatDiff.ts';
import { readReport } from '../diff/readReport.ts';
import { diffReports } from '../diff/reportDiff.ts';

/** Something got worse from the first report to the second. */
const EXIT_WORSE = 3;

/** `npm run policy -- diff BEFORE AFTER`: what changed from one report to another. Exit code 3: something got worse. */
export async function diff(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals: [before, after, ...others] } = parseAction(argv, { json: { type: 'boolean' }, markdown: { type: 'boolean' } });
  if (before === undefined || after === undefined || others.length > 0) throw new ArgumentError(`diff takes two reports, the earlier one first, and was given ${[before, after, ...others].filter((one) => one !== undefined).length}`);
  if (options.json && options.markdown) throw new ArgumentError('--json and --markdown were given together, and one of them is allowed');
  const found = diffReports(await readReport(before), await readReport(after));
  context.stdout.write(options.json ? `${JSON.stringify(found)}\n` : options.markdown ? formatDiffMarkdown(found) : formatDiff(found));
  return found.worse.length === 0 ? 0 : EXIT_WORSE;
}
