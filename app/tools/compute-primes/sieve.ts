/** Numbers sieved in one step; they fit into the first-level cache. */
const SEGMENT_LENGTH = 32_768;
const SHOWN = 10;
/** Progress is told at most this many times a call. */
const PROGRESS_STEPS = 50;

export interface Primes {
  readonly limit: number;
  readonly count: number;
  readonly largest: number;
  readonly first: number[];
  readonly last: number[];
}

export interface SieveObserver {
  /** Asked before each step. */
  readonly shouldStop: () => boolean;
  /** Told now and then up to which number the work is done. */
  readonly onProgress: (upTo: number) => void;
}

/**
 * A segmented sieve of Eratosthenes: memory does not grow with the limit, but for the primes up to its square root.
 * @param limit at least 2
 * @returns undefined when it was stopped
 */
export function computePrimes(limit: number, { shouldStop, onProgress }: SieveObserver): Primes | undefined {
  const basePrimes = primesUpTo(Math.floor(Math.sqrt(limit)));
  const composite = new Uint8Array(SEGMENT_LENGTH);
  const first: number[] = [];
  let last: number[] = [];
  let count = 0;
  let nextProgress = limit / PROGRESS_STEPS;
  for (let from = 2; from <= limit; from += SEGMENT_LENGTH) {
    if (shouldStop()) return undefined;
    const to = Math.min(from + SEGMENT_LENGTH - 1, limit);
    markComposites(composite, from, to, basePrimes);
    const found: number[] = [];
    for (let number = from; number <= to; number += 1) if (composite[number - from] === 0) found.push(number);
    count += found.length;
    if (first.length < SHOWN) first.push(...found.slice(0, SHOWN - first.length));
    last = [...last, ...found.slice(-SHOWN)].slice(-SHOWN);
    if (to >= nextProgress) {
      onProgress(to);
      nextProgress += limit / PROGRESS_STEPS;
    }
  }
  // A limit is at least 2, so that there is a largest prime.
  return { limit, count, largest: last.at(-1) ?? 2, first, last };
}

function markComposites(composite: Uint8Array, from: number, to: number, basePrimes: readonly number[]): void {
  composite.fill(0);
  for (const prime of basePrimes) {
    if (prime * prime > to) break;
    for (let multiple = Math.max(prime * prime, Math.ceil(from / prime) * prime); multiple <= to; multiple += prime) composite[multiple - from] = 1;
  }
}

function primesUpTo(limit: number): number[] {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate += 1) {
    if (composite[candidate] === 1) continue;
    primes.push(candidate);
    for (let multiple = candidate * candidate; multiple <= limit; multiple += candidate) composite[multiple] = 1;
  }
  return primes;
}
