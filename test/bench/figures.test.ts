import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, type Measured } from '../../bench/figures.ts';
import { MEASUREMENTS, type Measurement } from '../../bench/requests.ts';
import type { CallCost } from '../../bench/measure/cpuTurns.ts';

const nothing: Measured = { costs: new Map(), startMs: new Map(), memory: new Map(), latencies: undefined, telemetry: new Map(), zipBytes: undefined };
const cost = (cpuSecondsPer1000Calls: number): Record<Measurement, CallCost> =>
  Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement, { cpuSecondsPer1000Calls, callsPerSecond: 1 }])) as Record<Measurement, CallCost>;

test('a ratio says how often our CPU time goes into the other\'s, for each measurement', () => {
  const figures = figuresOf({ ...nothing, costs: new Map([['fastify', cost(0.03)], ['protocol', cost(0.04)]]) });
  assert.deepEqual(figures.map(({ name }) => name), MEASUREMENTS.map((measurement) => `CPU time, fastify ÷ protocol: ${measurement}`));
  assert.ok(figures.every(({ value, reached }) => Math.abs(value - 0.75) < 1e-9 && reached === true));
});

test('a ratio below its target is not reached, and one without its other server is left out', () => {
  const figures = figuresOf({ ...nothing, costs: new Map([['sdk-example', cost(0.4)], ['all-on-100', cost(0.2)]]) });
  assert.equal(figures.length, MEASUREMENTS.length);
  assert.ok(figures.every(({ value, target, reached }) => value === 2 && target?.value === 4 && reached === false));
});

test('memory, start, package and latency have to stay below their targets', () => {
  const paced = (p99Ms: number) => ({ calls: 1, medianMs: 1, p99Ms, backgroundCalls: 0 });
  const figures = figuresOf({
    ...nothing,
    memory: new Map([['protocol', { calls: 200_000, residentBytes: 150_000_000, residentBytesPerCall: 2, callsPerSecond: 1 }]]),
    startMs: new Map([['protocol', 399], ['all-on-100', 600]]),
    zipBytes: 1_300_000,
    latencies: { callsPerSecond: 1_000, alone: paced(9.9), besidePrimes: paced(10), floor: paced(1) },
  });
  assert.deepEqual(figures.map(({ value, unit, target, reached }) => [value, unit, target?.value, reached]), [
    [150, 'MB', 150, false],
    [0.2, 'MB per 100,000 calls', undefined, undefined],
    [399, 'ms', 400, true],
    [600, 'ms', 600, false],
    [1.3, 'MB', 5, true],
    [9.9, 'ms', 10, true],
    [10, 'ms', 10, false],
    [1, 'ms', undefined, undefined],
  ]);
  assert.match(figures[0]?.name ?? '', /200,000 calls/);
});
