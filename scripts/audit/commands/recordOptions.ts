import type { ParseArgsOptionsConfig } from 'node:util';
import { ArgumentError } from '../../actions.ts';
import { parseStack } from '../../arguments.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { openCopy } from '../copy.ts';
import { describeFinding, type Finding } from '../finding.ts';
import { openRecord, type OpenRecord } from '../openRecord.ts';
import { dayOf, lastDays, type Period } from '../period.ts';
import { printable } from '../printable.ts';
import { vaultKeys, type VaultKeys } from '../publicKeys.ts';
import { readRecord, type RecordReader, type RecordReport, type SignatureKeys } from '../readRecord.ts';
import { blobSource, type BlobSource } from '../source.ts';

/** Exit code when the record is not as it was written. */
export const EXIT_FINDINGS = 3;
const DEFAULT_DAYS = 30;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const VAULT_SCOPE = 'https://vault.azure.net/.default';

/** Options that say which record is meant, and `--json`. */
export const WHERE_OPTIONS = { stack: { type: 'string' }, 'blob-url': { type: 'string' }, 'key-url': { type: 'string' }, json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

/** Options of every action that reads the record. */
export const RECORD_OPTIONS = { ...WHERE_OPTIONS, from: { type: 'string' }, to: { type: 'string' }, offline: { type: 'string' } } as const satisfies ParseArgsOptionsConfig;

type Given<T> = { readonly [Name in keyof T]?: string | undefined };
export type Where = Given<Omit<typeof WHERE_OPTIONS, 'json'>>;
export type RecordOptions = Where & Given<Pick<typeof RECORD_OPTIONS, 'from' | 'to' | 'offline'>>;

/** The record of a stack, or a copy of it, and the days that were asked for. */
export interface ChosenRecord {
  readonly period: Period;
  /** The last day that there is something of: today, or that of the copy. */
  readonly lastDay: string;
  /** @param period instead of the days that were asked for */
  read(reader: RecordReader, period?: Period): Promise<RecordReport>;
}

/** One that is on line. */
export interface OnlineRecord extends ChosenRecord {
  readonly record: OpenRecord;
  readonly source: BlobSource;
  readonly keys: VaultKeys;
}

/**
 * Opens what the options name.
 * @throws ArgumentError for days that are none; CommandError of `openCopy` and `openRecord`
 */
export async function chooseRecord(context: CommandContext, options: RecordOptions, now = new Date()): Promise<ChosenRecord> {
  if (options.offline === undefined) return chooseOnlineRecord(context, options, now);
  const { source, keys, period: copied, findings } = await openCopy(options.offline);
  const period = periodOf(options, copied);
  if (period.from < copied.from || period.to > copied.to) throw new ArgumentError(`The copy holds ${copied.from} to ${copied.to}; --from and --to were given ${period.from} to ${period.to}`);
  return { period, lastDay: copied.to, read: readerOf(context, source, keys, period, findings) };
}

/** @throws ArgumentError when a copy is named */
export async function chooseOnlineRecord(context: CommandContext, options: RecordOptions, now = new Date()): Promise<OnlineRecord> {
  if (options.offline !== undefined) throw new ArgumentError('--offline was given: this needs the record itself, not a copy');
  const period = periodOf(options, lastDays(DEFAULT_DAYS, now));
  const record = await openWhere(context, options);
  const source = blobSource(record.containers);
  const keys = vaultKeys(record.keyUrl, () => record.token(VAULT_SCOPE));
  return { record, source, keys, period, lastDay: dayOf(now), read: readerOf(context, source, keys, period, []) };
}

export function openWhere(context: CommandContext, { stack, 'blob-url': blobUrl, 'key-url': keyUrl }: Where): Promise<OpenRecord> {
  return openRecord(context, { stack: parseStack(stack), blobUrl, keyUrl });
}

function readerOf(context: CommandContext, source: BlobSource, keys: SignatureKeys, asked: Period, findings: readonly Finding[]): ChosenRecord['read'] {
  return async (reader, period = asked) => {
    const report = await progressOf(context).step('Reading and verifying the record', () => readRecord(source, keys, period, reader));
    return { ...report, findings: [...findings, ...report.findings] };
  };
}

/** @throws ArgumentError */
function periodOf({ from, to }: RecordOptions, otherwise: Period): Period {
  const period = { from: from ?? otherwise.from, to: to ?? otherwise.to };
  for (const [name, value] of Object.entries(period)) if (!DAY.test(value) || Number.isNaN(Date.parse(value)) || dayOf(new Date(value)) !== value) throw new ArgumentError(`--${name} was given "${value}". Allowed: a day as YYYY-MM-DD`);
  if (period.from > period.to) throw new ArgumentError(`--from ${period.from} is after --to ${period.to}`);
  return period;
}

/**
 * Says on standard error what is not as it was written, and what therefore was left out.
 * @returns the exit code: 0 when all is as it was written, 3 when not
 */
export function tellFindings(context: CommandContext, { findings, notBelieved }: RecordReport): 0 | typeof EXIT_FINDINGS {
  if (findings.length === 0) return 0;
  context.stderr.write(`\nThe record is not as it was written:\n${findings.map((finding) => `  ${printable(describeFinding(finding))}\n`).join('')}`);
  for (const { stream, fromSeq, lines } of notBelieved) context.stderr.write(`Left out: ${lines} ${lines === 1 ? 'line' : 'lines'} of ${stream}, from record ${fromSeq} on: not to be believed.\n`);
  return EXIT_FINDINGS;
}
