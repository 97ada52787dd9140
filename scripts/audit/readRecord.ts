import { judgeAnchors, type StreamAnchors, type VerifySignature } from './anchors.ts';
import { ChainCheck, type BelievedRecord, type ChainReport } from './chainCheck.ts';
import type { Finding } from './finding.ts';
import { parseLine, type Head, type RecordLine, type StreamLine } from './lines.ts';
import { beginOf, CLOCK_SKEW_MS, endOf, isWithin, type Period } from './period.ts';
import { digestOf, splitLines, textOf } from './rawLines.ts';
import type { BlobSource } from './source.ts';
import { chooseStreams, readDay, type StoredStream } from './storedStreams.ts';
import { segmentBlob, type StreamName } from './streamName.ts';

/** Public halves of the keys that sign. */
export interface SignatureKeys {
  /** Gets those that are not there yet. One that cannot be had is left out: its signatures count for nothing. */
  load(ids: ReadonlySet<string>): Promise<void>;
  readonly verify: VerifySignature;
}

/** The stream that records come from. */
export interface RecordStream extends StreamName {
  /** Its first line, which says what served; undefined when it lies in a segment that is not there any more. */
  readonly opening: StreamLine | undefined;
}

/** Told what is read, as it is read. */
export interface RecordReader {
  /** Streams of that origin alone are read; of any when absent. */
  readonly origin?: StreamName['origin'];
  /** Records of the period that are to be believed, in the order of their stream. */
  take(records: readonly BelievedRecord[], stream: RecordStream): void | Promise<void>;
  /** A record of the period that is not to be believed, and can be read. */
  doubt?(record: RecordLine, stream: StreamName): void;
}

/** What came of reading the record of a period. */
export interface RecordReport extends Period {
  readonly streams: number;
  /** Records that are to be believed. */
  readonly records: number;
  /** Of these, those that no signed head speaks of yet, and the time of the oldest. */
  readonly unanchored: number;
  readonly unanchoredSince: string | undefined;
  /** Records that the server could keep nowhere, by its own count. */
  readonly lost: number;
  /** Streams of processes that run, or were cut off. */
  readonly open: readonly string[];
  readonly findings: readonly Finding[];
  /** Lines that are not to be believed: from that record of the stream on. */
  readonly notBelieved: readonly { readonly stream: string; readonly fromSeq: number; readonly lines: number }[];
}

type MutableReport = { -readonly [Name in keyof RecordReport]: RecordReport[Name] extends readonly (infer T)[] ? T[] : RecordReport[Name] };

/** Reads and verifies what the record says about a period. Of each stream it holds what lies between two heads. */
export async function readRecord(source: BlobSource, keys: SignatureKeys, period: Period, reader: RecordReader): Promise<RecordReport> {
  const { days, findings } = await chooseStreams(source, period, reader.origin);
  const report: MutableReport = { ...period, streams: 0, records: 0, unanchored: 0, unanchoredSince: undefined, lost: 0, open: [], findings: [...findings], notBelieved: [] };
  for (const [day, chosen] of days) {
    const stored = await readDay(source, day, chosen, { isWholeDay: day >= period.from, origin: reader.origin });
    report.findings.push(...stored.findings);
    await keys.load(keyIdsOf(stored.streams));
    for (const stream of stored.streams) addUp(report, stream, await readStream(source, stream, keys.verify, period, counting(report, period, reader)));
  }
  return report;
}

export function keyIdsOf(streams: readonly StoredStream[]): Set<string> {
  return new Set(streams.flatMap(({ heads = [], manifest }) => [...manifest.lines, ...heads]).flatMap(({ head }) => head?.key ?? []));
}

function addUp(report: MutableReport, { stream }: StreamName, { findings, doubted, state }: ChainReport): void {
  report.streams += 1;
  report.findings.push(...findings);
  if (state === 'open') report.open.push(stream);
  if (doubted) report.notBelieved.push({ stream, ...doubted });
}

/** Passes on what belongs to the period, and counts it. */
function counting(report: MutableReport, period: Period, reader: RecordReader): RecordReader {
  const belongs = isWithin(period);
  return {
    take(records, stream) {
      const within = records.filter(({ record }) => belongs(record.at));
      for (const { record, anchored } of within) {
        report.records += 1;
        if (record.kind === 'lost') report.lost += record.count;
        if (anchored) continue;
        report.unanchored += 1;
        if (report.unanchoredSince === undefined || record.at < report.unanchoredSince) report.unanchoredSince = record.at;
      }
      return within.length > 0 ? reader.take(within, stream) : undefined;
    },
    doubt(record, stream) {
      if (belongs(record.at)) reader.doubt?.(record, stream);
    },
  };
}

async function readStream(source: BlobSource, stored: StoredStream, verify: VerifySignature, period: Period, reader: RecordReader): Promise<ChainReport> {
  const anchors = judgeAnchors(stored.stream, stored.heads, stored.manifest, verify);
  const root = rootOf(anchors, period);
  const check = new ChainCheck({ stream: stored.stream, anchors, root, untilMs: endOf(period) + CLOCK_SKEW_MS, onDoubt: (record) => reader.doubt?.(record, stored) });
  let opening = root && await readOpening(source, stored, anchors);
  const pass = async (records: readonly BelievedRecord[]): Promise<void> => {
    const [first] = records;
    if (first?.record.kind === 'stream') opening = first.record;
    if (first) await reader.take(records, { stream: stored.stream, day: stored.day, origin: stored.origin, opening });
  };
  for (const { segment, blob } of stored.segments) {
    if (segment < (root?.segment ?? 0) || check.isPast) continue;
    const chunks = await source.read('audit', blob);
    // One that was listed and is not there is missing: the next one, or a head, tells.
    if (!chunks) continue;
    check.begin(segment, blob);
    for await (const lines of splitLines(chunks)) {
      for (const line of lines) check.add(line);
      await pass(check.take());
      if (check.isPast) break;
    }
  }
  const { report, believed } = check.end();
  await pass(believed);
  return report;
}

/**
 * Where reading may begin: a head that was signed before the period. What it speaks of happened before, and so did all that lies in earlier segments. The segment that
 * it lies in is read from its beginning: the head proves how that begins.
 */
export function rootOf({ bySeq }: StreamAnchors, period: Period): Head | undefined {
  const beforeMs = beginOf(period) - CLOCK_SKEW_MS;
  let root: Head | undefined;
  for (const heads of bySeq.values()) for (const head of heads) if (head.segment > 0 && Date.parse(head.at) < beforeMs && head.seq > (root?.seq ?? -1)) root = head;
  return root;
}

/** The line that opens a stream whose first segments are not read. The manifest has its digest, signed. */
async function readOpening(source: BlobSource, name: StreamName, { bySeq }: StreamAnchors): Promise<StreamLine | undefined> {
  const chunks = await source.read('audit', segmentBlob(name, 0));
  for await (const [line] of splitLines(chunks ?? emptySource())) {
    const read = line && textOf(line);
    const record = read && 'text' in read && bySeq.get(0)?.some(({ head }) => head === digestOf(line)) ? parseLine(read.text) : undefined;
    if (line) return record?.kind === 'stream' ? record : undefined;
  }
  return undefined;
}

async function* emptySource(): AsyncGenerator<Buffer> {
  // Nothing is there.
}
