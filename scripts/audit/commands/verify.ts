import { parseActionOptions } from '../../actions.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { openCopy, takeCopy } from '../copy.ts';
import { describeFinding } from '../finding.ts';
import { printable } from '../printable.ts';
import { readRecord, type RecordReport } from '../readRecord.ts';
import { chooseOnlineRecord, chooseRecord, EXIT_FINDINGS, RECORD_OPTIONS, type RecordOptions } from './recordOptions.ts';

/** `npm run audit -- verify`: whether the record is as it was written. Exit code 3: it is not. */
export async function verify(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...RECORD_OPTIONS, download: { type: 'string' } });
  const reader = { take: () => undefined };
  const report = options.download === undefined ? await (await chooseRecord(context, options)).read(reader) : await verifyCopy(context, options, options.download);
  context.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report));
  return report.findings.length === 0 ? 0 : EXIT_FINDINGS;
}

/** Takes a copy, and verifies that: what is found is found again by whoever is given it. */
async function verifyCopy(context: CommandContext, options: RecordOptions, folder: string): Promise<RecordReport> {
  const { source, keys, period } = await chooseOnlineRecord(context, options);
  const progress = progressOf(context);
  await progress.step('Copying the record', () => takeCopy(source, keys, period, folder, new Date()));
  const copy = await openCopy(folder);
  const report = await progress.step('Reading and verifying the copy', () => readRecord(copy.source, copy.keys, period, { take: () => undefined }));
  return { ...report, findings: [...copy.findings, ...report.findings] };
}

function formatReport({ from, to, streams, open, records, unanchored, unanchoredSince, lost, notBelieved, findings }: RecordReport): string {
  return `${formatTable([
    ['Period', `${from} to ${to}`],
    ['Streams', `${streams}, of which ${open.length} run or were cut off`],
    ['Records', String(records)],
    ['Not anchored', unanchored === 0 ? 'none' : `${unanchored} at the ends of streams, the oldest of ${unanchoredSince ?? ''}: in the chain, not signed yet`],
    ['Lost', lost === 0 ? 'none' : `${lost} that the server could keep nowhere, by its own count`],
    ['Not believed', notBelieved.length === 0 ? 'none' : ''],
    ...notBelieved.map(({ stream, fromSeq, lines }) => ['', `${lines} ${lines === 1 ? 'line' : 'lines'} of ${stream}, from record ${fromSeq} on`]),
    ['Findings', findings.length === 0 ? 'none: the record is as it was written' : String(findings.length)],
    ...findings.map((finding) => ['', printable(describeFinding(finding))]),
  ])}\n`;
}
