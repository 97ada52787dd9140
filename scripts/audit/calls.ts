import type { CallLine } from './lines.ts';
import type { RecordReader } from './readRecord.ts';

/** What `audit calls` selects by. */
export interface CallFilter {
  /** Object id of the person who delegated. */
  readonly person?: string | undefined;
  /** Object id or client id of the agent that acted. */
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  readonly outcome?: string | undefined;
}

/** A call, and whether a signed head proves its record. */
export type FoundCall = CallLine & { readonly anchored: boolean };

export interface CallSelection extends RecordReader {
  /** The newest first. */
  found(): readonly FoundCall[];
}

/** Selects the newest calls, and holds no more than twice as many. */
export function selectCalls({ person, agent, tool, outcome }: CallFilter, limit: number): CallSelection {
  let newest: FoundCall[] = [];
  const cut = (): void => {
    newest = newest.sort((left, right) => (left.at < right.at ? 1 : -1)).slice(0, limit);
  };
  return {
    take(records) {
      for (const { record, anchored } of records) {
        if (record.kind !== 'call') continue;
        const { delegation } = record;
        const isWanted = (person === undefined || delegation.person === person) && (agent === undefined || delegation.agent === agent || delegation.client === agent)
          && (tool === undefined || record.tool === tool) && (outcome === undefined || record.outcome === outcome);
        if (isWanted) newest.push({ ...record, anchored });
      }
      if (newest.length > 2 * limit) cut();
    },
    found() {
      cut();
      return newest;
    },
  };
}
