import { hash } from 'node:crypto';
import fc from 'fast-check';
import { bytesOf, headsName, segmentName, type MemoryRecord } from './memoryRecord.ts';
import { callLine, NO_LINE, rechained, signHead, writeStream, type StreamPlan, type WrittenStream } from './writeStream.ts';

/** A record, what it was made of, and the stream that is tampered with: it has a head. */
export interface Plan {
  readonly streams: readonly StreamPlan[];
  readonly victim: number;
}

/** Texts that decode in more than one way, or look like what a line is made of. */
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('\ufffd', 'ü\ufffdü', '","seq":0', '\r\n', '\ufeff', '😀'));
const change = fc.record({ type: fc.constantFrom('commit', 'incident'), reference: text });
const serverRecord: fc.Arbitrary<object> = fc.oneof(
  fc.tuple(fc.uuid(), text).map(([callId, value]) => callLine(callId, { arguments: { digest: hash('sha256', value), bytes: 1, value } })),
  fc.uuid().map((callId) => {
    const { result: _result, outcome: _outcome, durationMs: _duration, ...intent } = callLine(callId, { kind: 'intent' }) as Record<string, unknown>;
    return intent;
  }),
  fc.tuple(text, fc.integer({ min: 1, max: 9 })).map(([reason, count]) => ({ kind: 'refusal', code: 'TOKEN_EXPIRED', status: 401, count, reason })),
  fc.tuple(fc.uuid(), change).map(([callId, told]) => ({ kind: 'change', callId, by: { oid: 'person-1' }, change: told })),
  fc.integer({ min: 1, max: 9 }).map((count) => ({ kind: 'lost', count, from: '2026-11-24T10:00:00.000Z', to: '2026-11-24T10:00:01.000Z' })),
);
const places = (max: number) => fc.uniqueArray(fc.nat(max), { maxLength: 3 });

function plannedStream(stream: string): fc.Arbitrary<StreamPlan> {
  return fc.array(serverRecord, { maxLength: 10 }).chain((records) => fc.record({
    stream: fc.constant(stream),
    records: fc.boolean().map((hasEnded) => (hasEnded ? [...records, { kind: 'end' }] : records)),
    anchoredAfter: places(records.length + 2),
    segmentAfter: places(records.length),
    isInManifest: fc.constant(true),
  }));
}

const NAMES = ['20261124t100000z-production-aaaaaaaa-00000001', '20261124t100000z-staging-bbbbbbbb-00000002', '20261125t000000z-production-local-00000003', '20261124t120000z-operator-operator-00000004'];

/** One to four streams of two days; the victim has a head. */
export const plan: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: NAMES.length }).chain((count) => fc.record({
  streams: fc.tuple(...NAMES.slice(0, count).map(plannedStream)),
  victim: fc.nat(count - 1),
})).filter(({ streams, victim }) => (lastAnchored(writeStream(streams[victim] as StreamPlan)) ?? -1) >= 0);

/** Number of the last record that a head speaks of. */
export function lastAnchored({ heads, manifest }: WrittenStream): number | undefined {
  const signed = [...heads ?? [], ...manifest].map((line) => (JSON.parse(line) as { seq: number }).seq);
  return signed.length === 0 ? undefined : Math.max(...signed);
}

/** What stands on the draw: `at` chooses a place, `how` a way. */
export interface Draw { readonly at: number; readonly how: number }
export const draw: fc.Arbitrary<Draw> = fc.record({ at: fc.nat(), how: fc.nat() });

/** What tampering was done, as the test that looks for it has to know. */
export interface Tampered {
  readonly record: MemoryRecord;
  /** Number of the first record that is not in its place as it was written; undefined when the chain itself was left alone, or the stream is gone. */
  readonly firstBad: number | undefined;
  /** Whether the finding names that record exactly; otherwise it names one that comes later. */
  readonly isNamed: boolean;
}

type Tamper = (record: MemoryRecord, victim: WrittenStream, draw: Draw) => Omit<Tampered, 'record'> | undefined;

interface Place { readonly segment: number; readonly index: number; readonly seq: number }

/** The places of a stream's lines up to the last one that a head speaks of: what is done after it, nothing can tell. */
function placesOf(victim: WrittenStream): Place[] {
  const last = lastAnchored(victim) ?? -1;
  return victim.segments.flatMap((lines, segment) => lines.map((_, index) => ({ segment, index }))).map((place, seq) => ({ ...place, seq })).filter(({ seq }) => seq <= last);
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)];
}

/** Changes the lines of one segment. */
function edit(record: MemoryRecord, victim: WrittenStream, segment: number, change: (lines: string[]) => string[]): void {
  record.blobs.set(segmentName(victim.stream, segment), bytesOf(change([...victim.segments[segment] ?? []])));
}

