import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { openOperatorStream } from '../../../../scripts/audit/operatorStream.ts';
import { createOperatorStreams, type OperatorStreams } from '../../../../scripts/audit/snapshots/operatorStreams.ts';
import { findSnapshots } from '../../../../scripts/audit/snapshots/recordedSnapshots.ts';
import { headsName, MemoryRecord, rememberingKeys, segmentName } from '../support/memoryRecord.ts';

const CALLS = '20261124t090000z-production-instance-0a1b2c3d';
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

describe('the streams of operators', () => {
  let record: MemoryRecord;
  let streams: OperatorStreams;

  beforeEach(() => {
    record = new MemoryRecord();
    streams = createOperatorStreams(record, rememberingKeys());
  });

  /** A snapshot as the command records it. */
  async function write(at: string, digest: string): Promise<string> {
    const stream = openOperatorStream(record, () => new Date(at));
    await stream.append([{ kind: 'operation', operation: 'access.snapshot', by: { oid: 'o', azp: 'c' }, details: { blob: `snapshots/${digest[0]}.json`, digest, bytes: 1 } }, { kind: 'end' }]);
    return stream.stream;
  }
  const find = async (at: string) => findSnapshots(await streams.days(), streams.readDay, new Date(at));

  it('are read without those of the server', async () => {
    await write('2026-11-23T10:00:00Z', A);
    await write('2026-11-24T10:00:00Z', B);
    record.add(segmentName(CALLS, 0), Buffer.from('much'));
    record.add(headsName(CALLS), Buffer.from('much'));
    record.add('anchors/manifest/2026-11-22.jsonl', Buffer.alloc(0));
    const { used, next, findings } = await find('2026-11-23T12:00:00Z');
    assert.deepEqual([used?.digest, next?.digest, findings], [A, B, []]);
    assert.deepEqual(await streams.days(), ['2026-11-22', '2026-11-23', '2026-11-24']);
    assert.deepEqual(record.reads.filter((name) => name.includes(CALLS)), []);
  });

  it('do not count what no signature covers', async () => {
    await write('2026-11-23T10:00:00Z', A);
    const unsigned = await write('2026-11-23T11:00:00Z', B);
    record.blobs.delete(headsName(unsigned));
    const { used, findings } = await find('2026-11-23T12:00:00Z');
    assert.deepEqual([used?.digest, findings], [A, []]);
  });

  it('that are missing, and ones that were written anew, are told of and do not count', async () => {
    await write('2026-11-23T09:00:00Z', A);
    const removed = await write('2026-11-23T10:00:00Z', B);
    record.blobs.delete(segmentName(removed, 0));
    const altered = await write('2026-11-23T11:00:00Z', B);
    const blob = segmentName(altered, 0);
    record.blobs.set(blob, Buffer.from(record.blobs.get(blob)?.toString().replace(B, A) ?? ''));
    const { used, findings } = await find('2026-11-23T12:00:00Z');
    assert.equal(used?.takenAt, '2026-11-23T09:00:00.000Z');
    assert.deepEqual(findings.map(({ code, stream }) => [code, stream]), [['STREAM_MISSING', removed], ['CHAIN_BROKEN', altered]]);
  });

  it('are looked for on days of which the manifest alone is left', async () => {
    const removed = await write('2026-11-23T10:00:00Z', A);
    record.blobs.delete(segmentName(removed, 0));
    record.blobs.delete(headsName(removed));
    const { used, findings } = await find('2026-11-24T12:00:00Z');
    assert.deepEqual([used, findings.map(({ code, stream }) => [code, stream])], [undefined, [['STREAM_MISSING', removed]]]);
  });
});
