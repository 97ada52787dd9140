import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CallMeter, giveBack, type Exceeded } from '../../../app/access/callMeter.ts';
import { burstOf } from '../../../app/tools/callBurst.ts';

const AMPLE = 1_000;
const rateOnly = (callsPerMinute: number, capacity = AMPLE): CallMeter => new CallMeter({ callsPerMinute, concurrentCallsPerPrincipal: Number.MAX_SAFE_INTEGER }, capacity);
/** One call that ends at once. */
function call(meter: CallMeter, caller: string, nowMs: number): Exceeded | undefined {
  const state = meter.stateOf(caller);
  const exceeded = meter.take(state, nowMs);
  if (!exceeded) giveBack(state);
  return exceeded;
}

describe('the burst of a rate', () => {
  it('is what ten seconds allow, at least five calls, never more than a minute\'s', () => {
    assert.deepEqual([1, 3, 5, 30, 31, 60, 600, 6_000_000].map(burstOf), [1, 3, 5, 5, 6, 10, 100, 1_000_000]);
  });
});

describe('the calls of a principal in a minute', () => {
  it('may come at once up to the burst, and steadily after it', () => {
    const meter = rateOnly(60);
    const passed = (nowMs: number) => Array.from({ length: 50 }, () => call(meter, 'a', nowMs)).filter((exceeded) => exceeded === undefined).length;
    assert.deepEqual([0, 0, 999, 1_000, 1_999, 4_000, 60_000].map(passed), [10, 0, 0, 1, 0, 3, 10]);
  });

  it('are told when the next one passes, to the second, and a refusal costs nothing', () => {
    const meter = rateOnly(6);
    for (let count = 0; count < 5; count += 1) assert.equal(call(meter, 'a', 500), undefined);
    for (const [nowMs, retryAfterSeconds] of [[500, 10], [500, 10], [1_499, 10], [1_501, 9], [10_400, 1], [10_499, 1]] as const) {
      assert.deepEqual(call(meter, 'a', nowMs), { code: 'MCP_RATE_LIMITED', retryAfterSeconds });
    }
    assert.equal(call(meter, 'a', 10_500), undefined);
  });

  it('are counted for each caller alone', () => {
    const meter = rateOnly(1);
    for (const caller of ['a', 'b', 'c']) assert.deepEqual([call(meter, caller, 0), call(meter, caller, 0)?.code], [undefined, 'MCP_RATE_LIMITED']);
  });

  it('never exceed rate and burst in any stretch of time, and a call passes after Retry-After and not a second earlier', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { maxLength: 200 }), (callsPerMinute, pausesMs) => {
      const meter = rateOnly(callsPerMinute);
      const passedAtMs: number[] = [];
      let nowMs = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        const exceeded = call(meter, 'a', nowMs);
        if (!exceeded) {
          passedAtMs.push(nowMs);
          continue;
        }
        const { retryAfterSeconds } = exceeded;
        assert.ok(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1);
        if (retryAfterSeconds > 1) assert.ok(meter.take({ ...meter.stateOf('a') }, nowMs + (retryAfterSeconds - 1) * 1_000 - 1), 'not earlier');
        assert.equal(meter.take({ ...meter.stateOf('a') }, nowMs + retryAfterSeconds * 1_000), undefined, 'then');
      }
      assertWithinRate(passedAtMs, callsPerMinute);
    }));
  });
});

describe('the calls of a principal at a time', () => {
  const meter = new CallMeter({ callsPerMinute: 600, concurrentCallsPerPrincipal: 2 }, AMPLE);

  it('are as many as declared, caller by caller, and one that ends makes room for one', () => {
    const [a, b] = [meter.stateOf('a'), meter.stateOf('b')];
    assert.deepEqual([meter.take(a, 0), meter.take(a, 0), meter.take(a, 0)], [undefined, undefined, { code: 'MCP_CONCURRENCY_LIMITED', retryAfterSeconds: 1 }]);
    assert.equal(meter.take(b, 0), undefined);
    giveBack(a);
    assert.deepEqual([meter.take(a, 0), meter.take(a, 0)?.code], [undefined, 'MCP_CONCURRENCY_LIMITED']);
  });

  it('use up no rate when they are refused; when both limits are reached, the rate is told, whose end is known', () => {
    const both = new CallMeter({ callsPerMinute: 6, concurrentCallsPerPrincipal: 4 }, AMPLE);
    const state = both.stateOf('a');
    for (let count = 0; count < 4; count += 1) assert.equal(both.take(state, 0), undefined);
    for (let count = 0; count < 9; count += 1) assert.equal(both.take(state, 0)?.code, 'MCP_CONCURRENCY_LIMITED');
    giveBack(state);
    assert.equal(both.take(state, 0), undefined);
    assert.deepEqual(both.take(state, 0), { code: 'MCP_RATE_LIMITED', retryAfterSeconds: 10 });
  });
});

describe('more callers than are held', () => {
  it('get no fresh budget by being forgotten, whoever comes in whatever order', () => {
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4_000 })), { minLength: 50, maxLength: 400 });
    fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 120 }), calls, (capacity, callsPerMinute, made) => {
      const meter = rateOnly(callsPerMinute, capacity);
      const passedAtMs = new Map<string, number[]>();
      let nowMs = 0;
      for (const [caller, pauseMs] of made) {
        nowMs += pauseMs;
        const key = String(caller);
        if (!call(meter, key, nowMs)) passedAtMs.set(key, [...(passedAtMs.get(key) ?? []), nowMs]);
      }
      for (const times of passedAtMs.values()) assertWithinRate(times, callsPerMinute);
    }));
  });

  it('keep the running calls of those that are forgotten', () => {
    const meter = new CallMeter({ callsPerMinute: 600, concurrentCallsPerPrincipal: 1 }, 4);
    const running = meter.stateOf('a');
    assert.equal(meter.take(running, 0), undefined);
    for (let other = 0; other < 100; other += 1) call(meter, `other ${other}`, 0);
    assert.equal(call(meter, 'a', 60_000)?.code, 'MCP_CONCURRENCY_LIMITED');
    giveBack(running);
    assert.equal(call(meter, 'a', 60_000), undefined);
  });

  it('hold nobody up who comes when those that were forgotten have been quiet', () => {
    const meter = rateOnly(60, 4);
    for (let other = 0; other < 100; other += 1) while (!call(meter, `other ${other}`, 0)); // Each uses up its burst.
    assert.equal(call(meter, 'new', 0)?.code, 'MCP_RATE_LIMITED', 'more callers than fit, all of them busy');
    assert.deepEqual(Array.from({ length: 11 }, () => call(meter, 'newer', 10_000)?.code), [...Array.from({ length: 10 }, () => undefined), 'MCP_RATE_LIMITED']);
  });
});

/** Source: ITU-T I.371: any n calls that pass take at least the time of all but a burst of them. */
function assertWithinRate(passedAtMs: readonly number[], callsPerMinute: number): void {
  const burst = burstOf(callsPerMinute);
  for (const [last, endMs] of passedAtMs.entries()) {
    for (let first = 0; first <= last; first += 1) {
      const allowed = burst + ((endMs - (passedAtMs[first] ?? 0)) * callsPerMinute) / 60_000;
      assert.ok(last - first + 1 <= allowed + 0.01, `${last - first + 1} calls passed where ${allowed} are allowed`);
    }
  }
}
