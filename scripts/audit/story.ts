import type { CallLine, ChangeLine, IntentLine, StreamLine } from './lines.ts';
import type { RecordReader, RecordStream } from './readRecord.ts';

/** What a call led to, and who says so. */
export interface StoryChange {
  readonly at: string;
  readonly change: ChangeLine['change'];
  /** `agent`: the caller of the call, by the tool report_change. `operator`: somebody with the right to write to the record, by `audit link`. */
  readonly saidBy: 'agent' | 'operator';
  readonly by: ChangeLine['by'];
  readonly anchored: boolean;
}

/** All that the record says about one call. */
export interface Story {
  readonly call: CallLine | IntentLine;
  /** Whether a signed head proves the record of the call. */
  readonly anchored: boolean;
  /** Whether the intent was recorded before, for a tool that changes something. */
  readonly hasIntent: boolean;
  /** Where it was served. */
  readonly served: Pick<StreamLine, 'slot' | 'instance' | 'packageDigest' | 'policyVersion'> | undefined;
  readonly stream: string;
  /** The oldest first. What was said twice is told once. */
  readonly changes: readonly StoryChange[];
  /** Other streams that have a record of a call with this id. The server makes no id twice. */
  readonly alsoIn: readonly string[];
}

export interface StoryReader extends RecordReader {
  /** @returns undefined when no record of the call is to be believed */
  story(): Story | undefined;
  /** Streams in which records of the call stand that are not to be believed. */
  readonly doubtedIn: ReadonlySet<string>;
}

interface Telling {
  readonly stream: RecordStream;
  call: CallLine | IntentLine;
  anchored: boolean;
  hasIntent: boolean;
}

/**
 * Gathers what the record says about a call.
 * @param isWanted whether a call may have happened at that time; what it led to may be later
 */
export function tellStory(callId: string, isWanted: (at: string) => boolean): StoryReader {
  const tellings = new Map<string, Telling>();
  const changes = new Map<string, StoryChange>();
  const doubtedIn = new Set<string>();
  return {
    doubtedIn,
    take(records, stream) {
      for (const { record, anchored } of records) {
        if (record.kind === 'change' && record.callId === callId) addChange(changes, { at: record.at, change: record.change, saidBy: stream.origin === 'operator' ? 'operator' : 'agent', by: record.by, anchored });
        if ((record.kind !== 'call' && record.kind !== 'intent') || record.callId !== callId || !isWanted(record.at)) continue;
        const known = tellings.get(stream.stream);
        const isIntent = record.kind === 'intent';
        tellings.set(stream.stream, isIntent && known ? { ...known, hasIntent: true } : { stream, call: record, anchored, hasIntent: isIntent || known?.hasIntent === true });
      }
    },
    doubt(record, { stream }) {
      if ('callId' in record && record.callId === callId) doubtedIn.add(stream);
    },
    story() {
      const [first, ...others] = tellings.values();
      return first && {
        call: first.call, anchored: first.anchored, hasIntent: first.hasIntent, served: servedOf(first.stream.opening), stream: first.stream.stream,
        changes: [...changes.values()].sort((left, right) => (left.at < right.at ? -1 : 1)), alsoIn: others.map(({ stream }) => stream.stream),
      };
    },
  };
}

function servedOf(opening: StreamLine | undefined): Story['served'] {
  if (!opening) return undefined;
  const { slot, instance, packageDigest, policyVersion } = opening;
  return { slot, instance, packageDigest, policyVersion };
}

/** Of two that say the same, the one that is proven counts, or else the older one. */
function addChange(changes: Map<string, StoryChange>, added: StoryChange): void {
  const { saidBy, by, change: { type, reference, url } } = added;
  const key = JSON.stringify([saidBy, by.oid, type, reference, url]);
  const known = changes.get(key);
  if (!known || (added.anchored && !known.anchored) || (added.anchored === known.anchored && added.at < known.at)) changes.set(key, added);
}
