import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openCopy, takeCopy } from '../../../scripts/audit/copy.ts';
import { knownKeys, type VaultKeys } from '../../../scripts/audit/publicKeys.ts';
import { MemoryRecord, readBack, segmentName, YEAR } from './support/memoryRecord.ts';
import { callLine, KEYS, STREAM, writeStream } from './support/writeStream.ts';

const NOW = new Date('2026-11-25T00:00:00Z');
const keys = (): VaultKeys => ({ ...knownKeys(KEYS), loaded: KEYS });
const longLived = '20260102t000000z-production-instance-00000001';
const MAY = { from: '2026-05-10', to: '2026-05-12' };
const days = ['2026-01-03', '2026-02-01', '2026-05-11'];
const old = writeStream({
  stream: longLived, records: days.map((day) => callLine(`call-${day}`, { at: `${day}T12:00:00.000Z` })), anchoredAfter: [0, 1, 3, 5], segmentAfter: [1, 3],
  signedAt: (seq) => `${[days[0], days[0], days[0], days[1], days[1], days[2]][seq] ?? ''}T12:00:10.000Z`,
});
const young = writeStream({ records: [callLine('a'), callLine('b')], anchoredAfter: [1] });

describe('a copy of the record', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'copy-')), 'copy');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));
  const files = (): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();

  it('holds what the record holds, byte by byte, and is judged alike [audit.copy]', async () => {
    const record = MemoryRecord.of(old, young);
    record.add(segmentName(STREAM, 0), Buffer.from([0xff, 0x0d]));
    record.add('anchors/manifest/2026-11-24.jsonl', Buffer.from('junk'));
    record.add('audit/calls/2026/11/24/stray', Buffer.from('x'));
    record.blobs.set('anchors/heads/2026/11/24/..jsonl', Buffer.from('x'));
    await takeCopy(record, keys(), YEAR, folder, NOW);
    for (const [name, bytes] of record.blobs) if (!/stray|\.\./.test(name)) assert.deepEqual(readFileSync(join(folder, name)), bytes, name);
    const copy = await openCopy(folder);
    const [online, offline] = [await readBack(record), await readBack(copy.source, YEAR, copy.keys)];
    assert.deepEqual([...copy.findings, ...offline.report.findings], online.report.findings);
    assert.deepEqual([copy.findings.length, offline.believed, copy.period], [2, online.believed, YEAR]);
  });

  it('leaves out what cannot matter, and is as good for its period and for less [audit.copy]', async () => {
    const record = MemoryRecord.of(old, young);
    for (const name of record.blobs.keys()) record.modifiedMs.set(name, Date.parse(name.includes(longLived) || name.includes('2026-01-02') ? '2026-05-11' : '2026-11-24'));
    await takeCopy(record, keys(), MAY, folder, NOW);
    assert.deepEqual(files(), [`anchors/heads/2026/01/02/${longLived}.jsonl`, 'anchors/manifest/2026-01-02.jsonl', segmentName(longLived, 1), segmentName(longLived, 2), 'copy.json', 'keys.json']);
    const { source, keys: copied } = await openCopy(folder);
    for (const period of [MAY, { from: MAY.to, to: MAY.to }]) {
      const { report, believed } = await readBack(source, period, copied);
      assert.deepEqual([report.findings, believed.filter(({ record: { kind } }) => kind === 'call').length], [[], period === MAY ? 1 : 0]);
    }
  });

  it('is never written over something else', async () => {
    await takeCopy(MemoryRecord.of(young), keys(), YEAR, folder, NOW);
    const before = files();
    await assert.rejects(takeCopy(new MemoryRecord(), keys(), YEAR, folder, NOW), { code: 'AUDIT_FOLDER_IN_USE' });
    await assert.rejects(takeCopy(new MemoryRecord(), keys(), YEAR, join(folder, '..'), NOW), { code: 'AUDIT_FOLDER_IN_USE' });
    assert.deepEqual(files(), before);
  });

  it('that was cut off is no copy, and is completed by the same command', async () => {
    const record = MemoryRecord.of(old, young);
    let requests = 0;
    record.before = () => {
      requests += 1;
    };
    await takeCopy(record, keys(), YEAR, folder, NOW);
    const whole = files();
    for (let at = 1; at <= requests; at += 1) {
      rmSync(folder, { recursive: true });
      let left = at;
      record.before = () => {
        left -= 1;
        if (left === 0) throw new Error('cut off');
      };
      await assert.rejects(takeCopy(record, keys(), YEAR, folder, NOW), /cut off/);
      await assert.rejects(openCopy(folder), { code: 'AUDIT_NO_COPY' });
      record.before = () => undefined;
      await takeCopy(record, keys(), YEAR, folder, NOW);
      assert.deepEqual(files(), whole);
    }
  });

  it('that somebody has changed is found, or refused', async () => {
    await takeCopy(MemoryRecord.of(young), keys(), YEAR, folder, NOW);
    const path = join(folder, segmentName(STREAM, 0));
    writeFileSync(path, readFileSync(path, 'utf8').replace('"callId":"a"', '"callId":"x"'));
    const { source, keys: copied } = await openCopy(folder);
    assert.deepEqual((await readBack(source, YEAR, copied)).report.findings.map(({ code, seq }) => [code, seq]), [['ANCHOR_MISMATCH', 1]]);
    writeFileSync(join(folder, 'keys.json'), '{}');
    await assert.rejects(openCopy(folder), { code: 'AUDIT_COPY_UNREADABLE' });
    writeFileSync(join(folder, 'copy.json'), readFileSync(join(folder, 'copy.json'), 'utf8').replace('2026-01-01', 'ever'));
    await assert.rejects(openCopy(folder), { code: 'AUDIT_COPY_UNREADABLE' });
    assert.equal(existsSync(join(folder, 'copy.unfinished')), false);
  });
});
