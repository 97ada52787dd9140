import assert from 'node:assert/strict';
import { generateKeyPairSync, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSignatureCheck } from '../../../scripts/audit/publicKeys.ts';
import { selectCalls, storyOf } from '../../../scripts/audit/story.ts';
import { verifyStream, type StoredStream } from '../../../scripts/audit/verifyStream.ts';
import { callLine, KEYS, STREAM, writeStream } from './support/writeStream.ts';

const check = createSignatureCheck(KEYS);
const calls = (count: number): object[] => Array.from({ length: count }, (_, number) => callLine(`call-${number}`));
const end = { kind: 'end' };
/** A stream of which all is anchored: 12 lines in two blobs. */
const whole = writeStream([...calls(9), end], [5, 12], [6]).stored;

function withText(stored: StoredStream, segment: number, change: (text: string) => string): StoredStream {
  return { ...stored, segments: stored.segments.map((one, index) => (index === segment ? { ...one, text: change(one.text) } : one)) };
}
const codes = (stored: StoredStream): string[] => verifyStream(stored, check).findings.map(({ code }) => code);
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** Whoever has the container may write a chain anew that is right in itself. */
function rechained(lines: readonly string[]): string {
  let prev = '0'.repeat(64);
  return joined(lines.map((line, seq) => {
    const text = JSON.stringify({ ...(JSON.parse(line) as object), seq, prev });
    prev = hash('sha256', text);
    return text;
  }));
}

describe('the verification of a stream', () => {
  it('finds nothing in one that is as it was written [audit.verify]', () => {
    const { findings, lines, unanchored, hasEnded, lost } = verifyStream(whole, check);
    assert.deepEqual([findings, lines.length, unanchored, hasEnded, lost], [[], 12, 0, true, 0]);
  });

  it('tells what is not anchored yet, what was lost, and that the process did not end', () => {
    const { findings, unanchored, hasEnded, lost } = verifyStream(writeStream([...calls(4), { kind: 'lost', count: 7, from: 'a', to: 'b' }], [3]).stored, check);
    assert.deepEqual([findings, unanchored, hasEnded, lost], [[], 3, false, 7]);
  });

  const tampered: readonly (readonly [what: string, stored: StoredStream, expected: string, line: number | undefined])[] = [
    ['an altered record', withText(whole, 0, (text) => text.replace('call-2', 'call-X')), 'CHAIN_BROKEN', 5],
    ['a removed record', withText(whole, 0, (text) => joined(linesOf(text).filter((_, index) => index !== 2))), 'RECORD_MISSING', 3],
    ['a doubled record', withText(whole, 0, (text) => joined(linesOf(text).flatMap((line, index) => (index === 2 ? [line, line] : [line])))), 'RECORD_OUT_OF_ORDER', 4],
    ['two records in each other\'s place', withText(whole, 0, (text) => joined(linesOf(text).map((line, index, all) => (index === 2 ? all[3] : index === 3 ? all[2] : line) ?? ''))), 'RECORD_MISSING', 3],
    ['a record put in', withText(whole, 0, (text) => joined(linesOf(text).toSpliced(2, 0, JSON.stringify({ seq: 2, prev: '0'.repeat(64), at: '2026-11-24T10:00:00.000Z', ...callLine('forged') })))), 'CHAIN_BROKEN', 3],
    ['a line that is no record', withText(whole, 0, (text) => text.replace('"kind":"call"', '"kind":"cal"')), 'LINE_UNREADABLE', 2],
    ['a torn end', withText(whole, 1, (text) => text.slice(0, -10)), 'LINE_TORN', 6],
    ['a truncated end', withText(whole, 1, (text) => joined(linesOf(text).slice(0, 3))), 'STREAM_TRUNCATED', undefined],
    ['a missing last blob', { ...whole, segments: whole.segments.slice(0, 1) }, 'STREAM_TRUNCATED', undefined],
    ['a missing first blob', { ...whole, segments: whole.segments.slice(1) }, 'SEGMENT_MISSING', undefined],
    ['no blob at all', { ...whole, segments: [] }, 'STREAM_MISSING', undefined],
    ['no blob, known by its heads alone', { ...whole, segments: [], manifest: [] }, 'STREAM_MISSING', undefined],
    ['a chain written anew', { ...whole, segments: [{ blob: whole.segments[0]?.blob ?? '', text: rechained(linesOf(writeStream([...calls(10), end], []).stored.segments[0]?.text ?? '').map((line) => line.replace('person-1', 'person-2'))) }] }, 'ANCHOR_MISMATCH', undefined],
    ['an altered head', { ...whole, heads: whole.heads.replace('"seq":4', '"seq":3') }, 'ANCHOR_FORGED', undefined],
    ['a head that is no head', { ...whole, heads: `${whole.heads}{}\n` }, 'ANCHOR_UNREADABLE', undefined],
  ];
  for (const [what, stored, expected, line] of tampered) {
    it(`finds ${what}, and names it [audit.tamper]`, () => {
      const { findings } = verifyStream(stored, check);
      assert.equal(findings[0]?.code, expected, JSON.stringify(findings));
      if (line !== undefined) assert.equal(findings[0].line, line);
    });
  }

  it('takes no signature of another key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const [key] = KEYS.keys;
    assert.ok(key);
    const stranger = createSignatureCheck({ keys: [{ ...key, x, y }] });
    assert.ok(verifyStream(whole, stranger).findings.every(({ code }) => code === 'ANCHOR_FORGED'));
    assert.ok(verifyStream(whole, createSignatureCheck({ keys: [] })).findings.length > 0);
  });

  it('finds any single change of an anchored stream [audit.tamper]', () => {
    const total = whole.segments.map(({ text }) => text.length);
    fc.assert(fc.property(fc.integer({ min: 0, max: 1 }), fc.nat(), fc.constantFrom('flip' as const, 'cut' as const, 'insert' as const, 'drop-line' as const, 'swap-lines' as const), fc.integer({ min: 1, max: 255 }), (segment, place, kind, bits) => {
      const changed = withText(whole, segment, (text) => {
        const at = place % (total[segment] ?? 1);
        const lines = linesOf(text);
        const line = place % (lines.length - 1);
        switch (kind) {
          case 'flip': return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) ^ bits) & 0x7f) + text.slice(at + 1);
          case 'cut': return text.slice(0, at);
          case 'insert': return `${text.slice(0, at)}x${text.slice(at)}`;
          case 'drop-line': return joined(lines.filter((_, index) => index !== line));
          case 'swap-lines': return joined(lines.map((one, index, all) => (index === line ? all[line + 1] : index === line + 1 ? all[line] : one) ?? ''));
        }
      });
      const isSame = changed.segments[segment]?.text === whole.segments[segment]?.text;
      assert.equal(codes(changed).length > 0, !isSame, JSON.stringify({ segment, place, kind, bits }));
    }), { numRuns: 400, seed: 20_260_728 });
  });
});

