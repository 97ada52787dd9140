import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundLock } from '../../../../../scripts/release/lock/lockStore.ts';
import type { OfferedTool } from '../../../../../scripts/release/lock/offeredTools.ts';
import { judgeConformance } from '../../../../../scripts/release/verify/gates/conformance.ts';
import { attemptsFor, commonDigest, judgeInstances, type InstanceAnswer } from '../../../../../scripts/release/verify/gates/instancesHealthy.ts';
import { judgeLatency, LATENCY_LIMITS, quantile } from '../../../../../scripts/release/verify/gates/latency.ts';
import { judgeOfferedTools } from '../../../../../scripts/release/verify/gates/offeredTools.ts';
import { judgeReferences } from '../../../../../scripts/release/verify/gates/referencesResolved.ts';
import { judgeSpread, spreadBounds } from '../../../../../scripts/release/verify/gates/spread.ts';
import { comparable, judgeConversation } from '../../../../../scripts/release/verify/gates/stateless.ts';
import { judgeTools, type ToolOutcome } from '../../../../../scripts/release/verify/gates/toolsAnswer.ts';
import { smokeCallOf } from '../../../../../scripts/release/verify/smokeCall.ts';

const [ONE, TWO] = ['a1'.repeat(32), 'b2'.repeat(32)];
const [OLD, NEW] = ['0'.repeat(64), 'f'.repeat(64)];
const NONE: ReadonlySet<string> = new Set();

describe('instances-healthy', () => {
  const ready: InstanceAnswer = { isReady: true, packageDigest: NEW, version: '1.0.0', failed: [] };
  const judge = (answers: readonly (readonly [string, InstanceAnswer])[], more: object = {}) => judgeInstances({ listed: [ONE, TWO], answers: new Map(answers), expectedDigest: NEW, unnamed: [], ...more });

  it('passes when each is ready with the one package', () => {
    const gate = judge([[ONE, ready], [TWO, ready]]);
    assert.deepEqual([gate.pass, gate.measured, gate.details], [true, '2 of 2 ready, package ffffffffffff', []]);
    assert.equal(commonDigest({ answers: new Map([[ONE, ready], [TWO, ready]]) }), NEW);
  });

  for (const [what, gate, detail] of [
    ['one that has not answered', judge([[ONE, ready]]), 'b2b2b2b2 has not answered'],
    ['one that is not ready', judge([[ONE, ready], [TWO, { ...ready, isReady: false, failed: ['signing keys: none'] }]]), 'b2b2b2b2 is not ready: signing keys: none'],
    ['another package on one', judge([[ONE, ready], [TWO, { ...ready, packageDigest: OLD }]]), 'b2b2b2b2 runs package 000000000000, the slot is set to ffffffffffff: it has not restarted since'],
    ['two packages where none is named', judge([[ONE, ready], [TWO, { ...ready, packageDigest: OLD }]], { expectedDigest: undefined }), 'the instances run 2 different packages: ffffffffffff, 000000000000'],
    ['one that says no package', judge([[ONE, ready], [TWO, { ...ready, packageDigest: undefined }]]), 'b2b2b2b2 does not say which package it runs'],
    ['one that ARM does not list, not ready', judge([[ONE, ready], [TWO, ready], ['c3'.repeat(32), { ...ready, isReady: false }]]), 'c3c3c3c3 is not ready: it does not say why'],
    ['no instance', judge([], { listed: [] }), 'Azure lists no instance of the slot'],
  ] as const) {
    it(`stops: ${what} [release.gates]`, () => {
      assert.equal(gate.pass, false);
      assert.ok(gate.details.includes(detail), gate.details.join('\n'));
    });
  }

  it('asks often enough to have met each', () => {
    assert.equal(attemptsFor(1), 1);
    for (const count of [2, 3, 10, 30]) assert.ok(count * (1 - 1 / count) ** attemptsFor(count) <= 1e-6 && attemptsFor(count) < 700);
  });
});

it('references-resolved names what is unresolved, and no value [release.gates]', () => {
  assert.equal(judgeReferences([{ setting: 'A', status: 'Resolved' }]).pass, true);
  const gate = judgeReferences([{ setting: 'A', status: 'Resolved' }, { setting: 'MCP_REQUEST_STATE_KEY', status: 'AccessToKeyVaultDenied' }]);
  assert.deepEqual([gate.pass, gate.measured], [false, '1 of 2 resolved']);
  assert.match(gate.details[0] ?? '', /^MCP_REQUEST_STATE_KEY: AccessToKeyVaultDenied\. /);
});

