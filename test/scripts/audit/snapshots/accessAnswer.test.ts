import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerAccessAt } from '../../../../scripts/audit/snapshots/accessAnswer.ts';
import { formatAnswer } from '../../../../scripts/audit/snapshots/formatAnswer.ts';
import { findSnapshots, type RecordedSnapshot } from '../../../../scripts/audit/snapshots/recordedSnapshots.ts';
import type { Finding, VerifiedStream } from '../../../../scripts/audit/verifyStream.ts';
import { ADA, guid, OUTER, ROLE, snapshotWith, toGroup, toUser } from './support/snapshotWith.ts';

const BY = { oid: guid('7'), azp: guid('6') };
const digestOf = (letter: string): string => letter.repeat(64);

/** The stream of one command, as verified. */
function streamAt(at: string, letter: string, more: Partial<VerifiedStream> & { operation?: string } = {}): VerifiedStream {
  const { operation = 'access.snapshot', ...rest } = more;
  const line = (seq: number, members: object): object => ({ seq, prev: digestOf('0'), at, ...members });
  return {
    stream: `stream-${letter}`, findings: [], unanchored: 0, hasEnded: true, lost: 0,
    lines: [line(0, { kind: 'stream' }), line(1, { kind: 'operation', operation, by: BY, details: { blob: `snapshots/${letter}.json`, digest: digestOf(letter), bytes: 7 } }), line(2, { kind: 'end' })] as VerifiedStream['lines'],
    ...rest,
  };
}
const recorded = (takenAt: string, letter: string): RecordedSnapshot => ({ takenAt, by: BY, blob: `snapshots/${letter}.json`, digest: digestOf(letter), bytes: 7, stream: `stream-${letter}` });
const MISSING: Finding = { code: 'STREAM_MISSING', stream: 'stream-x', message: 'gone' };

describe('the snapshot that tells of a time', () => {
  const byDay: Record<string, VerifiedStream[]> = {
    '2026-11-20': [streamAt('2026-11-20T10:00:00.000Z', 'a')],
    '2026-11-21': [streamAt('2026-11-21T09:00:00.000Z', 'd', { operation: 'access.deny' })],
    '2026-11-22': [streamAt('2026-11-22T23:00:00.000Z', 'c'), streamAt('2026-11-22T10:00:00.000Z', 'b')],
    '2026-11-24': [streamAt('2026-11-24T10:00:00.000Z', 'e', { unanchored: 2 }), streamAt('2026-11-24T11:00:00.000Z', 'f')],
  };
  const days = Object.keys(byDay);
  const find = async (at: string, read: string[] = []): Promise<[string | undefined, string | undefined]> => {
    const { used, next } = await findSnapshots(days, async (day) => {
      read.push(day);
      return byDay[day] ?? [];
    }, new Date(at));
    return [used?.digest[0], next?.digest[0]];
  };
  const cases: [string, string | undefined, string | undefined][] = [
    ['2026-11-19T23:59:59.999Z', undefined, 'a'],
    ['2026-11-20T09:59:59.999Z', undefined, 'a'],
    ['2026-11-20T10:00:00.000Z', 'a', 'b'],
    ['2026-11-21T12:00:00.000Z', 'a', 'b'],
    ['2026-11-22T12:00:00.000Z', 'b', 'c'],
    ['2026-11-23T12:00:00.000Z', 'c', 'f'],
    ['2026-11-24T10:30:00.000Z', 'c', 'f'],
    ['2026-11-24T12:00:00.000Z', 'f', undefined],
  ];
  for (const [at, used, next] of cases) it(`at ${at}: ${used ?? 'none'}, and after it ${next ?? 'none'}`, async () => assert.deepEqual(await find(at), [used, next]));

  it('reads no more days than it needs, and none twice', async () => {
    const read: string[] = [];
    await find('2026-11-22T12:00:00.000Z', read);
    assert.deepEqual(read, ['2026-11-22']);
  });

  it('does not count a snapshot whose stream was changed, and tells of it', async () => {
    const altered: Finding = { ...MISSING, code: 'CHAIN_BROKEN' };
    const { used, findings } = await findSnapshots(days, async (day) => (day === '2026-11-22' ? [streamAt('2026-11-22T10:00:00.000Z', 'b', { findings: [altered] })] : byDay[day] ?? []), new Date('2026-11-22T12:00:00.000Z'));
    assert.deepEqual([used?.digest[0], findings], ['a', [altered]]);
  });
});

