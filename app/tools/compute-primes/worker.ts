import { lowerPriority } from '../../workers/lowerPriority.ts';
import { shouldStop } from '../../workers/stopFlag.ts';
import type { WorkerTask } from '../../workers/workerPool.ts';
import { computePrimes, type Primes } from './sieve.ts';

lowerPriority();

/** One call, in a thread of its own. */
export default function work({ input, flag, progress }: WorkerTask<{ limit: number }>): Primes | undefined {
  try {
    return computePrimes(input.limit, { shouldStop: () => shouldStop(flag), onProgress: (upTo) => progress.postMessage(upTo) });
  } finally {
    progress.close();
  }
}