function editBytes(record: MemoryRecord, victim: WrittenStream, { segment, index }: Place, change: (line: Buffer) => Buffer): void {
  const lines = victim.segments[segment]?.map((line) => Buffer.from(`${line}\n`)) ?? [];
  record.blobs.set(segmentName(victim.stream, segment), Buffer.concat(lines.map((line, at) => (at === index ? change(line) : line))));
}

/** A way that changes one line, at a place that is drawn. */
function onLine(change: (record: MemoryRecord, victim: WrittenStream, place: Place, how: number) => boolean | void, isPossible: (place: Place, victim: WrittenStream) => boolean = () => true): Tamper {
  return (record, victim, { at, how }) => {
    const place = pick(placesOf(victim).filter((one) => isPossible(one, victim)), at);
    if (!place || change(record, victim, place, how) === false) return undefined;
    return { firstBad: place.seq, isNamed: true };
  };
}

const junk = (seq: number, prev: string): string => JSON.stringify({ seq, prev, at: '2026-11-24T10:00:00.000Z', ...callLine('forged') });
const before = (victim: WrittenStream, seq: number): string => (seq === 0 ? NO_LINE : hash('sha256', victim.segments.flat()[seq - 1] ?? ''));
const lineAt = (victim: WrittenStream, { segment, index }: Place): string => victim.segments[segment]?.[index] ?? '';
const untouched = { firstBad: undefined, isNamed: false };
const anchorLine = (victim: WrittenStream, more: object = {}): string => signHead({ stream: victim.stream, segment: 0, seq: 0, head: NO_LINE, at: `${victim.day}T10:10:00.000Z`, ...more });

