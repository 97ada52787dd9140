import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import type { ToolContext } from '../toolContext.ts';
import type { input, output } from './tool.ts';

/** Numbers sieved before other work gets its turn; about 0.2 ms on one core. */
const SEGMENT_LENGTH = 32_768;
const SHOWN = 10;

/** A segmented sieve of Eratosthenes that gives way to the event loop after each segment, and stops when the signal is aborted. */
export async function run({ limit }: z.output<typeof input>, { signal }: Pick<ToolContext, 'signal'>): Promise<z.input<typeof output>> {
  const basePrimes = sieve(Math.floor(Math.sqrt(limit)));
  const first: number[] = [];
  let last: number[] = [];
  let count = 0;
  for (let from = 2; from <= limit; from += SEGMENT_LENGTH) {
    signal.throwIfAborted();
    const found = primesOfSegment(from, Math.min(from + SEGMENT_LENGTH - 1, limit), basePrimes);
    count += found.length;
    if (first.length < SHOWN) first.push(...found.slice(0, SHOWN - first.length));
    last = [...last, ...found.slice(-SHOWN)].slice(-SHOWN);
    await nextTurn();
  }
  // A limit is at least 2, so that there is a largest prime.
  return { limit, count, largest: last.at(-1) ?? 2, first, last };
}

function sieve(limit: number): number[] {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate += 1) {
    if (composite[candidate] === 1) continue;
    primes.push(candidate);
    for (let multiple = candidate * candidate; multiple <= limit; multiple += candidate) composite[multiple] = 1;
  }
  return primes;
}

function primesOfSegment(from: number, to: number, basePrimes: readonly number[]): number[] {
  const composite = new Uint8Array(to - from + 1);
  for (const prime of basePrimes) {
    const firstMultiple = Math.max(prime * prime, Math.ceil(from / prime) * prime);
    for (let multiple = firstMultiple; multiple <= to; multiple += prime) composite[multiple - from] = 1;
  }
  const found: number[] = [];
  composite.forEach((isComposite, offset) => {
    if (isComposite === 0) found.push(from + offset);
  });
  return found;
}
