import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile, slope } from '../../bench/statistics.ts';

test('the median of an odd number of values is the middle one, of an even number the mean of the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test('a quantile lies between the two nearest values', () => {
  const values = Array.from({ length: 101 }, (_, index) => 100 - index);
  assert.equal(quantile(values, 0.99), 99);
  assert.equal(quantile([0, 10], 0.25), 2.5);
});

test('nothing measured is an error, not a figure', () => {
  assert.throws(() => median([]), RangeError);
  assert.throws(() => slope([{ x: 1, y: 1 }]), RangeError);
});

test('the slope is that of the line of least squares', () => {
  assert.equal(slope([{ x: 0, y: 1 }, { x: 10, y: 21 }]), 2);
  assert.equal(slope([{ x: 0, y: 5 }, { x: 1, y: 4 }, { x: 2, y: 6 }, { x: 3, y: 5 }]), 0.2);
});
