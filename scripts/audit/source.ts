import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { BlobDownloadResponseParsed, ContainerClient } from '@azure/storage-blob';
import { CommandError } from '../commandError.ts';

export type RecordContainer = 'audit' | 'anchors';

export interface ListedBlob {
  readonly name: string;
  /** When something was last added, in milliseconds since 1970, by the clock of storage; undefined in a copy. */
  readonly modifiedMs: number | undefined;
}

/** Where the blobs of the record are read from. */
export interface BlobSource {
  /** @param folder prefix of the names, with its last slash */
  list(container: RecordContainer, folder: string): Promise<readonly ListedBlob[]>;
  /**
   * The bytes of a blob as it is when reading begins: what is added meanwhile is left out. Blobs of the record only grow, and by whole blocks, so that these bytes end with a block.
   * @returns undefined when there is no such blob
   */
  read(container: RecordContainer, blob: string): Promise<AsyncIterable<Buffer> | undefined>;
}

/** Asked for at once, in bytes. */
const CHUNK_BYTES = 8_388_608;
const FILE_CHUNK_BYTES = 1_048_576;
const NOT_FOUND = 404;
/** Storage answers that for any range of an empty blob. */
const RANGE_NOT_SATISFIABLE = 416;

export function blobSource(containers: Readonly<Record<RecordContainer, ContainerClient>>): BlobSource {
  return {
    async list(container, folder) {
      const found: ListedBlob[] = [];
      for await (const { name, properties } of containers[container].listBlobsFlat({ prefix: folder })) found.push({ name, modifiedMs: properties.lastModified.getTime() });
      return found;
    },
    async read(container, blob) {
      const client = containers[container].getBlobClient(blob);
      // The first answer tells the length: one request for most blobs.
      const first = await client.download(0, CHUNK_BYTES).catch((error: unknown) => {
        const { statusCode } = error as { statusCode?: number };
        if (statusCode === NOT_FOUND || statusCode === RANGE_NOT_SATISFIABLE) return statusCode;
        throw error;
      });
      if (typeof first === 'number') return first === NOT_FOUND ? undefined : chunksOf([]);
      return readOn(first, (offset, count) => client.download(offset, count));
    },
  };
}

async function* chunksOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function* readOn(first: BlobDownloadResponseParsed, download: (offset: number, count: number) => Promise<BlobDownloadResponseParsed>): AsyncGenerator<Buffer> {
  const total = Number(first.contentRange?.split('/')[1] ?? first.contentLength);
  yield* bytesOf(first);
  for (let offset = CHUNK_BYTES; offset < total; offset += CHUNK_BYTES) yield* bytesOf(await download(offset, Math.min(CHUNK_BYTES, total - offset)));
}

async function* bytesOf({ readableStreamBody }: BlobDownloadResponseParsed): AsyncGenerator<Buffer> {
  for await (const chunk of readableStreamBody ?? []) yield chunk as Buffer;
}

/** A copy on disk: a folder for each container, as `audit verify --download` writes it. */
export function folderSource(folder: string): BlobSource {
  return {
    async list(container, inside) {
      const root = join(folder, container);
      const found = await readdir(join(root, inside), { recursive: true, withFileTypes: true }).catch(ignoreMissing);
      return (found ?? []).filter((entry) => !entry.isDirectory()).map((entry) => ({ name: join(entry.parentPath, entry.name).slice(root.length + 1).split(sep).join('/'), modifiedMs: undefined }));
    },
    async read(container, blob) {
      const path = join(folder, container, blob);
      // An error of the stream itself would come too late to tell that there is none.
      const isThere = await access(path).then(() => true, ignoreMissing);
      return isThere ? createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES }) : undefined;
    },
  };
}

/** @throws CommandError AUDIT_COPY_UNREADABLE: what cannot be read is not to be taken for missing */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw new CommandError('AUDIT_COPY_UNREADABLE', `The copy cannot be read: ${error.message}`);
}
