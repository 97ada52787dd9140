import type { ContainerClient } from '@azure/storage-blob';
import { denyListSchema, NO_RULES, type DenyList } from './denyRules.ts';

/** The list as it is held, and what tells whether it is still that one. */
export interface HeldList {
  readonly held: DenyList;
  readonly etag: string | undefined;
}

/** Where the list of the denied is: docs/decisions/018-the-record.md. */
export interface DenyListStore {
  read(): Promise<HeldList>;
  /** @throws ListChangedError when somebody else has changed it since it was read */
  write(list: DenyList, etag: string | undefined): Promise<void>;
}

export class ListChangedError extends Error {}

const BLOB = 'deny.json';
const NOT_FOUND = 404;
const CONFLICTS: readonly (number | undefined)[] = [409, 412];

export function denyListStore(container: ContainerClient): DenyListStore {
  const blob = container.getBlockBlobClient(BLOB);
  return {
    async read() {
      try {
        const { etag } = await blob.getProperties();
        const bytes = await blob.downloadToBuffer(0, undefined, { conditions: { ...(etag === undefined ? {} : { ifMatch: etag }) } });
        return { held: denyListSchema.parse(JSON.parse(bytes.toString('utf8'))), etag };
      } catch (error) {
        if (statusOf(error) === NOT_FOUND) return { held: NO_RULES, etag: undefined };
        throw error;
      }
    },
    async write(list, etag) {
      const text = JSON.stringify(list);
      try {
        await blob.upload(text, Buffer.byteLength(text), { conditions: etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag } });
      } catch (error) {
        throw CONFLICTS.includes(statusOf(error)) ? new ListChangedError((error as Error).message) : error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
