import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import type { VerifiedStream } from '../verifyStream.ts';
import { EXIT_FINDINGS, readRecord, RECORD_OPTIONS } from './recordOptions.ts';

/** `npm run audit -- verify`: whether the record is as it was written. Exit code 3: it is not. */
export async function verify(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...RECORD_OPTIONS, download: { type: 'string' } });
  const { streams, period } = await readRecord(context, options, options.download);
  const findings = streams.flatMap((stream) => stream.findings);
  const sum = (count: (stream: VerifiedStream) => number): number => streams.reduce((total, stream) => total + count(stream), 0);
  const result = {
    ...period, streams: streams.length, records: sum(({ lines }) => lines.length), unanchored: sum(({ unanchored }) => unanchored), lost: sum(({ lost }) => lost),
    open: streams.filter(({ hasEnded }) => !hasEnded).map(({ stream }) => stream), findings,
  };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${formatTable([
    ['Period', `${period.from} to ${period.to}`],
    ['Streams', `${result.streams}, of which ${result.open.length} run or were cut off`],
    ['Records', String(result.records)],
    ['Not anchored', `${result.unanchored} at the ends of streams: in the chain, not signed yet`],
    ['Lost', result.lost === 0 ? 'none' : `${result.lost} that the server could keep nowhere, by its own count`],
    ['Findings', findings.length === 0 ? 'none: the record is as it was written' : String(findings.length)],
    ...findings.map(({ code, stream, blob, line, message }) => ['', `${code} in ${blob ?? stream}${line === undefined ? '' : `, line ${line}`}: ${message}`]),
  ])}\n`);
  return findings.length === 0 ? 0 : EXIT_FINDINGS;
}
