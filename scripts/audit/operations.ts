import { z } from 'zod';
import type { RecordReader } from './readRecord.ts';

/** What an operator did by a command. */
export interface Operation {
  readonly at: string;
  readonly stream: string;
  readonly operation: string;
  /** Object id of the operator. */
  readonly by: string | undefined;
  readonly details: unknown;
  /** Whether a signed head proves the record of it. */
  readonly anchored: boolean;
  /**
   * What came of it. `none`: the intent alone is recorded, so that the command was cut off or still runs, and nobody can tell from the record whether the change was made.
   * Undefined for an operation that is recorded in one line.
   */
  readonly outcome: 'done' | 'failed' | 'none' | undefined;
  /** Why it failed. */
  readonly why?: string | undefined;
  /** Whether a signed head proves the record of the outcome. */
  readonly outcomeAnchored?: boolean | undefined;
}

/**
 * The details of a line about a change that is recorded before it is made, and again when it is known what came of it.
 * `of` names the stream of the intent when a later command tells what came of it.
 */
const stepSchema = z.looseObject({ id: z.string(), step: z.enum(['intended', 'done', 'failed']), of: z.string().optional(), why: z.string().optional() });

export interface OperationsReader extends RecordReader {
  /** The oldest first. */
  operations(): readonly Operation[];
}

/** Gathers what operators did, and what came of it. */
export function gatherOperations(): OperationsReader {
  const begun: { readonly key: string | undefined; readonly operation: Operation }[] = [];
  const outcomes = new Map<string, Outcome>();
  return {
    origin: 'operator',
    take(records, { stream }) {
      for (const { record, anchored } of records) {
        if (record.kind !== 'operation') continue;
        const { at, operation, by, details } = record;
        const { id, step, of = stream, why } = stepSchema.safeParse(details).data ?? {};
        const key = step && JSON.stringify([of, operation, id]);
        if (key === undefined || step === 'intended') begun.push({ key, operation: { at, stream, operation, by: by?.oid, details, anchored, outcome: undefined } });
        else if (step) outcomes.set(key, weightier(outcomes.get(key), { outcome: step, why, anchored }));
      }
    },
    operations() {
      return begun.map(({ key, operation }) => {
        const told = key === undefined ? undefined : outcomes.get(key);
        if (told) return { ...operation, outcome: told.outcome, why: told.why, outcomeAnchored: told.anchored };
        return key === undefined ? operation : { ...operation, outcome: 'none' as const };
      }).sort((left, right) => (left.at < right.at ? -1 : 1));
    },
  };
}

interface Outcome {
  readonly outcome: 'done' | 'failed';
  readonly why: string | undefined;
  readonly anchored: boolean;
}

/** Told twice, it was done: who tells later that it was not had looked before it was. Of two alike, the one that is proven counts. */
function weightier(known: Outcome | undefined, added: Outcome): Outcome {
  if (!known) return added;
  if (known.outcome !== added.outcome) return known.outcome === 'done' ? known : added;
  return known.anchored ? known : added;
}