describe('the answer', () => {
  const at = new Date('2026-11-24T12:00:00.000Z');
  const used = recorded('2026-11-24T10:30:00.000Z', 'a');
  const snapshot = snapshotWith({ assignments: [toUser(ADA, ROLE.whoami), toGroup(OUTER, ROLE.lookup)], groups: [{ id: OUTER, securityEnabled: true, membershipHidden: false, members: [{ id: ADA, kind: 'user' }, { id: guid('0'), kind: 'group' }] }], denyRules: [{ id: 'deny-1a2b3c4d', kind: 'tool', value: 'whoami', by: BY.oid, at: '2026-11-24T10:00:00Z' }] });

  it('names the snapshot, how far it is from the asked time, and whether the next one shows changes', async () => {
    const answer = await answerAccessAt({ at, filter: {}, found: { used, next: recorded('2026-11-24T13:00:00.000Z', 'b'), findings: [] }, read: async () => snapshot });
    assert.deepEqual(answer.snapshot, { ...used, secondsBefore: 5_400 });
    assert.deepEqual(answer.next, { takenAt: '2026-11-24T13:00:00.000Z', changes: true });
    const same = await answerAccessAt({ at, filter: {}, found: { used, next: { ...used, takenAt: '2026-11-24T13:00:00.000Z' }, findings: [] }, read: async () => snapshot });
    assert.equal(same.next?.changes, false);
    assert.equal(formatAnswer(answer), `${[
      'Asked     2026-11-24T12:00:00.000Z',
      `Snapshot  taken 2026-11-24T10:30:00.000Z, 1h 30m before, by ${BY.oid}, client ${BY.azp}`,
      '          access/snapshots/a.json',
      `          SHA-256 ${digestOf('a')}, as recorded in stream-a`,
      'Next      taken 2026-11-24T13:00:00.000Z, and it shows changes: they came between the two',
      'Tokens    for the assigned; the application was enabled, assignment required',
      'Findings  none',
      '',
      'Principal                             Kind    Via                                         Acts by                                               Tools   Blocked',
      `${ADA}  person  direct                                      ${guid('8')} (preauthorized)  whoami  deny-1a2b3c4d (tool)`,
      `${ADA}  person  group ${OUTER}  ${guid('8')} (preauthorized)  lookup`,
      '',
      `Notice: Group ${OUTER} holds ${guid('0')}: members of a group in a group get no role by it.`,
    ].join('\n')}\n`);
  });

  it('is none when the snapshot is not the one that was recorded, and says so', async () => {
    const finding = { code: 'SNAPSHOT_ALTERED' as const, blob: used.blob, message: 'it is another' };
    const answer = await answerAccessAt({ at, filter: {}, found: { used, next: undefined, findings: [MISSING] }, read: async () => finding });
    assert.deepEqual([answer.access, answer.findings.map(({ code }) => code)], [undefined, ['SNAPSHOT_ALTERED', 'STREAM_MISSING']]);
    assert.match(formatAnswer(answer), /Findings {2}2\n +SNAPSHOT_ALTERED: it is another\n[^]*Nothing is answered/);
  });

  it('is an error before the first snapshot, which names the earliest, unless the record was changed', async () => {
    const ask = (found: Partial<Parameters<typeof answerAccessAt>[0]['found']>) => answerAccessAt({ at, filter: {}, found: { used: undefined, next: undefined, findings: [], ...found }, read: async () => snapshot });
    await assert.rejects(ask({ next: recorded('2026-11-25T10:00:00.000Z', 'b') }), { code: 'SNAPSHOT_NONE_YET', message: /up to 2026-11-24T12:00:00\.000Z\. The earliest is of 2026-11-25T10:00:00\.000Z/ });
    await assert.rejects(ask({}), { code: 'SNAPSHOT_NONE_YET', message: /npm run audit -- snapshot takes one/ });
    const changed = await ask({ findings: [MISSING] });
    assert.deepEqual([changed.snapshot, changed.findings], [null, [MISSING]]);
    assert.match(formatAnswer(changed), /Snapshot +none that is recorded as it was written/);
  });

  it('refuses a tool that there was not', async () => {
    await assert.rejects(answerAccessAt({ at, filter: { tool: 'x' }, found: { used, next: undefined, findings: [] }, read: async () => snapshot }), { code: 'SNAPSHOT_NO_SUCH_TOOL', exitCode: 2, message: /Tools: lookup, whoami\./ });
  });
});
