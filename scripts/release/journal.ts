import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import { bySchema, VERBS } from './log/events.ts';

const packageSchema = z.object({ name: z.string(), digest: z.string() });

/** How far the release under way has come. What is done about one that was cut off is decided from facts; this says what to look for. */
const journalSchema = z.object({
  format: z.literal(1),
  release: z.string(),
  verb: z.enum(VERBS),
  by: bySchema,
  host: z.string(),
  since: z.iso.datetime(),
  step: z.string(),
  stepSince: z.iso.datetime(),
  /** What production is to run in the end. `back`: what it ran before, since verification of the candidate has failed, or in a rollback. */
  direction: z.enum(['forward', 'back']),
  /** What production and staging ran before the release. */
  before: z.object({ production: packageSchema.optional(), staging: packageSchema.optional() }),
  /** What the release is to bring into production; undefined in a deployment. */
  wanted: packageSchema.optional(),
  commit: z.string().optional(),
  /** Why it goes back. */
  reason: z.string().optional(),
});
export type Journal = z.output<typeof journalSchema>;

/** The journal of a stack, written by whoever holds its lock. */
export interface JournalStore {
  /** What a release that was cut off has left; undefined when there is none. @throws CommandError RELEASE_JOURNAL_UNREADABLE */
  read(): Promise<Journal | undefined>;
  /** @throws CommandError RELEASE_LOCK_LOST when somebody else has written since */
  write(journal: Journal): Promise<void>;
  /** Ends it: nothing is under way. @throws CommandError RELEASE_LOCK_LOST */
  clear(): Promise<void>;
}

const NOT_FOUND = 404;
const CONFLICTS: readonly (number | undefined)[] = [409, 412];

export function journalBlob(stack: string): string {
  return `${stack}/current.json`;
}

export function openJournal(container: ContainerClient, stack: string): JournalStore {
  const blob = container.getBlockBlobClient(journalBlob(stack));
  let etag: string | undefined;
  const conditions = () => (etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag });
  return {
    async read() {
      try {
        const { etag: found } = await blob.getProperties();
        const text = (await blob.downloadToBuffer(0, undefined, { conditions: { ...(found === undefined ? {} : { ifMatch: found }) } })).toString('utf8');
        etag = found;
        return parse(stack, text);
      } catch (error) {
        if (statusOf(error) !== NOT_FOUND) throw error;
        etag = undefined;
        return undefined;
      }
    },
    async write(journal) {
      const text = JSON.stringify(journal);
      try {
        etag = (await blob.upload(text, Buffer.byteLength(text), { conditions: conditions(), blobHTTPHeaders: { blobContentType: 'application/json' } })).etag;
      } catch (error) {
        if (!CONFLICTS.includes(statusOf(error))) throw error;
        // The client sends a request again when an answer is lost: the first attempt has landed when this very text stands there.
        const { etag: found } = await blob.getProperties().catch(() => ({ etag: undefined }));
        if (found === undefined || (await blob.downloadToBuffer(0, undefined, { conditions: { ifMatch: found } }).catch(() => Buffer.alloc(0))).toString('utf8') !== text) throw overtaken(stack);
        etag = found;
      }
    },
    async clear() {
      if (etag === undefined) return;
      await blob.delete({ conditions: conditions() }).catch((error: unknown) => {
        if (CONFLICTS.includes(statusOf(error))) throw overtaken(stack);
        if (statusOf(error) !== NOT_FOUND) throw error;
      });
      etag = undefined;
    },
  };
}

function overtaken(stack: string): CommandError {
  return new CommandError('RELEASE_LOCK_LOST', `Another release has written the journal of stack "${stack}" meanwhile. This one stops. Run the command again: it goes on from where the stack stands.`);
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

function parse(stack: string, text: string): Journal {
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch {
    throw new CommandError('RELEASE_JOURNAL_UNREADABLE', `The journal releases/${journalBlob(stack)} cannot be read, so that nobody can tell what was under way. Look at "npm run release -- history" and at the slots, then delete that blob.`);
  }
}
