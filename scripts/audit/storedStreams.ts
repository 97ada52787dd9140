import { readAnchorLines, type AnchorLine, type ManifestOfStream } from './anchors.ts';
import type { Finding } from './finding.ts';
import { beginOf, CLOCK_SKEW_MS, type Period } from './period.ts';
import type { BlobSource, ListedBlob } from './source.ts';
import { FOLDERS, headsBlob, manifestBlob, parseHeadsBlob, parseManifestBlob, parseSegmentBlob, parseStreamName, type StreamName } from './streamName.ts';

/** A stream as it is stored. */
export interface StoredStream extends StreamName {
  /** Lines of its heads, of all their blobs; undefined when there is none. */
  readonly heads: readonly AnchorLine[] | undefined;
  readonly manifest: ManifestOfStream;
  /** In their order. */
  readonly segments: readonly { readonly segment: number; readonly blob: string }[];
}

/** The streams that began on one day. */
export interface StoredDay {
  readonly day: string;
  readonly streams: readonly StoredStream[];
  /** What is wrong with the day's manifest as such. */
  readonly findings: readonly Finding[];
}

/** What may say something about a period. */
export interface Candidates {
  /** Streams by the day on which they began. */
  readonly days: ReadonlyMap<string, ReadonlySet<string>>;
  readonly findings: readonly Finding[];
}

export interface DayOptions {
  /** Whether streams that the manifest alone speaks of count: not on a day before the period, of which the other streams do not matter. */
  readonly isWholeDay: boolean;
  /** Streams of that origin alone. */
  readonly origin?: StreamName['origin'] | undefined;
}

/** Requests that run at once. */
const PARALLEL = 16;

/**
 * Chooses the streams to look at, by names and times alone: those that began before the end of the period, and to which something was added after its beginning. A process
 * that began months earlier and still answers is among them. A stream that is known by its heads alone counts too. All days of the period that have a manifest are listed.
 */
export async function chooseStreams(source: BlobSource, period: Period, origin?: StreamName['origin']): Promise<Candidates> {
  const [segments, heads, manifests] = await Promise.all([Promise.all(foldersOf(origin).map((folder) => source.list('audit', folder))), source.list('anchors', 'heads/'), source.list('anchors', 'manifest/')]);
  const sinceMs = beginOf(period) - CLOCK_SKEW_MS;
  const isLate = ({ modifiedMs }: ListedBlob): boolean => modifiedMs === undefined || modifiedMs >= sinceMs;
  const days = new Map<string, Set<string>>();
  const findings: Finding[] = [];
  const take = (container: string, parse: (name: string) => StreamName | undefined) => (listed: ListedBlob): void => {
    const name = parse(listed.name);
    if (!isLate(listed)) return;
    if (!name) findings.push({ code: 'BLOB_UNEXPECTED', blob: `${container}/${listed.name}`, message: 'No writer of the record makes a blob of that name there.' });
    else if (name.day <= period.to && isOf(name, origin)) days.set(name.day, (days.get(name.day) ?? new Set()).add(name.stream));
  };
  segments.flat().forEach(take('audit', parseSegmentBlob));
  heads.forEach(take('anchors', parseHeadsBlob));
  for (const listed of manifests) {
    const day = parseManifestBlob(listed.name);
    if (day === undefined && isLate(listed)) findings.push({ code: 'BLOB_UNEXPECTED', blob: `anchors/${listed.name}`, message: 'No writer of the record makes a blob of that name there.' });
    if (day !== undefined && day >= period.from && day <= period.to && !days.has(day)) days.set(day, new Set());
  }
  return { days: new Map([...days].sort(([left], [right]) => (left < right ? -1 : 1))), findings };
}

/**
 * Reads what is stored of the streams of one day, without the content of their segments.
 *
 * A process writes while this reads. It writes a record, then the line of the manifest, then a head of the record; each block lands whole, and a segment begins when
 * the one before is complete. This reads the other way round, so that whatever speaks of something is read before it:
 *  1. the heads. What is signed later is not seen.
 *  2. the manifest. A stream that has heads stands in it by then; one that begins meanwhile may stand in it too.
 *  3. the names of segments. What a head or the manifest speaks of lies in one of them.
 *  4. the segments, each as long as it is when its turn comes, after this function. A segment that another one follows in the list was complete before; the last one
 *     holds at least what the heads speak of. What it holds beyond is in the chain, and not anchored yet. A segment that begins later is not seen, and nothing that was
 *     read speaks of it.
 */
export async function readDay(source: BlobSource, day: string, chosen: ReadonlySet<string>, { isWholeDay, origin }: DayOptions): Promise<StoredDay> {
  const heads = new Map(await mapParallel([...chosen], async (stream) => [stream, await readHeads(source, stream)] as const));
  const { byStream, findings } = await readManifest(source, day);
  const named = [...byStream.keys()].filter((stream) => isWholeDay && !heads.has(stream) && isOf(parseStreamName(stream), origin));
  for (const stream of named) heads.set(stream, await readHeads(source, stream));
  const listed = (await Promise.all(foldersOf(origin).map((folder) => source.list('audit', `${folder}${day.replaceAll('-', '/')}/`)))).flat();
  const segments = Map.groupBy(listed.flatMap(({ name }) => {
    const parsed = parseSegmentBlob(name);
    return parsed ? [{ ...parsed, blob: name }] : [];
  }), ({ stream }) => stream);
  const streams = [...heads].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([stream, lines]) => {
    const name = parseStreamName(stream);
    return name ? [{ ...name, heads: lines, manifest: { lines: byStream.get(stream) ?? [], hasJunk: findings.length > 0 }, segments: (segments.get(stream) ?? []).sort((left, right) => left.segment - right.segment) }] : [];
  });
  return { day, streams, findings };
}

function isOf(name: StreamName | undefined, origin: StreamName['origin'] | undefined): boolean {
  return origin === undefined || name?.origin === origin;
}

function foldersOf(origin: StreamName['origin'] | undefined): string[] {
  return origin === undefined ? Object.values(FOLDERS) : [FOLDERS[origin]];
}

async function readHeads(source: BlobSource, stream: string): Promise<AnchorLine[] | undefined> {
  const name = parseStreamName(stream);
  if (!name) return undefined;
  let lines: AnchorLine[] | undefined;
  for (let number = 0; ; number += 1) {
    const blob = headsBlob(name, number);
    const chunks = await source.read('anchors', blob);
    if (!chunks) return lines;
    lines = [...(lines ?? []), ...(await readAnchorLines(blob, chunks))];
  }
}

async function readManifest(source: BlobSource, day: string): Promise<{ byStream: Map<string, AnchorLine[]>; findings: Finding[] }> {
  const blob = manifestBlob(day);
  const chunks = await source.read('anchors', blob);
  const byStream = new Map<string, AnchorLine[]>();
  const findings: Finding[] = [];
  for (const line of chunks ? await readAnchorLines(blob, chunks) : []) {
    const stream = line.head?.stream ?? '';
    if (parseStreamName(stream)?.day === day) byStream.set(stream, [...(byStream.get(stream) ?? []), line]);
    else findings.push({ code: 'ANCHOR_UNREADABLE', blob, line: line.line, message: line.head ? `The line is of no stream that began on ${day}.` : 'The line is no head.' });
  }
  return { byStream, findings };
}

/** Maps with a bounded number of requests at once; results are in the order of the items. */
async function mapParallel<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await map(items[index] as T);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return results;
}
