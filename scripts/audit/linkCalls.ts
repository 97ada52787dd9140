import { z } from 'zod';
import type { ChangeLine } from './lines.ts';
import type { RecordReader } from './readRecord.ts';

/** What a call led to, by the word of an operator: the members that report_change takes of an agent. */
export const changeSchema = z.strictObject({
  type: z.enum(['commit', 'pull_request', 'deployment', 'incident', 'other']),
  reference: z.string().min(1).max(200),
  url: z.url({ protocol: /^https$/ }).max(500).optional(),
});
export type Change = z.output<typeof changeSchema>;

/** A call, and what it led to. */
export interface Link {
  readonly callId: string;
  readonly change: Change;
}

export type LinkState = 'linked' | 'already linked' | 'not in the record';

/** Form of a call id: docs/decisions/018-the-record.md, "Call ids". */
const CALL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A call id in the form in which records have it; undefined for what is none. RFC 9562 has upper case read as lower case. */
export function parseCallId(text: string): string | undefined {
  const lower = text.toLowerCase();
  return CALL_ID.test(lower) ? lower : undefined;
}

export interface LinkReader extends RecordReader {
  /** What is to be done about each link, in their order. */
  states(): LinkState[];
  /** Streams in which records of the calls stand that are not to be believed. */
  readonly doubtedIn: ReadonlySet<string>;
}

/**
 * Finds out which links can be made. One stands already when an operator has made it and a signed head proves it: one that was cut off before that is made again, and `show`
 * tells the two as one.
 * @param isWanted whether a call may have happened at that time; links to it may be later
 */
export function findLinks(links: readonly Link[], isWanted: (at: string) => boolean): LinkReader {
  const callIds = new Set(links.map(({ callId }) => callId));
  const recorded = new Set<string>();
  const linked = new Set<string>();
  const doubtedIn = new Set<string>();
  return {
    doubtedIn,
    take(records, { origin }) {
      for (const { record, anchored } of records) {
        if ((record.kind === 'call' || record.kind === 'intent') && callIds.has(record.callId) && isWanted(record.at)) recorded.add(record.callId);
        if (record.kind === 'change' && origin === 'operator' && anchored) linked.add(keyOf(record));
      }
    },
    doubt(record, { stream }) {
      if ((record.kind === 'call' || record.kind === 'intent') && callIds.has(record.callId)) doubtedIn.add(stream);
    },
    states() {
      const seen = new Set(linked);
      return links.map((link) => {
        if (!recorded.has(link.callId)) return 'not in the record';
        const isKnown = seen.has(keyOf(link));
        seen.add(keyOf(link));
        return isKnown ? 'already linked' : 'linked';
      });
    },
  };
}

function keyOf({ callId, change: { type, reference, url } }: Pick<ChangeLine, 'callId' | 'change'>): string {
  return JSON.stringify([callId, type, reference, url]);
}
