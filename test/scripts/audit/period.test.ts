import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { readRecord, type RecordStream } from '../../../scripts/audit/readRecord.ts';
import { bytesOf, headsName, MemoryRecord, readBack, segmentName } from './support/memoryRecord.ts';
import { callLine, KEYS, NO_LINE, rechained, STREAM, writeStream } from './support/writeStream.ts';

const HOUR_MS = 3_600_000;
const MAY = { from: '2026-05-10', to: '2026-05-12' };
const time = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const callOn = (id: string, day: string): object => callLine(id, { at: `${day}T12:00:00.000Z` });
const named = (day: string, number: number): string => `${day.replaceAll('-', '')}t000000z-production-instance-0000000${number}`;

/** A process of January that has filled four blobs by May; a head was signed after each record. */
const longLived = named('2026-01-02', 1);
const days = ['2026-01-03', '2026-02-01', '2026-05-08', '2026-05-11', '2026-05-12', '2026-05-20'];
const written = writeStream({
  stream: longLived, records: days.map((day) => callOn(`call-${day}`, day)), anchoredAfter: [0, 1, 3, 5, 6, 8, 9], segmentAfter: [1, 3, 6],
  signedAt: (seq) => `${[days[0], days[0], days[0], days[1], days[1], days[2], days[3], days[3], days[4], days[5]][seq] ?? ''}T12:00:10.000Z`,
});
const callsOf = ({ believed }: Awaited<ReturnType<typeof readBack>>): string[] => believed.flatMap(({ record }) => (record.kind === 'call' ? [record.callId] : []));

function modified(record: MemoryRecord, stream: string, atMs: number): void {
  for (const name of record.blobs.keys()) if (name.includes(stream)) record.modifiedMs.set(name, atMs);
}

