import { randomUUID } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { parseEvent, type NewEvent, type ReleaseEvent } from './events.ts';

/** Source: learn.microsoft.com, "Append Block": a blob takes up to 50,000 appended blocks; one event is one block. */
const MAX_BLOCKS = 50_000;
const NOT_FOUND = 404;
const CONFLICT = 409;

/** What happened in the releases of a stack, oldest first. Only added to. */
export interface ReleaseLog {
  /** Adds an event of a release. @throws the error of storage when it is not stored */
  append(release: string, event: NewEvent): Promise<void>;
  /** All events. Lines that nobody can read are left out. */
  read(): Promise<ReleaseEvent[]>;
}

/** Name of the blob that goes on where the one before it is full. @param index 0 for the first */
export function logBlob(stack: string, index: number): string {
  return index === 0 ? `${stack}/log.jsonl` : `${stack}/log-${index}.jsonl`;
}

/**
 * The log of a stack in append blobs: `<stack>/log.jsonl`, and when that is full `<stack>/log-1.jsonl` and so on.
 * @param maxBlocks blocks that a blob takes
 */
export function openReleaseLog(container: ContainerClient, stack: string, now: () => Date = () => new Date(), maxBlocks = MAX_BLOCKS): ReleaseLog {
  // No blob before this one takes anything any more; blocks in it, once they are known.
  let current = 0;
  let blocks: number | undefined;
  const next = (): void => {
    current += 1;
    blocks = undefined;
  };
  return {
    async append(release, event) {
      const line = `${JSON.stringify({ format: 1, id: randomUUID(), at: now().toISOString(), release, ...event })}\n`;
      for (;;) {
        const blob = container.getAppendBlobClient(logBlob(stack, current));
        blocks ??= await blocksOf(container, logBlob(stack, current));
        if (blocks >= maxBlocks) {
          next();
          continue;
        }
        try {
          blocks = (await blob.appendBlock(line, Buffer.byteLength(line))).blobCommittedBlockCount;
          return;
        } catch (error) {
          // Filled by somebody else meanwhile.
          if ((error as { code?: string }).code !== 'BlockCountExceedsLimit') throw error;
          next();
        }
      }
    },
    async read() {
      const seen = new Set<string>();
      const events: ReleaseEvent[] = [];
      for (let index = 0; ; index += 1) {
        const text = await download(container, logBlob(stack, index));
        if (text === undefined) return events;
        for (const line of text.split('\n')) {
          const event = parseEvent(line);
          // The client sends a block again when an answer is lost.
          if (!event || seen.has(event.id)) continue;
          seen.add(event.id);
          events.push(event);
        }
      }
    },
  };
}

/** Blocks in a blob, which is made when there is none. */
async function blocksOf(container: ContainerClient, name: string): Promise<number> {
  try {
    return (await container.getBlobClient(name).getProperties()).blobCommittedBlockCount ?? 0;
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND) throw error;
    await create(container, name);
    return 0;
  }
}

async function create(container: ContainerClient, name: string): Promise<void> {
  await container.getAppendBlobClient(name).create({ conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: { blobContentType: 'application/x-ndjson' } }).catch((error: unknown) => {
    if (statusOf(error) !== CONFLICT) throw error;
  });
}

async function download(container: ContainerClient, name: string): Promise<string | undefined> {
  try {
    return (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
