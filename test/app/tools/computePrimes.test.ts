import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '../../../app/tools/compute-primes/run.ts';
import { input, MAX_LIMIT } from '../../../app/tools/compute-primes/tool.ts';

const signal = new AbortController().signal;

function primesByDivision(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate += 1) if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

describe('compute_primes', () => {
  it('agrees with trial division around the edges of small limits', async () => {
    for (const limit of [2, 3, 4, 5, 9, 10, 25, 29, 30, 31, 120, 121, 122, 1_000]) {
      const primes = primesByDivision(limit);
      assert.deepEqual(await run({ limit }, { signal }), { limit, count: primes.length, largest: primes.at(-1), first: primes.slice(0, 10), last: primes.slice(-10) });
    }
  });

  it('agrees with known counts across segments', async () => {
    for (const [limit, count, largest] of [[32_768, 3_512, 32_749], [32_770, 3_512, 32_749], [65_537, 6_543, 65_537], [100_000, 9_592, 99_991], [MAX_LIMIT, 78_498, 999_983]] as const) {
      const result = await run({ limit }, { signal });
      assert.deepEqual([result.count, result.largest], [count, largest]);
    }
  });

  it('gives way to other work while it runs', async () => {
    let turns = 0;
    let running = true;
    const other = (async () => {
      while (running) {
        turns += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await run({ limit: MAX_LIMIT }, { signal });
    running = false;
    await other;
    assert.ok(turns >= 25, `${turns} turns of other work`);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const work = run({ limit: MAX_LIMIT }, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await assert.rejects(work, /gone/);
  });

  it('takes whole numbers from 2 to a million', () => {
    for (const limit of [1, 0, -5, 2.5, MAX_LIMIT + 1, Number.NaN, '10', null]) assert.equal(input.safeParse({ limit }).success, false, String(limit));
    for (const limit of [2, MAX_LIMIT]) assert.equal(input.safeParse({ limit }).success, true);
  });
});
