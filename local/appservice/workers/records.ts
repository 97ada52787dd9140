import { z } from 'zod';
import type { LocalContext } from '../../core/context.ts';
import { identify, isRunning } from '../../core/processIdentity.ts';

/** Which worker processes run, on disk: who comes after a killed process finds them. */
export interface WorkerRecords {
  add(pid: number, siteId: string): void;
  remove(pid: number): void;
  /** Ends the workers that an earlier process left behind. @returns their process ids */
  endLeftovers(): number[];
}

const recordSchema = z.object({ pid: z.number().int(), startedAt: z.string(), siteId: z.string() });

export function createWorkerRecords(context: Pick<LocalContext, 'documents' | 'log'>): WorkerRecords {
  const records = context.documents.collection('app-service-workers', recordSchema);
  return {
    add(pid, siteId) {
      const identity = identify(pid);
      // Gone already: nothing is left to be found.
      if (identity) records.put(String(pid), { ...identity, siteId });
    },
    remove: (pid) => void records.delete(String(pid)),
    endLeftovers() {
      const ended: number[] = [];
      for (const [key, record] of records.entries()) {
        // The start time tells the worker from a later process with the same number.
        if (isRunning(record) && endGroup(record.pid, 'SIGKILL')) ended.push(record.pid);
        records.delete(key);
      }
      if (ended.length > 0) context.log.warn({ pids: ended }, 'worker processes of an earlier run were ended');
      return ended;
    },
  };
}

/** Signals a worker with all that it started: a worker leads a process group of its own. @returns false when it is gone */
export function endGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
