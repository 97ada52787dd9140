import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOfDefinition } from '../../../app/audit/lines.ts';
import { LIMITS } from '../../../app/limits.ts';
import { run } from '../../../app/tools/compute-primes/run.ts';
import { computePrimes } from '../../../app/tools/compute-primes/sieve.ts';
import { computePrimes as tool, input, MAX_LIMIT } from '../../../app/tools/compute-primes/tool.ts';
import type { Exchange } from '../../../app/tools/toolContext.ts';
import { ToolError } from '../../../app/tools/toolError.ts';
import { closeWorkerPools } from '../../../app/workers/workerPool.ts';
import { SILENT_EXCHANGE } from '../support/exchange.ts';
import { createTestApp } from '../support/testApp.ts';

const unobserved = { shouldStop: () => false, onProgress: () => undefined };

function primesByDivision(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate += 1) if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

describe('the sieve of compute_primes', () => {
  it('agrees with trial division around the edges of small limits', () => {
    for (const limit of [2, 3, 4, 5, 9, 10, 25, 29, 30, 31, 120, 121, 122, 1_000]) {
      const primes = primesByDivision(limit);
      assert.deepEqual(computePrimes(limit, unobserved), { limit, count: primes.length, largest: primes.at(-1), first: primes.slice(0, 10), last: primes.slice(-10) });
    }
  });

  it('agrees with known counts across segments', () => {
    for (const [limit, count, largest] of [[32_768, 3_512, 32_749], [32_770, 3_512, 32_749], [65_537, 6_543, 65_537], [100_000, 9_592, 99_991], [1_000_000, 78_498, 999_983]] as const) {
      const result = computePrimes(limit, unobserved);
      assert.deepEqual([result?.count, result?.largest], [count, largest]);
    }
  });

  it('stops between two steps, and tells how far it has come', () => {
    const told: number[] = [];
    const result = computePrimes(MAX_LIMIT, { shouldStop: () => told.length === 3, onProgress: (upTo) => told.push(upTo) });
    assert.equal(result, undefined);
    assert.equal(told.length, 3);
    assert.deepEqual(told, [...told].sort((left, right) => left - right));
  });
});

describe('compute_primes in its threads', () => {
  after(() => closeWorkerPools());
  const call = (limit: number, signal = new AbortController().signal, exchange: Exchange = SILENT_EXCHANGE) => run({ limit }, { signal, exchange });

  it('computes the largest allowed limit while the event loop goes on, and tells its progress', async () => {
    const progress: number[] = [];
    let turns = 0;
    const other = setInterval(() => (turns += 1), 1);
    const result = await call(MAX_LIMIT, undefined, { ...SILENT_EXCHANGE, progress: (update) => progress.push(update.progress) });
    clearInterval(other);
    assert.deepEqual([result.count, result.largest], [3_001_134, 49_999_991]);
    assert.ok(turns > 20, `${turns} turns of the event loop`);
    assert.ok(progress.length > 1 && progress.every((upTo, index) => index === 0 || upTo > (progress[index - 1] ?? 0)), JSON.stringify(progress));
  });

  it('stops when its caller goes away, running or queued, so that the next call finds a thread', async () => {
    const queued = Array.from({ length: 3 }, () => new AbortController());
    let leaveQueue = (): void => {
      for (const caller of queued.toReversed()) caller.abort(new Error('gone'));
      leaveQueue = () => undefined;
    };
    // Each leaves as soon as it is seen to run, and the first to do so takes those along that wait.
    const running = Array.from({ length: LIMITS.workerThreads }, () => new AbortController()).map((caller) => call(MAX_LIMIT, caller.signal, {
      ...SILENT_EXCHANGE,
      progress: () => {
        leaveQueue();
        caller.abort(new Error('gone'));
      },
    }));
    const calls = [...running, ...queued.map(({ signal }) => call(MAX_LIMIT, signal))];
    const ends = await Promise.allSettled(calls);
    assert.deepEqual(ends.map(({ status }) => status), calls.map(() => 'rejected'));
    assert.equal((await call(100)).count, 25);
  });

  it('lives on when callers leave and the process ends while threads start', async () => {
    // Node ends the process when a thread is terminated while it loads a module.
    for (let delayMs = 0; delayMs < 120; delayMs += 8) {
      await closeWorkerPools();
      const callers = Array.from({ length: LIMITS.workerThreads }, () => new AbortController());
      const calls = Promise.allSettled(callers.map(({ signal }) => call(MAX_LIMIT, signal)));
      await delay(delayMs);
      for (const caller of callers) caller.abort(new Error('gone'));
      assert.ok((await calls).every(({ status }) => status === 'rejected'));
    }
  });

  it('does not begin for a caller that has gone', async () => {
    await assert.rejects(call(100, AbortSignal.abort(new Error('gone'))), /gone/);
  });

  it('says so when all threads are busy and the queue is full', async () => {
    const end = new AbortController();
    const room = LIMITS.workerThreads + LIMITS.workerQueueLength;
    const calls = Array.from({ length: room + 1 }, () => call(MAX_LIMIT, end.signal));
    const refusal = await Promise.race(calls.map((running) => running.then(() => undefined, (error: unknown) => error)));
    assert.ok(refusal instanceof ToolError);
    assert.match(refusal.message, /queue is full\. Try again/);
    end.abort(new Error('over'));
    await Promise.allSettled(calls);
  });
});

describe('the limit of compute_primes', () => {
  it('is a whole number within bounds', () => {
    for (const limit of [1, 0, -1, 2.5, MAX_LIMIT + 1, '100', null, Number.NaN]) assert.equal(input.safeParse({ limit }).success, false, String(limit));
    for (const limit of [2, MAX_LIMIT]) assert.equal(input.safeParse({ limit }).success, true);
  });
});

describe('the rule of compute_primes', () => {
  it('keeps limits beyond 10,000,000 for callers who hold the umbrella role', async () => {
    const testApp = await createTestApp();
    const call = async (limit: number, roles: string[]): Promise<{ isError?: boolean; content: { text: string }[] }> => {
      const answer = await testApp.call('tools/call', { name: 'compute_primes', arguments: { limit } }, { token: await testApp.authority.appToken({ roles }) });
      return answer.body['result'] as { isError?: boolean; content: { text: string }[] };
    };
    const refused = await call(10_000_001, ['Tools.compute_primes']);
    assert.deepEqual([refused.isError, refused.content[0]?.text], [true, 'Refused by rule large-limits: limit is 10,000,001; at most 10,000,000 is allowed without the app role Mcp.CallAllTools. Ask for less.']);
    assert.equal((await call(10_000_000, ['Tools.compute_primes'])).isError, undefined);
    assert.equal((await call(10_000_001, ['Mcp.CallAllTools'])).isError, undefined);
    await testApp.app.http.close();
    await closeWorkerPools();
  });

  it('is the only one, and stands in the digest of the definition', () => {
    assert.deepEqual(tool.rules.map(({ id }) => id), ['large-limits']);
    const digests = [tool, { ...tool, rules: [] }, { ...tool, rules: tool.rules.map((rule) => ({ ...rule, description: 'Limits are free for everybody.' })) }].map(digestOfDefinition);
    assert.equal(new Set(digests).size, 3);
  });
});