describe('offered-tools', () => {
  const tool: OfferedTool = { name: 'whoami', description: 'Who', inputSchema: { type: 'object' } };
  const signed = (tools: OfferedTool[], packageDigest = OLD): FoundLock => ({ kind: 'signed', lock: { format: 1, stack: 'prod', signedAt: '2026-11-25T00:00:00Z', packageDigest, tools, key: 'k', signature: 's' } });
  const judge = (offered: OfferedTool[], lock: FoundLock, accepted: string[] = []) => judgeOfferedTools({ offered, lock, lockedPackages: [OLD], acceptedChanges: new Set(accepted) });

  it('passes without a lock, without a change, and with additions', () => {
    assert.deepEqual([judge([tool], { kind: 'none' }).pass, judge([tool], { kind: 'none' }).measured], [true, '1 tools, no lock yet']);
    assert.equal(judge([tool], signed([tool])).pass, true);
    const added = judge([tool, { ...tool, name: 'more' }], signed([tool]));
    assert.deepEqual([added.pass, added.measured, added.details], [true, '1 change, 0 of them block', ['passes: tool-added:more: a new tool']]);
  });

  it('stops at a change until its id is accepted, and at no other one\'s id [release.breaking-change]', () => {
    const changed = { ...tool, description: 'Whom' };
    const gate = judge([changed], signed([tool]));
    assert.deepEqual([gate.pass, gate.details], [false, ['blocks: description-changed:whoami: Who → Whom', "Accept what clients can bear: --accept 'description-changed:whoami'"]]);
    assert.equal(judge([changed], signed([tool]), ['tool-removed:whoami']).pass, false);
    const accepted = judge([changed], signed([tool]), ['description-changed:whoami']);
    assert.deepEqual([accepted.pass, accepted.details], [true, ['accepted: description-changed:whoami: Who → Whom']]);
  });

  it('stops at a lock that is not to be believed, whatever is accepted, and at one of another package', () => {
    assert.equal(judge([tool], { kind: 'refused', reason: 'its signature is not by the release key of this stack' }, ['lock-stale']).pass, false);
    const stale = judge([tool], signed([tool], NEW));
    assert.equal(stale.pass, false);
    assert.match(stale.details[0] ?? '', /^blocks: lock-stale: .*ffffffffffff/);
    assert.equal(judge([tool], signed([tool], NEW), ['lock-stale']).pass, true);
  });
});

describe('tools-answer', () => {
  const outcome = (end: ToolOutcome['end'], text = ''): ToolOutcome => ({ tool: 'whoami', version: '2026-07-28', end, text });
  const judge = (outcomes: ToolOutcome[], unreachable: { version: string; reason: string }[] = []) => judgeTools({ outcomes, unreachable, notOffered: ['old'], notDeclared: [] });

  it('passes when what is called answers; what is not called is listed with the reason, and what only this checkout declares', () => {
    const gate = judge([outcome('answered'), { ...outcome('not-called', 'it may change something'), tool: 'report_change' }, { ...outcome('error-outside', 'host is away'), tool: 'check' }]);
    assert.deepEqual([gate.pass, gate.measured], [true, '2 of 2 calls in 1 versions']);
    assert.deepEqual(gate.details, ['report_change was not called: it may change something', 'check answered with an error, which may be of a host that it reaches: host is away', 'This checkout declares, and the slot does not offer: old']);
  });

  it('stops at a failure, at a tool without example, at a version without conversation, and when nothing was called [release.gates]', () => {
    for (const gate of [judge([outcome('failed')]), judge([outcome('answered'), outcome('no-example')]), judge([outcome('answered')], [{ version: '2025-11-25', reason: 'closed' }]), judge([outcome('not-called')])]) assert.equal(gate.pass, false);
  });

  it('calls what only reads, with the example that the slot itself offers', () => {
    const reads = { readOnlyHint: true, openWorldHint: false };
    const withExample = { type: 'object', required: ['topic'], properties: { topic: { type: 'string' } }, examples: [{ topic: 'a' }] };
    assert.deepEqual(smokeCallOf({ inputSchema: withExample, annotations: reads }), { kind: 'call', arguments: { topic: 'a' }, isOpenWorld: false });
    assert.deepEqual(smokeCallOf({ inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }), { kind: 'call', arguments: {}, isOpenWorld: true });
    assert.deepEqual(smokeCallOf({ inputSchema: { type: 'object', required: ['kind'], properties: { kind: { enum: ['x', 'y'] } } }, annotations: reads }), { kind: 'call', arguments: { kind: 'x' }, isOpenWorld: false });
    assert.equal(smokeCallOf({ inputSchema: { ...withExample, examples: undefined }, annotations: reads }).kind, 'no-example');
    for (const annotations of [{}, undefined, { readOnlyHint: false, idempotentHint: true, destructiveHint: false }]) assert.equal(smokeCallOf({ inputSchema: withExample, annotations }).kind, 'not-called');
  });
});