/** Every kind of tampering; each gives undefined where the draw leaves nothing to tamper with. */
export const tamperings: Readonly<Record<string, Tamper>> = {
  'a byte altered': onLine((record, victim, place, how) => editBytes(record, victim, place, (line) => {
    const changed = Buffer.from(line);
    const at = how % line.length;
    changed[at] = (line[at] ?? 0) ^ (1 + (Math.floor(how / line.length) % 255));
    return changed;
  })),
  'a digit altered': onLine((record, victim, place, how) => editBytes(record, victim, place, (line) => {
    const changed = line.toString();
    const digits = [...changed.matchAll(/\d/g)].map(({ index }) => index);
    const at = pick(digits, how) ?? 0;
    return Buffer.from(`${changed.slice(0, at)}${(Number(changed[at]) + 1) % 10}${changed.slice(at + 1)}`);
  })),
  'a record removed': onLine((record, victim, { segment, index }) => edit(record, victim, segment, (lines) => lines.toSpliced(index, 1))),
  'a record doubled': (record, victim, { at }) => {
    const place = pick(placesOf(victim), at);
    if (!place) return undefined;
    edit(record, victim, place.segment, (lines) => lines.toSpliced(place.index + 1, 0, lineAt(victim, place)));
    return { firstBad: place.seq + 1, isNamed: true };
  },
  'a record moved forward': (record, victim, { at, how }) => {
    const place = pick(placesOf(victim).filter(({ segment, index }) => index > 0 && segment === 0), at);
    if (!place) return undefined;
    const to = how % place.index;
    edit(record, victim, 0, (lines) => lines.toSpliced(place.index, 1).toSpliced(to, 0, lineAt(victim, place)));
    return { firstBad: to, isNamed: true };
  },
  'a record moved back': onLine((record, victim, { segment, index }, how) => edit(record, victim, segment, (lines) => {
    const [line = ''] = lines.splice(index, 1);
    return lines.toSpliced(index + 1 + (how % Math.max(1, lines.length - index)), 0, line);
  }), ({ segment, index }, victim) => index + 1 < (victim.segments[segment]?.length ?? 0)),
  'a record moved into another stream': onLine((record, victim, place) => {
    const other = [...record.blobs.keys()].find((name) => name.startsWith('audit/calls/') && !name.includes(victim.stream));
    if (other === undefined) return false;
    edit(record, victim, place.segment, (lines) => lines.toSpliced(place.index, 1));
    record.add(other, Buffer.from(`${lineAt(victim, place)}\n`));
    return true;
  }),
  'a record put in that follows the one before': onLine((record, victim, { segment, index, seq }) => edit(record, victim, segment, (lines) => lines.toSpliced(index, 0, junk(seq, before(victim, seq))))),
  'a record put in that follows none': onLine((record, victim, { segment, index, seq }, how) => edit(record, victim, segment, (lines) => lines.toSpliced(index, 0, junk(seq + (how % 3), '1'.repeat(64))))),
  'two neighbours in each other\'s place': onLine((record, victim, { segment, index }) => edit(record, victim, segment, (lines) => lines.toSpliced(index, 2, lines[index + 1] ?? '', lines[index] ?? '')),
    ({ segment, index }, victim) => index + 1 < (victim.segments[segment]?.length ?? 0)),
  'a blob truncated': (record, victim, { at, how }) => {
    const place = pick(placesOf(victim), at);
    if (!place) return undefined;
    const kept = bytesOf(victim.segments[place.segment]?.slice(0, place.index) ?? []).length;
    const blob = segmentName(victim.stream, place.segment);
    record.blobs.set(blob, (record.blobs.get(blob) ?? Buffer.alloc(0)).subarray(0, kept + (how % (Buffer.byteLength(lineAt(victim, place)) + 1))));
    return { firstBad: place.seq, isNamed: true };
  },
  'a blob missing': (record, victim, { at }) => {
    const first = pick(placesOf(victim).filter(({ index }) => index === 0), at);
    if (!first) return undefined;
    record.blobs.delete(segmentName(victim.stream, first.segment));
    return { firstBad: first.seq, isNamed: victim.segments.length > 1 };
  },
  'a stream missing altogether': (record, victim) => {
    victim.segments.forEach((_, segment) => record.blobs.delete(segmentName(victim.stream, segment)));
    return { firstBad: 0, isNamed: false };
  },
  'a chain written anew': (record, victim, { at, how }) => {
    const place = pick(placesOf(victim).filter(({ seq, index }) => seq > 0 && index > 0), at);
    if (!place) return undefined;
    // To the end of its blob, or a few records of it.
    const count = how % 2 === 0 ? Infinity : 1 + (how % 4);
    edit(record, victim, place.segment, (lines) => {
      const anew = lines.slice(place.index, place.index + count).map((line) => line.replace(/"at":"2026/, '"at":"2025'));
      return lines.toSpliced(place.index, anew.length, ...rechained(anew, place.seq, before(victim, place.seq)));
    });
    return { firstBad: place.seq, isNamed: false };
  },
  'a head forged': (record, victim, { at, how }) => {
    const heads = victim.heads ?? [];
    if (heads.length === 0) return undefined;
    const changed = { ...JSON.parse(pick(heads, at) ?? '{}') as object, ...pick([{ seq: 7_777 }, { head: NO_LINE }, { segment: 9 }, { at: '2027' }, { key: 'https://vault.example.net/keys/other/1' }, { signature: 'AAAA' }, { signature: 'A'.repeat(86) }], how) };
    record.blobs.set(headsName(victim.stream), bytesOf(heads.with(at % heads.length, JSON.stringify(changed))));
    return untouched;
  },
  'junk in the heads': (record, victim, { how }) => {
    const blob = headsName(victim.stream);
    if (!record.blobs.has(blob)) return undefined;
    record.add(blob, Buffer.from(pick(['{}\n', '\n', 'x', '\r\n', '\ufeff\n', anchorLine(victim, { stream: 'x' })], how) ?? ''));
    return untouched;
  },
  'a line of the manifest removed': (record, victim) => {
    const blob = `anchors/manifest/${victim.day}.jsonl`;
    if (!victim.heads) return undefined;
    record.blobs.set(blob, bytesOf((record.blobs.get(blob)?.toString() ?? '').split('\n').filter((line) => line !== '' && !victim.manifest.includes(line))));
    return untouched;
  },
  'junk in the manifest': (record, victim, { how }) => {
    record.add(`anchors/manifest/${victim.day}.jsonl`, Buffer.from(pick(['{}\n', '\n', '\r\n', 'x', victim.manifest[0] ?? '', anchorLine(victim, { stream: '../x' }), `${anchorLine(victim, { stream: victim.stream.replace(/.{4}$/, 'dead') })}\n`], how) ?? ''));
    return untouched;
  },
  'a doubled line of the manifest that disagrees': (record, victim) => {
    record.add(`anchors/manifest/${victim.day}.jsonl`, bytesOf([anchorLine(victim)]));
    return { firstBad: 0, isNamed: true };
  },
  'bytes that are no UTF-8 in the place of U+FFFD': onLine((record, victim, place, how) => editBytes(record, victim, place, (line) => {
    const at = line.indexOf('\ufffd');
    return Buffer.concat([line.subarray(0, at), Buffer.from(pick([[0xff], [0xc0, 0x80].slice(0, 1), [0xed], [0xf5]], how) ?? []), line.subarray(at + 3)]);
  }), (place, victim) => lineAt(victim, place).includes('\ufffd')),
  'a byte order mark, a carriage return or an empty line': onLine((record, victim, place, how) => editBytes(record, victim, place, (line) =>
    pick([Buffer.concat([Buffer.from('\ufeff'), line]), Buffer.concat([line.subarray(0, -1), Buffer.from('\r\n')]), Buffer.concat([Buffer.from('\n'), line])], how) ?? line)),
};