describe('the period of a question', () => {
  it('is that of the calls: a process that began months earlier is looked at, from the segment on that may matter [audit.period]', async () => {
    const record = MemoryRecord.of(written);
    const read = await readBack(record, MAY);
    assert.deepEqual([callsOf(read), read.report.findings, read.report.records], [['call-2026-05-11', 'call-2026-05-12'], [], 2]);
    assert.ok(read.believed.every(({ anchored }) => anchored));
    // The first segment for the line that opens the stream; the second is not needed; the third has the last head before the period.
    assert.deepEqual(record.reads.filter((name) => name.startsWith('audit/')), [0, 2, 3].map((segment) => segmentName(longLived, segment)));
  });

  it('tells what served a call although the segment with that line is not verified', async () => {
    for (const [edit, expected] of [[(text: string) => text, 'production'], [(text: string) => text.replace('"slot":"production"', '"slot":"staging"'), undefined]] as const) {
      const record = MemoryRecord.of(written);
      const blob = segmentName(longLived, 0);
      record.blobs.set(blob, Buffer.from(edit(record.blobs.get(blob)?.toString() ?? '')));
      let stream: RecordStream | undefined;
      await readRecord(record, knownKeys(KEYS), MAY, { take: (_records, of) => void (stream = of) });
      assert.equal(stream?.opening?.slot, expected);
    }
  });

  it('reads no further than a head that was signed after it', async () => {
    const record = MemoryRecord.of(written);
    await readBack(record, { from: '2026-01-01', to: '2026-01-31' });
    assert.deepEqual(record.reads.filter((name) => name.startsWith('audit/')), [segmentName(longLived, 0), segmentName(longLived, 1)]);
  });

  it('leaves alone what ended before it, by the times of the blobs, and what began after it', async () => {
    const record = MemoryRecord.of(written, writeStream({ stream: named('2026-04-01', 2), records: [callOn('ended', '2026-04-02')], anchoredAfter: [1] }),
      writeStream({ stream: named('2026-04-01', 3), records: [callOn('spooled', '2026-05-10')], anchoredAfter: [0] }), writeStream({ stream: named('2026-05-13', 4), records: [callOn('later', '2026-05-13')] }));
    modified(record, longLived, time('2026-05-20'));
    modified(record, named('2026-04-01', 2), time('2026-05-10') - 2 * HOUR_MS);
    modified(record, named('2026-05-13', 4), time('2026-05-13'));
    // Heads of long ago, and a blob that got what had waited on disk.
    modified(record, named('2026-04-01', 3), time('2026-04-01'));
    record.modifiedMs.set(segmentName(named('2026-04-01', 3), 0), time('2026-05-10') - HOUR_MS / 2);
    const read = await readBack(record, MAY);
    assert.deepEqual([callsOf(read), read.report.findings], [['call-2026-05-11', 'call-2026-05-12', 'spooled'], []]);
    assert.deepEqual(record.reads.filter((name) => name.includes(named('2026-04-01', 2)) || name.includes(named('2026-05-13', 4))), []);
  });

  it('has a stream of it that is missing told, and one of earlier days only when it would matter', async () => {
    for (const [day, expected] of [['2026-05-11', ['STREAM_MISSING']], ['2026-04-11', []]] as const) {
      const { segments: _segments, ...rest } = writeStream({ stream: named(day, 5), records: [callOn('gone', day)], anchoredAfter: [1] });
      const record = MemoryRecord.of(written, { ...rest, heads: undefined, segments: [] });
      assert.deepEqual((await readBack(record, MAY)).report.findings.map(({ code }) => code), expected);
    }
    const { segments: _segments, ...withHeads } = writeStream({ stream: named('2026-04-11', 5), records: [callOn('gone', '2026-05-11')], anchoredAfter: [1] });
    assert.deepEqual((await readBack(MemoryRecord.of({ ...withHeads, segments: [] }), MAY)).report.findings.map(({ code }) => code), ['STREAM_MISSING']);
  });

  const rooted: readonly (readonly [what: string, edit: (lines: string[]) => string[], code: string, line: number | undefined])[] = [
    ['an altered record before the head that reading begins with', (lines) => lines.with(1, lines[1]?.replace('call-2026-05-08', 'call-X') ?? ''), 'ANCHOR_MISMATCH', 2],
    ['a first line that is another', (lines) => lines.slice(1), 'RECORD_OUT_OF_ORDER', 1],
    ['a first line that says to be later', (lines) => rechained(lines, 7), 'RECORD_OUT_OF_ORDER', 1],
    ['a first line that follows another', (lines) => rechained(lines, 4, NO_LINE), 'ANCHOR_MISMATCH', 2],
    ['an end before that head', (lines) => lines.slice(0, 1), 'RECORD_MISSING', 1],
  ];
  for (const [what, edit, code, line] of rooted) {
    it(`finds ${what} [audit.tamper]`, async () => {
      const record = MemoryRecord.of(written);
      record.blobs.set(segmentName(longLived, 2), bytesOf(edit([...written.segments[2] ?? []])));
      const { report: { findings }, believed } = await readBack(record, MAY);
      assert.deepEqual([findings[0]?.code, findings[0]?.line, believed], [code, line, []], JSON.stringify(findings));
    });
  }

  it('does not let a forged head hide segments', async () => {
    const record = MemoryRecord.of(writeStream({ stream: longLived, records: days.map((day) => callOn(`call-${day}`, day)), anchoredAfter: [8], segmentAfter: [1, 3, 6], signedAt: () => '2026-05-20T12:00:10.000Z' }));
    const text = record.blobs.get(headsName(longLived))?.toString() ?? '';
    record.add(headsName(longLived), Buffer.from(text.replace('"at":"2026-05-20', '"at":"2026-01-20')));
    const { report: { findings } } = await readBack(record, MAY);
    assert.deepEqual(findings.map(({ code }) => code), ['ANCHOR_FORGED']);
    assert.deepEqual(record.reads.filter((name) => name.startsWith('audit/')).length, 4);
  });

  it('takes streams of one origin alone when it is asked to', async () => {
    const operator = STREAM.replace('production-instance', 'operator-operator');
    const record = MemoryRecord.of(writeStream({ records: [callLine('a')], anchoredAfter: [1] }), writeStream({ stream: operator, records: [{ kind: 'operation', operation: 'access.deny' }], anchoredAfter: [1] }));
    const taken: string[] = [];
    const { findings } = await readRecord(record, knownKeys(KEYS), { from: '2026-11-01', to: '2026-11-30' }, { origin: 'operator', take: (_records, { stream }) => void taken.push(stream) });
    assert.deepEqual([findings, taken], [[], [operator]]);
    assert.ok(record.reads.every((name) => !name.includes(STREAM)));
  });
});
