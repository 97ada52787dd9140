import assert from 'node:assert/strict';
import { generateKeyPairSync, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { bytesOf, headsName, MemoryRecord, readBack, segmentName } from './support/memoryRecord.ts';
import { callLine, DAY, KEYS, rechained, signHead, STREAM, writeStream } from './support/writeStream.ts';

const calls = (count: number): object[] => Array.from({ length: count }, (_, number) => callLine(`call-${number}`));
const end = { kind: 'end' };
/** A stream of which all is anchored: 13 lines in two blobs, heads of the lines 4 and 12. */
const whole = writeStream({ records: [...calls(9), { kind: 'lost', count: 7, from: 'a', to: 'b' }, end], anchoredAfter: [4, 12], segmentAfter: [6] });
const [FIRST, SECOND] = [segmentName(STREAM, 0), segmentName(STREAM, 1)];
const MANIFEST = `anchors/manifest/${DAY}.jsonl`;

type Edit = (record: MemoryRecord) => void;
/** Changes the lines of a blob. */
const lines = (blob: string, change: (all: string[]) => (string | undefined)[]): Edit => (record) => {
  record.blobs.set(blob, bytesOf(change(record.blobs.get(blob)?.toString().split('\n').slice(0, -1) ?? []).map((line) => line ?? '')));
};
const bytes = (blob: string, change: (all: Buffer) => Buffer): Edit => (record) => void record.blobs.set(blob, change(record.blobs.get(blob) ?? Buffer.alloc(0)));
const without = (blob: string): Edit => (record) => void record.blobs.delete(blob);
const also = (blob: string, ...added: string[]): Edit => (record) => record.add(blob, bytesOf(added));
const lineOf = (seq: number): string => whole.segments.flat()[seq] ?? '';
const forged = (seq: number, prev: string): string => JSON.stringify({ seq, prev, at: '2026-11-24T10:00:00.000Z', ...callLine('forged') });

describe('the verification of a record', () => {
  it('finds nothing in one that is as it was written, and believes all of it [audit.verify]', async () => {
    const { report, believed, doubted } = await readBack(MemoryRecord.of(whole));
    assert.deepEqual(report, { from: '2026-01-01', to: '2026-12-31', streams: 1, records: 13, unanchored: 0, unanchoredSince: undefined, lost: 7, open: [], findings: [], notBelieved: [] });
    assert.deepEqual([believed.map(({ record }) => record.seq), believed.every(({ anchored }) => anchored), doubted], [Array.from({ length: 13 }, (_, seq) => seq), true, []]);
  });

  it('follows the heads of a long life over their blobs', async () => {
    const record = MemoryRecord.of({ ...whole, heads: whole.heads?.slice(0, 1) });
    assert.equal((await readBack(record)).report.unanchored, 8);
    record.add(`anchors/heads/${DAY.replaceAll('-', '/')}/${STREAM}.0001.jsonl`, bytesOf(whole.heads?.slice(1) ?? []));
    const { report } = await readBack(record);
    assert.deepEqual([report.findings, report.unanchored], [[], 0]);
  });

  it('tells what is not anchored yet, and that the process did not end', async () => {
    const { report, believed } = await readBack(MemoryRecord.of(writeStream({ records: calls(5), anchoredAfter: [2] })));
    assert.deepEqual([report.findings, report.unanchored, report.unanchoredSince, report.open], [[], 3, '2026-11-24T10:00:03.000Z', [STREAM]]);
    assert.deepEqual(believed.map(({ anchored }) => anchored), [true, true, true, false, false, false]);
  });

  it('finds nothing in what a process leaves that was cut off anywhere', async () => {
    const empty = { ...writeStream({ records: [] }), segments: [[]], manifest: [] };
    const nothingSigned = writeStream({ records: calls(2), isInManifest: false });
    const noHeads = writeStream({ records: calls(2) });
    const emptyHeads = { ...noHeads, heads: [] };
    const twice = { ...whole, heads: [...whole.heads ?? [], ...whole.heads?.slice(1) ?? []], manifest: [...whole.manifest, ...whole.manifest] };
    const emptySegment = { ...whole, segments: [...whole.segments, []] };
    for (const stream of [empty, nothingSigned, noHeads, emptyHeads, twice, emptySegment]) assert.deepEqual((await readBack(MemoryRecord.of(stream))).report.findings, []);
  });

  /** What is done, what is found first, in which line, at which record, and the last record that is still believed. */
  const tampered: readonly (readonly [what: string, edit: Edit, code: string, line: number | undefined, seq: number | undefined, believedTo: number])[] = [
    ['an altered record, and not the one after it', lines(FIRST, (all) => all.with(2, all[2]?.replace('call-1', 'call-X') ?? '')), 'CHAIN_BROKEN', 3, 2, 0],
    ['an altered record that was signed', lines(FIRST, (all) => all.with(4, all[4]?.replace('call-3', 'call-X') ?? '')), 'ANCHOR_MISMATCH', 5, 4, 0],
    ['the last record of all, altered', lines(SECOND, (all) => all.with(-1, all.at(-1)?.replace('10:00:12', '10:00:13') ?? '')), 'ANCHOR_MISMATCH', 6, 12, 4],
    ['a record that says another number', lines(FIRST, (all) => all.with(3, all[3]?.replace('"seq":3', '"seq":2') ?? '')), 'CHAIN_BROKEN', 4, 3, 0],
    ['a record that says to follow another', lines(FIRST, (all) => all.with(3, all[3]?.replace(/"prev":"./, '"prev":"x'.replace('x', all[3].includes('"prev":"0') ? '1' : '0')) ?? '')), 'CHAIN_BROKEN', 4, 3, 0],
    ['a removed record', lines(FIRST, (all) => all.toSpliced(2, 1)), 'RECORD_MISSING', 3, 2, 0],
    ['a doubled record', lines(FIRST, (all) => all.toSpliced(3, 0, all[2] ?? '')), 'RECORD_OUT_OF_ORDER', 4, 3, 0],
    ['two records in each other\'s place', lines(FIRST, (all) => all.with(2, all[3] ?? '').with(3, all[2] ?? '')), 'RECORD_MISSING', 3, 2, 0],
    ['a record put in that fits nowhere', lines(FIRST, (all) => all.toSpliced(2, 0, forged(2, '0'.repeat(64)))), 'CHAIN_BROKEN', 3, 2, 0],
    ['a record put in that follows the one before', lines(FIRST, (all) => all.toSpliced(2, 0, forged(2, hash('sha256', lineOf(1))))), 'CHAIN_BROKEN', 3, 2, 0],
    ['two records put in that follow each other', lines(FIRST, (all) => all.toSpliced(2, 0, ...rechained([forged(2, ''), forged(3, '')], 2, '1'.repeat(64)))), 'CHAIN_BROKEN', 3, 2, 0],
    ['a line that is no record', lines(FIRST, (all) => all.with(5, all[5]?.replace('"kind":"call"', '"kind":"cal"') ?? '')), 'LINE_UNREADABLE', 6, 5, 4],
    ['an empty line', lines(FIRST, (all) => all.toSpliced(5, 0, '')), 'LINE_UNREADABLE', 6, 5, 4],
    ['a byte order mark', bytes(FIRST, (all) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), all])), 'LINE_UNREADABLE', 1, 0, -1],
    ['bytes that are no UTF-8', bytes(FIRST, (all) => Buffer.from(all.toString('latin1').replace('call-4', 'call-\xff'), 'latin1')), 'LINE_UNREADABLE', 6, 5, 4],
    ['a carriage return', lines(FIRST, (all) => all.with(5, `${all[5] ?? ''}\r`)), 'LINE_UNREADABLE', 6, 5, 4],
    ['bytes after the last line feed', bytes(SECOND, (all) => Buffer.concat([all, Buffer.from('{}')])), 'LINE_TORN', 7, 13, 12],
    ['a torn end', bytes(SECOND, (all) => all.subarray(0, -10)), 'LINE_TORN', 6, 12, 4],
    ['a truncated end', lines(SECOND, (all) => all.slice(0, 3)), 'STREAM_TRUNCATED', undefined, 10, 4],
    ['a truncated blob before another', lines(FIRST, (all) => all.slice(0, 6)), 'RECORD_MISSING', 1, 6, 4],
    ['an altered record before a truncated end', (record) => [lines(SECOND, (all) => [all[0], all[1]?.replace('call-6', 'call-X')])].forEach((edit) => edit(record)), 'STREAM_TRUNCATED', undefined, 9, 4],
    ['a missing last blob', without(SECOND), 'STREAM_TRUNCATED', undefined, 7, 4],
    ['a missing first blob', without(FIRST), 'SEGMENT_MISSING', undefined, 0, -1],
    ['no blob at all', (record) => [FIRST, SECOND].forEach((blob) => without(blob)(record)), 'STREAM_MISSING', undefined, undefined, -1],
    ['no blob, known by its heads alone', (record) => [FIRST, SECOND, MANIFEST].forEach((blob) => without(blob)(record)), 'STREAM_MISSING', undefined, undefined, -1],
    ['a chain written anew', (record) => record.put({ ...whole, heads: undefined, manifest: [], segments: [rechained(whole.segments.flat().filter((line) => !line.includes('"kind":"segment"')).map((line) => line.replaceAll('person-1', 'person-2')))] }), 'ANCHOR_MISMATCH', 5, 4, 0],
    ['a chain written anew from its first line', (record) => record.put({ ...whole, heads: undefined, manifest: [], segments: [rechained(whole.segments[0]?.map((line) => line.replace('"slot":"production"', '"slot":"staging"')) ?? [])] }), 'ANCHOR_MISMATCH', 1, 0, -1],
    ['the blob of another stream', (record) => record.blobs.set(FIRST, bytesOf(writeStream({ stream: STREAM.replace('0a1b2c3d', 'ffffffff'), records: calls(12) }).segments[0] ?? [])), 'RECORD_OUT_OF_ORDER', 1, 0, -1],
    ['the line that opens a blob, moved into the one before', (record) => [lines(FIRST, (all) => [...all, lineOf(7)]), lines(SECOND, (all) => all.slice(1))].forEach((edit) => edit(record)), 'RECORD_OUT_OF_ORDER', 8, 7, 4],
    ['an altered head', lines(headsName(STREAM), (all) => all.map((line) => line.replace('"seq":4', '"seq":3'))), 'ANCHOR_FORGED', 1, 3, 12],
    ['a head that is no head', also(headsName(STREAM), '{}'), 'ANCHOR_UNREADABLE', 3, undefined, 12],
    ['a head that was signed for another blob', also(headsName(STREAM), signHead({ stream: STREAM, segment: 1, seq: 2, head: hash('sha256', lineOf(2)), at: `${DAY}T10:10:00.000Z` })), 'ANCHOR_MISMATCH', 3, 2, 0],
    ['a head of another stream', also(headsName(STREAM), signHead({ stream: STREAM.replace('0a1b2c3d', 'ffffffff'), segment: 0, seq: 0, head: '0'.repeat(64), at: `${DAY}T10:10:00.000Z` })), 'ANCHOR_UNREADABLE', 3, undefined, 12],
    ['a manifest without the stream', without(MANIFEST), 'MANIFEST_LINE_MISSING', undefined, undefined, 12],
    ['a line of the manifest that is none', also(MANIFEST, 'junk'), 'ANCHOR_UNREADABLE', 2, undefined, 12],
    ['a line of the manifest of a stream that began on another day', also(MANIFEST, signHead({ stream: STREAM.replace('1124', '1123'), segment: 0, seq: 0, head: '0'.repeat(64), at: `${DAY}T10:10:00.000Z` })), 'ANCHOR_UNREADABLE', 2, undefined, 12],
    ['a line of the manifest that speaks of a later record', also(MANIFEST, signHead({ stream: STREAM, segment: 0, seq: 1, head: hash('sha256', lineOf(1)), at: `${DAY}T10:10:00.000Z` })), 'ANCHOR_UNREADABLE', 2, undefined, 12],
    ['a line of the manifest of a stream that there is not', also(MANIFEST, signHead({ stream: STREAM.replace('0a1b2c3d', 'ffffffff'), segment: 0, seq: 0, head: '0'.repeat(64), at: `${DAY}T10:10:00.000Z` })), 'STREAM_MISSING', undefined, undefined, 12],
    ['a doubled line of the manifest that disagrees', also(MANIFEST, signHead({ stream: STREAM, segment: 0, seq: 0, head: '0'.repeat(64), at: `${DAY}T10:10:00.000Z` })), 'ANCHOR_MISMATCH', 1, 0, -1],
    ['a line of the manifest that is not signed', also(MANIFEST, whole.manifest[0]?.replace(/"signature":"..../, '"signature":"AAAA') ?? ''), 'ANCHOR_FORGED', 2, 0, 12],
    ['a blob that nobody writes', also(`audit/calls/2026/11/24/${STREAM}/extra.jsonl`, 'x'), 'BLOB_UNEXPECTED', undefined, undefined, 12],
    ['a blob in the folder of another day', also(FIRST.replace('11/24', '11/25'), 'x'), 'BLOB_UNEXPECTED', undefined, undefined, 12],
    ['heads whose name leads elsewhere', also('anchors/heads/2026/11/24/..jsonl', 'x'), 'BLOB_UNEXPECTED', undefined, undefined, 12],
  ];
  for (const [what, edit, code, line, seq, believedTo] of tampered) {
    it(`finds ${what}, names it, and believes nothing that may have been touched [audit.tamper]`, async () => {
      const record = MemoryRecord.of(whole);
      edit(record);
      const { report: { findings }, believed } = await readBack(record);
      assert.deepEqual([findings[0]?.code, findings[0]?.line, findings[0]?.seq], [code, line, seq], JSON.stringify(findings));
      assert.deepEqual(believed.map(({ record: { seq: number }, anchored }) => [number, anchored]), Array.from({ length: believedTo + 1 }, (_, number) => [number, true]));
    });
  }

  it('tells what it does not believe', async () => {
    const record = MemoryRecord.of(whole);
    lines(SECOND, (all) => all.with(1, all[1]?.replace('call-6', 'call-X') ?? ''))(record);
    const { report, doubted } = await readBack(record);
    assert.deepEqual(report.notBelieved, [{ stream: STREAM, fromSeq: 5, lines: 8 }]);
    assert.deepEqual(doubted.map((line) => ('callId' in line ? line.callId : line.kind)).sort(), ['call-4', 'call-5', 'call-7', 'call-8', 'call-X', 'end', 'lost', 'segment']);
  });

  it('does not believe what may have lost its line of the manifest to junk', async () => {
    const record = MemoryRecord.of({ ...writeStream({ records: calls(2) }), manifest: ['junk'] }, writeStream({ stream: STREAM.replace('0a1b2c3d', 'ffffffff'), records: calls(1) }));
    const { report: { findings, notBelieved }, believed } = await readBack(record);
    assert.deepEqual([findings.map(({ code }) => code), notBelieved], [['ANCHOR_UNREADABLE'], [{ stream: STREAM, fromSeq: 0, lines: 3 }]]);
    assert.deepEqual(believed.map(({ record: { seq }, anchored }) => [seq, anchored]), [[0, true], [1, false]]);
  });

  it('says what is wrong with the bytes of a line', async () => {
    for (const [edit, message] of [
      [(all: Buffer) => Buffer.from(all.toString('latin1').replace('call-4', 'call-\xff'), 'latin1'), 'The line is not UTF-8.'], [(all: Buffer) => Buffer.from(`\ufeff${all.toString()}`), 'The line begins with a byte order mark.'],
      [(all: Buffer) => Buffer.from(all.toString().replaceAll('\n', '\r\n')), 'The line holds a carriage return.'], [(all: Buffer) => Buffer.from(`\n${all.toString()}`), 'The line is empty.'],
      [(all: Buffer) => Buffer.from(all.toString().replace('"kind":"stream"', `"kind":"stream","more":"${'x'.repeat(4_200_000)}"`)), 'The line is longer than 4194304 bytes.'],
    ] as const) {
      const record = MemoryRecord.of(whole);
      bytes(FIRST, edit)(record);
      assert.equal((await readBack(record)).report.findings[0]?.message, message);
    }
  });

  it('names the first of two neighbours that do not fit when nothing tells which was altered', async () => {
    const record = MemoryRecord.of(writeStream({ records: calls(4), anchoredAfter: [1] }));
    lines(FIRST, (all) => all.with(3, all[3]?.replace('call-2', 'call-X') ?? ''))(record);
    const { report: { findings: [first] }, believed } = await readBack(record);
    assert.deepEqual([first?.code, first?.seq, believed.length], ['CHAIN_BROKEN', 3, 2]);
    assert.match(first?.message ?? '', /nothing tells which/);
  });

  it('takes no signature of another key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const [key] = KEYS.keys;
    assert.ok(key);
    for (const keys of [[{ ...key, x, y }], []]) {
      const { report: { findings }, believed } = await readBack(MemoryRecord.of(whole), undefined, knownKeys({ keys }));
      assert.deepEqual([findings.map(({ code }) => code), believed], [['ANCHOR_FORGED', 'ANCHOR_FORGED', 'ANCHOR_FORGED', 'MANIFEST_LINE_MISSING'], []]);
    }
  });
});