describe('stateless', () => {
  const replay = (recorded: string, replayed: string) => ({ era: 'modern' as const, what: 'tools/call counter', tool: 'counter', recorded, replayed });
  const judge = (replays: ReturnType<typeof replay>[], more: object = {}) => judgeConversation({ instances: 3, replays, stuck: [], acceptedChanges: NONE, ...more });

  it('passes when all answers are alike, and stops when one is not, none was asked, there is one instance, or requests got stuck [release.gates]', () => {
    assert.equal(judge([replay('{"a":1}', '{"a":1}')]).pass, true);
    const gate = judge([replay('{"count":1}', '{"count":7}')]);
    assert.equal(gate.pass, false);
    assert.match(gate.details[0] ?? '', /^blocks: answers-differ:counter: tools\/call counter in 2026-07-28 was answered ….*1\}… on one instance and ….*7\}…/);
    assert.equal(judge([replay('1', '2')], { acceptedChanges: new Set(['answers-differ:counter']) }).pass, true);
    for (const bad of [judge([]), judge([replay('1', '1')], { instances: 1 }), judge([replay('1', '1')], { stuck: ['affinity'] })]) assert.equal(bad.pass, false);
  });

  it('leaves out what an answer says of its own instance and call, and nothing else', () => {
    const answer = (instance: string, callId: string, count: number) => comparable({ status: 200, instance, callId, sessionId: undefined, durationMs: 1, body: { result: { structuredContent: { instance, count }, _meta: { callId } } } });
    assert.equal(answer(ONE, 'call-1', 1), answer(TWO, 'call-2', 1));
    assert.notEqual(answer(ONE, 'call-1', 1), answer(TWO, 'call-2', 2));
  });
});

describe('spread', () => {
  it('passes for what chance explains, and stops at an uneven spread, a silent instance and missing answers [release.gates]', () => {
    assert.equal(judgeSpread(new Map([[ONE, 80], [TWO, 80]]), 0).pass, true);
    assert.equal(judgeSpread(new Map([[ONE, 70], [TWO, 90]]), 0).pass, true);
    assert.equal(judgeSpread(new Map([[ONE, 40], [TWO, 120]]), 0).pass, false);
    assert.equal(judgeSpread(new Map([[ONE, 160], [TWO, 0]]), 0).pass, false);
    assert.equal(judgeSpread(new Map([[ONE, 80], [TWO, 80]]), 1).pass, false);
    assert.equal(judgeSpread(new Map(), 0).pass, false);
  });

  it('has bounds that fail by chance as seldom as it says, for 2 to 15 instances', () => {
    for (const instances of [2, 3, 5, 15]) {
      const requests = instances * 80;
      const { least, most } = spreadBounds(requests, instances);
      let outside = 0;
      let probability = (1 - 1 / instances) ** requests;
      for (let count = 0; count <= requests; count += 1) {
        if (count < least || count > most) outside += probability;
        probability *= ((requests - count) / (count + 1)) * (1 / instances / (1 - 1 / instances));
      }
      assert.ok(outside * instances <= 1e-4 && outside * instances > 1e-6, `${instances}: ${outside * instances}`);
      assert.ok(least > 40 && most < 125, `${instances}: ${least} to ${most}`);
    }
  });
});

describe('latency', () => {
  const sample = (p95: number, failed = 0) => ({ durationsMs: Array.from({ length: 100 }, (_, place) => (place < 90 ? 10 : p95)), failed });
  const judge = (candidate: number, other: number, failed = 0) => judgeLatency(sample(candidate, failed), sample(other), LATENCY_LIMITS, 'load: tools/list');

  it('stops at a candidate that is slower than allowed, and at one that fails; noise below the floor passes [release.gates]', () => {
    assert.deepEqual([judge(160, 100).pass, judge(150, 100).pass, judge(9, 3).pass, judge(51, 3).pass, judge(100, 100, 1).pass], [false, true, true, false, false]);
    assert.equal(judgeLatency({ durationsMs: [], failed: 0 }, sample(1), LATENCY_LIMITS, '').pass, false);
  });

  it('takes the smallest value that the share does not exceed', () => {
    assert.equal(quantile(Array.from({ length: 100 }, (_, place) => 100 - place), 0.95), 95);
    assert.equal(quantile([], 0.95), 0);
  });

  it('stops for nothing no more often than its limits say, for scattered times', () => {
    // Normal numbers by Box and Muller from a seeded generator (mulberry32).
    let seed = 20_261_125;
    const random = (): number => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    const draw = () => ({ durationsMs: Array.from({ length: LATENCY_LIMITS.samples }, () => 100 * Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))), failed: 0 });
    const runs = 2_000;
    let stopped = 0;
    for (let run = 0; run < runs; run += 1) if (!judgeLatency(draw(), draw(), LATENCY_LIMITS, '').pass) stopped += 1;
    assert.ok(stopped / runs < 1 / 150, `${stopped} of ${runs}`);
  });
});

it('conformance stops at a failed check, at a scenario without one, and where the suite is not installed; checks that need a fixture do not count [release.gates]', () => {
  const run = (passed: number, ...failed: string[]) => ({ name: 'server-stateless', version: '2026-07-28', passed, failed });
  assert.equal(judgeConformance('0.2.0', [run(24, "sep-2575-x: Not testable: server does not list the diagnostic tool 'test_x'")]).pass, true);
  assert.equal(judgeConformance('0.2.0', [run(24, 'sep-2575-y: expected 400, got 200')]).pass, false);
  assert.equal(judgeConformance('0.2.0', [run(0, 'x: Not testable: no tool')]).pass, false);
  assert.equal(judgeConformance('0.2.0', []).pass, false);
  assert.deepEqual([judgeConformance(undefined, []).pass, judgeConformance(undefined, []).measured], [false, 'not run']);
});
