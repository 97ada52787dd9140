import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  readonly count: number;
  readonly perSecond: number;
  /** How many run at a time. */
  readonly concurrency: number;
}

/** Runs a task so many times, no faster than the pace. What one of them throws ends the whole. */
export async function pace({ count, perSecond, concurrency }: Pace, task: (index: number) => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  let next = 0;
  const run = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const early = startedAtMs + (index * 1_000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, run));
}
