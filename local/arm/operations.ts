import { randomUUID } from 'node:crypto';
import { AzureError } from '../core/errors.ts';
import type { Json } from './types.ts';

/** A long-running operation as its status page shows it. */
export interface Operation {
  readonly id: string;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  error?: AzureError;
  /** What the work came to, where it has a result beside the resources that it changed. */
  result?: Json;
  /** Resolves when the operation has ended, well or not. */
  readonly done: Promise<void>;
}

/** Long-running operations of this process. Source: learn.microsoft.com, "Track asynchronous Azure operations". */
export interface Operations {
  start(work: () => Promise<Json | void>): Operation;
  get(id: string): Operation | undefined;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
}

/** Ended operations are kept for late pollers, this many at the most. */
const KEPT_OPERATIONS = 1_000;

export function createOperations(onFailure: (error: unknown) => void): Operations {
  const operations = new Map<string, Operation>();
  return {
    start(work) {
      const id = randomUUID();
      const operation: Operation = {
        id,
        status: 'InProgress',
        done: work().then(
          (result) => {
            if (result !== undefined) operation.result = result;
            operation.status = 'Succeeded';
          },
          (error: unknown) => {
            operation.status = 'Failed';
            operation.error = error instanceof AzureError ? error : new AzureError(500, 'InternalServerError', 'The operation failed inside the local Azure; its log has the cause.');
            onFailure(error);
          },
        ),
      };
      operations.set(id, operation);
      for (const [key, kept] of operations) {
        if (operations.size <= KEPT_OPERATIONS) break;
        if (kept.status !== 'InProgress') operations.delete(key);
      }
      return operation;
    },
    get: (id) => operations.get(id),
    async idle() {
      await Promise.all([...operations.values()].map((operation) => operation.done));
    },
  };
}
