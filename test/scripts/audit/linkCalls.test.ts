import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findLinks, parseCallId, type Link } from '../../../scripts/audit/linkCalls.ts';
import { openOperatorStream } from '../../../scripts/audit/operatorStream.ts';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { readRecord } from '../../../scripts/audit/readRecord.ts';
import { bytesOf, MemoryRecord, readBack, segmentName, YEAR } from './support/memoryRecord.ts';
import { callLine, KEYS, STREAM, writeStream } from './support/writeStream.ts';

const CALL = '018f6c1e-7a52-8c3d-9e4f-0123456789ab';
const linkTo = (reference: string, callId = CALL): Link => ({ callId, change: { type: 'commit', reference } });
const server = writeStream({ records: [callLine(CALL), { kind: 'change', callId: CALL, by: { oid: 'person-1' }, change: { type: 'commit', reference: 'reported' } }], anchoredAfter: [2] });
const recordOf = (): MemoryRecord => MemoryRecord.of(server);
const states = async (record: MemoryRecord, links: readonly Link[], isWanted: (at: string) => boolean = () => true) => {
  const reader = findLinks(links, isWanted);
  await readRecord(record, knownKeys(KEYS), YEAR, reader);
  return { states: reader.states(), doubtedIn: [...reader.doubtedIn] };
};
const write = (record: MemoryRecord, links: readonly Link[]) => openOperatorStream(record, () => new Date('2026-11-24T12:00:00Z')).append([...links.map((link) => ({ kind: 'change', by: { oid: 'operator-1', azp: 'cli' }, ...link })), { kind: 'end' }]);

describe('links of calls to what they led to', () => {
  it('are made once: what an agent reported is another thing [audit.link]', async () => {
    const record = recordOf();
    const links = [linkTo('a'), linkTo('b'), linkTo('a'), linkTo('reported'), linkTo('a', CALL.replace('018', '118'))];
    assert.deepEqual((await states(record, links)).states, ['linked', 'linked', 'already linked', 'linked', 'not in the record']);
    await write(record, [linkTo('a')]);
    assert.deepEqual((await states(record, links)).states, ['already linked', 'linked', 'already linked', 'linked', 'not in the record']);
    assert.deepEqual((await states(record, [{ callId: CALL, change: { type: 'incident', reference: 'a' } }, { callId: CALL, change: { type: 'commit', reference: 'a', url: 'https://x.example' } }])).states, ['linked', 'linked']);
  });

  it('are made to calls of the period, and to none that is not to be believed', async () => {
    assert.deepEqual((await states(recordOf(), [linkTo('a')], () => false)).states, ['not in the record']);
    const record = recordOf();
    record.blobs.set(segmentName(STREAM, 0), bytesOf((server.segments[0] ?? []).with(2, '{}')));
    assert.deepEqual(await states(record, [linkTo('a')]), { states: ['not in the record'], doubtedIn: [STREAM] });
  });

  it('that were cut off anywhere are made by the next run, and stand once and for all [audit.link]', async () => {
    for (let requests = 0, isCutOff = true; isCutOff; requests += 1) {
      const record = recordOf();
      let left = requests;
      record.before = (request) => {
        if (!/^(create|append|sign)/.test(request)) return;
        if (left === 0) throw new Error('The process is killed.');
        left -= 1;
      };
      isCutOff = await write(record, [linkTo('a'), linkTo('b')]).then(() => false, () => true);
      record.before = () => undefined;
      const found = (await states(record, [linkTo('a'), linkTo('b')])).states;
      assert.equal(new Set(found).size, 1, 'both or none');
      if (found[0] === 'linked') await write(record, [linkTo('a'), linkTo('b')]);
      const reader = findLinks([linkTo('a'), linkTo('b')], () => true);
      const { findings } = await readRecord(record, knownKeys(KEYS), YEAR, reader);
      assert.deepEqual([reader.states(), findings], [['already linked', 'already linked'], []], `cut off after ${requests} requests`);
      const { believed } = await readBack(record);
      for (const { change: { reference } } of [linkTo('a'), linkTo('b')]) assert.equal(believed.filter(({ record: line, anchored }) => line.kind === 'change' && line.change.reference === reference && anchored).length, 1, 'proven, and once');
    }
  });

  it('name calls by their ids', () => {
    assert.equal(parseCallId(CALL.toUpperCase()), CALL);
    for (const text of ['', 'x', CALL.replace('-8c3d', '-4c3d'), `${CALL} `, CALL.replace('-9e4f', '-ce4f')]) assert.equal(parseCallId(text), undefined);
  });
});
