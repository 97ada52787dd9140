import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { takeCopy } from '../../../scripts/audit/copy.ts';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { CommandError } from '../../../scripts/commandError.ts';
import { audit } from '../../../scripts/commands/audit.ts';
import { MemoryRecord, segmentName } from './support/memoryRecord.ts';
import { callLine, KEYS, STREAM, writeStream } from './support/writeStream.ts';

const NOVEMBER = { from: '2026-11-01', to: '2026-11-30' };
const OPERATOR = STREAM.replace('production-instance', 'operator-operator');
const calls = Array.from({ length: 6 }, (_, number) => callLine(`call-${number}`));
const record = MemoryRecord.of(
  writeStream({ records: [...calls, { kind: 'change', callId: 'call-1', by: { oid: 'person-1' }, change: { type: 'incident', reference: 'I-1\u001b[2J' } }], anchoredAfter: [3, 6] }),
  writeStream({ stream: OPERATOR, records: [
    { kind: 'change', callId: 'call-1', by: { oid: 'operator-1' }, change: { type: 'commit', reference: 'abc' } },
    { kind: 'operation', operation: 'access.deny', by: { oid: 'operator-1' }, details: { id: 'deny-1', step: 'intended' } },
    { kind: 'operation', operation: 'access.deny', by: { oid: 'operator-1' }, details: { id: 'deny-2', step: 'intended' } },
    { kind: 'operation', operation: 'access.deny', by: { oid: 'operator-1' }, details: { id: 'deny-2', step: 'failed', why: 'no right' } },
    { kind: 'end' },
  ], anchoredAfter: [5] }),
);

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('npm run audit, over a copy', () => {
  let root: string;
  let whole: string;
  let tampered: string;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'audit-'));
    [whole, tampered] = [join(root, 'whole'), join(root, 'tampered')];
    for (const folder of [whole, tampered]) await takeCopy(record, { ...knownKeys(KEYS), loaded: KEYS }, NOVEMBER, folder, new Date());
    const blob = join(tampered, segmentName(STREAM, 0));
    writeFileSync(blob, readFileSync(blob, 'utf8').replace('"callId":"call-4"', '"callId":"call-X"'));
  });
  after(() => rmSync(root, { recursive: true }));

  async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string; error?: CommandError }> {
    const [stdout, stderr] = [new Text(), new Text()];
    try {
      const code = await audit({ argv, env: {}, stdout, stderr: stderr as unknown as NodeJS.WriteStream });
      return { code, stdout: stdout.text, stderr: stderr.text };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { code: error.exitCode, stdout: stdout.text, stderr: `${stderr.text}\n${error.code}: ${error.message}`, error };
    }
  }
  const json = async <T>(...argv: string[]): Promise<T> => JSON.parse((await run(...argv, '--json')).stdout) as T;
  const FINDING = new RegExp(`The record is not as it was written:\\n {2}CHAIN_BROKEN in calls/2026/11/24/${STREAM}/0000\\.jsonl, line 6, record 5: .*\\nLeft out: 4 lines of ${STREAM}, from record 4 on: not to be believed\\.`);

  it('export writes what is believed, each with whether it is anchored, and 3 with findings on standard error when something is not [audit.believable]', async () => {
    const good = await run('export', '--offline', whole);
    const lines = (text: string) => text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as { stream: string; anchored: boolean; seq: number });
    assert.deepEqual([good.code, good.stderr.includes('CHAIN')], [0, false]);
    assert.deepEqual(lines(good.stdout).filter(({ stream }) => stream === STREAM).map(({ seq, anchored }) => [seq, anchored]), [[0, true], [1, true], [2, true], [3, true], [4, true], [5, true], [6, true], [7, false]]);
    const bad = await run('export', '--offline', tampered);
    assert.equal(bad.code, 3);
    assert.match(bad.stderr, FINDING);
    assert.deepEqual(lines(bad.stdout).filter(({ stream }) => stream === STREAM).map(({ seq }) => seq), [0, 1, 2, 3]);
    assert.doesNotMatch(bad.stdout, /call-X|call-4|call-5/);
    assert.equal(lines(bad.stdout).filter(({ stream }) => stream === OPERATOR).length, 6);
  });

  it('calls says what it could not see, and carries the findings in JSON [audit.believable]', async () => {
    const good = await json<{ calls: { callId: string; anchored: boolean }[]; findings: unknown[] }>('calls', '--offline', whole);
    assert.deepEqual([good.calls.map(({ callId }) => callId), good.findings], [['call-5', 'call-4', 'call-3', 'call-2', 'call-1', 'call-0'], []]);
    const bad = await run('calls', '--offline', tampered);
    assert.equal(bad.code, 3);
    assert.match(bad.stderr, FINDING);
    assert.deepEqual([bad.stdout.includes('call-2'), bad.stdout.includes('call-3')], [true, false]);
    const told = await json<{ calls: unknown[]; findings: { code: string; seq: number }[]; notBelieved: unknown[] }>('calls', '--offline', tampered);
    assert.deepEqual([told.calls.length, told.findings.map(({ code, seq }) => [code, seq]), told.notBelieved], [3, [['CHAIN_BROKEN', 5]], [{ stream: STREAM, fromSeq: 4, lines: 4 }]]);
  });

  it('show answers who delegated, which agent acted, with what arguments, what came back, and what it led to by whose word [audit.story]', async () => {
    const { code, stdout } = await run('show', 'call-1', '--offline', whole);
    assert.equal(code, 0);
    for (const row of [
      /^Delegated by +person-1$/m, /^Acting +client client-1$/m, /^Arguments +\{\}\n +SHA-256 [0-9a-f]{64}$/m, /^Outcome +ok, 1\.5 ms$/m, /^Result +not kept, 1 bytes\n +SHA-256 [0-9a-f]{64}$/m,
      /^Led to +commit abc, linked by the operator operator-1 on 2026-11-24T10:00:01\.000Z\n +incident I-1\\u\{1b\}\[2J, reported by the caller person-1 on 2026-11-24T10:00:07\.000Z \(in the chain, not anchored yet\)$/m,
      /^Served by +slot production, instance instance-a, package ab, policies 1$/m, new RegExp(`^Record +${STREAM}, line 2: proven by a signed head$`, 'm'),
    ]) assert.match(stdout, row);
    const story = await json<{ changes: { saidBy: string; by: { oid: string } }[]; anchored: boolean; findings: unknown[]; doubtedIn: unknown[] }>('show', 'call-1', '--offline', whole);
    assert.deepEqual([story.changes.map(({ saidBy, by }) => [saidBy, by.oid]), story.anchored, story.findings, story.doubtedIn], [[['operator', 'operator-1'], ['agent', 'person-1']], true, [], []]);
  });

  it('show says what it left out about a call, and that it knows none [audit.believable]', async () => {
    const partly = await run('show', 'call-1', '--offline', tampered);
    assert.equal(partly.code, 3);
    assert.match(partly.stdout, /commit abc/);
    assert.match(partly.stderr, new RegExp(`${FINDING.source}\nLeft out: what ${STREAM} says about call call-1\\.`));
    const hidden = await run('show', 'call-5', '--offline', tampered);
    assert.deepEqual([hidden.code, hidden.stdout], [3, '']);
    assert.match(hidden.stderr, /Left out: what .* says about call call-5\.\nAUDIT_NO_SUCH_CALL: No record of call call-5 from 2026-11-01 to 2026-11-30 is to be believed\./);
    const none = await run('show', 'call-9', '--offline', whole);
    assert.deepEqual([none.code, none.error?.code], [1, 'AUDIT_NO_SUCH_CALL']);
    assert.equal((await run('show', 'call-9', '--offline', whole, '--json')).stdout, '');
    const told = await json<{ call?: object; doubtedIn: string[]; findings: { code: string }[] }>('show', 'call-5', '--offline', tampered);
    assert.deepEqual([told.call, told.doubtedIn, told.findings.map(({ code }) => code)], [undefined, [STREAM], ['CHAIN_BROKEN']]);
  });

  it('verify tells how much is proven, and what is not as it was written', async () => {
    const good = await run('verify', '--offline', whole);
    assert.equal(good.code, 0);
    assert.match(good.stdout, /^Records +14\nNot anchored +1 at the ends of streams, the oldest of 2026-11-24T10:00:07\.000Z: in the chain, not signed yet\nLost +none\nNot believed +none\nFindings +none: the record is as it was written$/m);
    const bad = await run('verify', '--offline', tampered);
    assert.equal(bad.code, 3);
    assert.match(bad.stdout, new RegExp(`^Not believed\n +4 lines of ${STREAM}, from record 4 on\nFindings +1\n +CHAIN_BROKEN in .*, line 6, record 5: `, 'm'));
  });

  it('operations tells what operators did and what came of it, an intent without an outcome as such [access.outcome]', async () => {
    const { code, stdout } = await run('operations', '--offline', whole);
    assert.equal(code, 0);
    assert.match(stdout, /operator-1 +access\.deny +none: cut off, or it still runs +\{"id":"deny-1"/);
    assert.match(stdout, /operator-1 +access\.deny +failed: no right +\{"id":"deny-2"/);
  });

  it('refuses what is no day, what a copy does not hold, and what is called wrongly', async () => {
    for (const [argv, message] of [
      [['calls', '--from', '2026-02-31'], /--from was given "2026-02-31"\. Allowed: a day as YYYY-MM-DD/],
      [['calls', '--from', '2026-11-03', '--to', '2026-11-02'], /--from 2026-11-03 is after --to 2026-11-02/],
      [['verify', '--offline', '', '--from', '2026-10-31', '--to', '2026-11-02'], /The copy holds 2026-11-01 to 2026-11-30; --from and --to were given 2026-10-31 to 2026-11-02/],
      [['link', '018f6c1e-7a52-8c3d-9e4f-0123456789ab', '--type', 'commit', '--reference', 'x', '--offline', ''], /--offline was given: this needs the record itself/],
      [['link', 'call-1', '--type', 'commit', '--reference', 'x'], /"call-1" is no call id\. Allowed: the value of the header mcp-call-id/],
      [['link'], /No call id was given/],
      [['link', '018f6c1e-7a52-8c3d-9e4f-0123456789ab', '--type', 'rumour', '--url', 'http://x.example'], /--type: .*; --reference: .*; --url: /],
      [['link', '--git', 'HEAD', '--type', 'commit'], /--git was given with a call id, --type/],
      [['link', '018f6c1e-7a52-8c3d-9e4f-0123456789ab', '--repository', '.', '--type', 'commit', '--reference', 'x'], /--repository was given without --git/],
      [['link', '--git', '--output=made'], /argument is ambiguous/],
      [['calls', '--limit', '0'], /--limit was given "0"/],
    ] as const) {
      const { code, error } = await run(...argv.map((text) => (text === '' ? whole : text)));
      assert.deepEqual([code, error?.code], [2, 'BAD_ARGUMENT'], argv.join(' '));
      assert.match(error?.message ?? '', message);
    }
    const range = await run('link', '--git=--output=made');
    assert.deepEqual([range.code, range.error?.code, existsSync('made')], [2, 'AUDIT_GIT_RANGE', false]);
    const noCopy = await run('verify', '--offline', join(root, 'none'));
    assert.deepEqual([noCopy.code, noCopy.error?.code], [2, 'AUDIT_NO_COPY']);
  });
});
