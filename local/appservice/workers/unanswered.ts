import { setTimeout as delay } from 'node:timers/promises';

/** Requests on their way to one process, until its answer begins. */
export interface Unanswered {
  /** A request is sent. @returns to be called when its answer begins, or none will come; again is harmless */
  enter(): () => void;
  /** Resolves when there is none, or the time is up. */
  none(limitMs: number): Promise<void>;
}

export function createUnanswered(): Unanswered {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    enter() {
      count++;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        if (--count > 0) return;
        for (const wake of waiting) wake();
        waiting.clear();
      };
    },
    async none(limitMs) {
      if (count === 0) return;
      const over = new AbortController();
      await Promise.race([new Promise<void>((resolve) => waiting.add(resolve)), delay(limitMs, undefined, { signal: over.signal }).catch(() => undefined)]);
      over.abort();
    },
  };
}
