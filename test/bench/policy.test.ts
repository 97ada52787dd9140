import assert from 'node:assert/strict';
import { test } from 'node:test';
import { additionOf, takePairs } from '../../bench/policy/pairs.ts';
import { formatPolicyReport, formatPolicySection, policyFigures } from '../../bench/policy/report.ts';

const SETTING = { date: '2026-11-26', cpuModel: 'a processor', cores: 2, memoryGib: 24, nodeVersion: '24.21.0', pythonVersion: undefined, packages: { '@pulumi/policy': '1.21.0' } };
const PAIRS = [{ withoutMs: 5_000, withMs: 6_000 }, { withoutMs: 6_000, withMs: 9_000 }, { withoutMs: 5_500, withMs: 7_000 }];

test('which preview of a pair comes first alternates, and each time is counted for its own side', async () => {
  const order: boolean[] = [];
  const pairs = await takePairs(3, (withPack) => {
    order.push(withPack);
    return Promise.resolve(withPack ? 700 + order.length : 500 + order.length);
  }, () => undefined);
  assert.deepEqual(order, [false, true, true, false, false, true]);
  assert.deepEqual(pairs, [{ withoutMs: 501, withMs: 702 }, { withMs: 703, withoutMs: 504 }, { withoutMs: 505, withMs: 706 }]);
});

test('what the pack adds is the median of the differences, not the difference of medians', () => {
  const { medianMs, leastMs, mostMs } = additionOf(PAIRS);
  assert.deepEqual([medianMs, leastMs, mostMs], [1_500, 1_000, 3_000]);
  assert.throws(() => additionOf([]), RangeError);
});

test('the figures say whether the target is reached, and by how much the pairs differ', () => {
  const figures = policyFigures(additionOf(PAIRS));
  assert.deepEqual(figures.map(({ value, reached }) => [value, reached]), [[1_500, true], [1_000, undefined], [3_000, undefined], [5_500, undefined], [7_000, undefined]]);
  assert.equal(policyFigures(additionOf([{ withoutMs: 1_000, withMs: 3_500 }]))[0]?.reached, false);
  const result = { setting: SETTING, stack: 'staging', rules: 61, addition: additionOf(PAIRS), figures };
  assert.match(formatPolicySection(result), /^## What the policy pack adds to a preview\n[^]*Node 24\.21\.0; @pulumi\/policy 1\.21\.0\.\n[^]*with the 61 rules of the pack and without, in 3 pairs[^]*\| What the pack adds to a preview, median of the pairs \| 1500\.0 ms \| < 2500 ms \| yes \|/);
  assert.match(formatPolicyReport(result), /The most of the pairs/);
});