describe('the questions of an auditor', () => {
  const delegated = callLine('call-a', { at: '2026-11-24T10:00:05.000Z' });
  const byAgent = callLine('call-b', { tool: 'report_change', principal: { kind: 'app', oid: 'agent-1', tid: 'tenant', azp: 'client-2' }, delegation: { agent: 'agent-1', client: 'client-2' }, outcome: 'denied', decision: { allowed: false, code: 'MCP_ROLE_MISSING' } });
  const { result: _result, outcome: _outcome, durationMs: _duration, ...intent } = callLine('call-c', { kind: 'intent' }) as Record<string, unknown>;
  const change = { kind: 'change', callId: 'call-a', by: { oid: 'person-1' }, change: { type: 'commit', reference: 'abc', url: 'https://git.example.net/abc' } };
  const verified = [verifyStream(writeStream([delegated, byAgent, intent, change], [3]).stored, check)];

  it('select calls by person, agent, tool and outcome, the newest first', () => {
    const ids = (filter: Parameters<typeof selectCalls>[1]) => selectCalls(verified, filter, 10).map(({ callId }) => callId);
    assert.deepEqual(ids({}), ['call-a', 'call-b']);
    assert.deepEqual(ids({ person: 'person-1' }), ['call-a']);
    assert.deepEqual(ids({ agent: 'agent-1' }), ['call-b']);
    assert.deepEqual(ids({ agent: 'client-1' }), ['call-a']);
    assert.deepEqual(ids({ tool: 'report_change' }), ['call-b']);
    assert.deepEqual(ids({ outcome: 'denied', tool: 'whoami' }), []);
    assert.equal(selectCalls(verified, {}, 1).length, 1);
  });

  it('tell the whole story of a call: who for whom, on which ground, what came of it', () => {
    const story = storyOf('call-a', verified);
    assert.deepEqual([story?.call.delegation.person, story?.hasIntent, story?.verification, story?.served?.slot, story?.stream], ['person-1', false, 'intact', 'production', STREAM]);
    assert.deepEqual(story?.changes.map((line) => line.change.reference), ['abc']);
    const cutOff = storyOf('call-c', verified);
    assert.deepEqual([cutOff?.call.kind, cutOff?.hasIntent, cutOff?.verification], ['intent', true, 'in the chain, not anchored yet']);
    assert.equal(storyOf('no-such-call', verified), undefined);
  });
});
