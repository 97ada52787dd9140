import type { z } from 'zod';
import { runInWorker } from '../../workers/workerPool.ts';
import type { ToolContext } from '../toolContext.ts';
import type { Primes } from './sieve.ts';
import type { input, output } from './tool.ts';

/** Computes in a thread of its own, and tells how far it has come. */
export async function run({ limit }: z.output<typeof input>, { signal, exchange }: Pick<ToolContext, 'signal' | 'exchange'>): Promise<z.input<typeof output>> {
  return runInWorker<{ limit: number }, Primes, number>('compute-primes', {
    input: { limit },
    signal,
    onProgress: (upTo) => exchange.progress({ progress: upTo, total: limit }),
  });
}
