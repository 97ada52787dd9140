import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectCalls, type CallFilter } from '../../../scripts/audit/calls.ts';
import { printable } from '../../../scripts/audit/printable.ts';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { readRecord } from '../../../scripts/audit/readRecord.ts';
import { tellStory, type Story } from '../../../scripts/audit/story.ts';
import { bytesOf, MemoryRecord, segmentName, YEAR } from './support/memoryRecord.ts';
import { callLine, KEYS, STREAM, writeStream } from './support/writeStream.ts';

const OPERATOR = STREAM.replace('production-instance', 'operator-operator');
const delegated = callLine('call-a', { at: '2026-11-24T10:00:05.000Z' });
const byAgent = callLine('call-b', { tool: 'report_change', principal: { kind: 'app', oid: 'agent-1', tid: 'tenant', azp: 'client-2' }, delegation: { agent: 'agent-1', client: 'client-2' }, outcome: 'denied', decision: { allowed: false, code: 'MCP_ROLE_MISSING' } });
const { result: _result, outcome: _outcome, durationMs: _duration, ...intent } = callLine('call-c', { kind: 'intent' }) as Record<string, unknown>;
const change = (by: string, more: object = {}): object => ({ kind: 'change', callId: 'call-a', by: { oid: by }, change: { type: 'commit', reference: 'abc', url: 'https://git.example.net/abc' }, ...more });
const server = writeStream({ records: [delegated, byAgent, intent, change('person-1'), { ...intent, callId: 'call-d' }, callLine('call-d')], anchoredAfter: [2] });
const operator = writeStream({ stream: OPERATOR, records: [change('operator-1', { at: '2026-11-24T12:00:00.000Z' }), change('operator-1', { at: '2026-11-24T13:00:00.000Z' }), change('operator-1', { callId: 'call-b' })], anchoredAfter: [2] });
const record = MemoryRecord.of(server, operator);

describe('the questions of an auditor', () => {
  it('select calls by person, agent, tool and outcome, the newest first', async () => {
    const select = async (filter: CallFilter, limit = 10) => {
      const selection = selectCalls(filter, limit);
      await readRecord(record, knownKeys(KEYS), YEAR, selection);
      return selection.found().map(({ callId }) => callId);
    };
    assert.deepEqual(await select({}), ['call-d', 'call-a', 'call-b']);
    assert.deepEqual(await select({ person: 'person-1' }), ['call-d', 'call-a']);
    assert.deepEqual(await select({ agent: 'agent-1' }), ['call-b']);
    assert.deepEqual(await select({ agent: 'client-1' }), ['call-d', 'call-a']);
    assert.deepEqual(await select({ tool: 'report_change' }), ['call-b']);
    assert.deepEqual(await select({ outcome: 'denied', tool: 'whoami' }), []);
    assert.deepEqual(await select({}, 1), ['call-d']);
  });

  it('hold no more calls than twice as many as are asked for, and lose none of the newest', async () => {
    const many = Array.from({ length: 50 }, (_, number) => callLine(`call-${number}`, { at: `2026-11-24T10:${String((number * 37) % 50).padStart(2, '0')}:00.000Z` }));
    const selection = selectCalls({}, 3);
    await readRecord(MemoryRecord.of(writeStream({ records: many, anchoredAfter: many.map((_, index) => index) })), knownKeys(KEYS), YEAR, selection);
    assert.deepEqual(selection.found().map(({ at }) => at.slice(14, 16)), ['49', '48', '47']);
  });

  const tell = async (callId: string, of = record, isWanted: (at: string) => boolean = () => true): Promise<{ story: Story | undefined; doubtedIn: string[] }> => {
    const reader = tellStory(callId, isWanted);
    await readRecord(of, knownKeys(KEYS), YEAR, reader);
    return { story: reader.story(), doubtedIn: [...reader.doubtedIn] };
  };

  it('tell the whole story of a call: who for whom, on which ground, and what it led to by whose word [audit.story]', async () => {
    const { story } = await tell('call-a');
    assert.deepEqual([story?.call.delegation.person, story?.hasIntent, story?.anchored, story?.served?.slot, story?.stream, story?.alsoIn], ['person-1', false, true, 'production', STREAM, []]);
    assert.deepEqual(story?.changes.map(({ saidBy, by, change: { reference }, anchored, at }) => [saidBy, by.oid, reference, anchored, at]), [
      ['agent', 'person-1', 'abc', false, '2026-11-24T10:00:04.000Z'],
      ['operator', 'operator-1', 'abc', true, '2026-11-24T12:00:00.000Z'],
    ]);
    const withIntent = (await tell('call-d')).story;
    assert.deepEqual([withIntent?.call.kind, withIntent?.hasIntent, withIntent?.anchored], ['call', true, false]);
    const cutOff = (await tell('call-c')).story;
    assert.deepEqual([cutOff?.call.kind, cutOff?.hasIntent, cutOff?.anchored], ['intent', true, false]);
    assert.deepEqual(await tell('no-such-call'), { story: undefined, doubtedIn: [] });
  });

  it('tell a link that is proven before the same one that is not', async () => {
    const unproven = writeStream({ stream: OPERATOR.replace('0a1b2c3d', '00000001'), records: [change('operator-1', { at: '2026-11-24T11:00:00.000Z' })] });
    const linked = (await tell('call-a', MemoryRecord.of(server, operator, unproven))).story?.changes.filter(({ saidBy }) => saidBy === 'operator');
    assert.deepEqual(linked?.map(({ anchored, at }) => [anchored, at]), [[true, '2026-11-24T12:00:00.000Z']]);
  });

  it('take a call of the period alone, and what it led to whenever that was', async () => {
    assert.equal((await tell('call-a', record, (at) => at < '2026-11-24T10:00:05')).story, undefined);
    assert.equal((await tell('call-a', record, (at) => at < '2026-11-24T10:00:06')).story?.changes.length, 2);
  });

  it('tell that a call stands in what is not to be believed, and that another stream has it too', async () => {
    const other = STREAM.replace('0a1b2c3d', 'ffffffff');
    const twice = MemoryRecord.of(server, writeStream({ stream: other, records: [delegated] }));
    assert.deepEqual((await tell('call-a', twice)).story?.alsoIn, [other]);
    twice.blobs.set(segmentName(STREAM, 0), bytesOf((server.segments[0] ?? []).with(1, '{}')));
    assert.deepEqual((await tell('call-b', twice)).doubtedIn, [STREAM]);
  });

  it('write nothing on the terminal that a caller has put into the record', () => {
    assert.equal(printable('a\u001b[2Jb\u202ec\nd ü 😀'), 'a\\u{1b}[2Jb\\u{202e}c\\u{a}d ü 😀');
  });
});
