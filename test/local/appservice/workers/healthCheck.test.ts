import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { afterPing, chooseEvicted, type InstanceHealth } from '../../../../local/appservice/workers/healthCheck.ts';

const health = (number: number, unhealthyAt?: number): InstanceHealth => ({ number, failures: unhealthyAt === undefined ? 0 : 10, unhealthySince: unhealthyAt === undefined ? undefined : new Date(unhealthyAt) });

it('takes out at most half: with three of four unhealthy, two go', () => {
  assert.deepEqual([...chooseEvicted([health(1, 30), health(2, 10), health(3, 20), health(4)], 50)], [2, 3]);
});

it('takes out one of three, and both unhealthy ones when the share is 100 %', () => {
  assert.deepEqual([...chooseEvicted([health(1, 1), health(2, 2), health(3)], 50)], [1]);
  assert.deepEqual([...chooseEvicted([health(1, 1), health(2, 2), health(3)], 100)], [1, 2]);
});

it('takes out none when all are unhealthy, and never the only one', () => {
  assert.equal(chooseEvicted([health(1, 1), health(2, 2)], 100).size, 0);
  assert.equal(chooseEvicted([health(1, 1)], 100).size, 0);
});

it('always leaves an instance in rotation, evicts only unhealthy ones, and keeps to the share', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat()), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 100 }), (since, percent) => {
      const instances = since.map((at, index) => health(index + 1, at ?? undefined));
      const evicted = chooseEvicted(instances, percent);
      assert.ok(evicted.size < instances.length);
      assert.ok(evicted.size <= (instances.length * percent) / 100);
      for (const number of evicted) assert.notEqual(instances[number - 1]?.unhealthySince, undefined);
    }),
  );
});

it('counts failures in a row: a redirect fails, a 204 heals', () => {
  const at = new Date(5);
  let state = health(1);
  state = afterPing(state, 302, 2, at);
  assert.deepEqual(state, { number: 1, failures: 1, unhealthySince: undefined });
  state = afterPing(state, 'ECONNREFUSED', 2, at);
  assert.deepEqual(state, { number: 1, failures: 2, unhealthySince: at });
  state = afterPing(state, 500, 2, new Date(9));
  assert.equal(state.unhealthySince, at, 'unhealthy since the first time');
  assert.deepEqual(afterPing(state, 204, 2, at), health(1));
});
