import type { AppendBlobClient, BlobServiceClient, RestError } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';

/** Append blobs of the state account. */
export interface AppendStore {
  /** Makes an empty blob; one that exists already stays as it is. */
  create(blob: string): Promise<void>;
  /**
   * Appends one block, which is stored whole or not at all.
   * @param position where the block has to begin, in bytes; undefined when a second copy of it does no harm
   * @throws AppendPositionError when the blob is longer or shorter than that
   */
  append(blob: string, bytes: Uint8Array, position?: number): Promise<void>;
}

/** The blob does not end where the block was to begin. */
export class AppendPositionError extends Error {
  constructor(blob: string, position: number | undefined) {
    super(`Blob ${blob} does not end at byte ${position}.`);
    this.name = 'AppendPositionError';
  }
}

const CONFLICT = 409;
const PRECONDITION_FAILED = 412;

/**
 * Append blobs of one container, over the client of Azure Storage. Its retries are off: after a time-out the writer has to know whether it was
 * the first attempt that landed.
 * @param timeoutMs of one request, in milliseconds
 */
export function createAppendStore(accountUrl: string, container: string, credential: TokenCredential, timeoutMs: number): AppendStore {
  let service: Promise<BlobServiceClient> | undefined;
  // The client of the blob that is written now: making one takes longer than using it.
  let current: { readonly blob: string; readonly client: AppendBlobClient } | undefined;
  const blobOf = async (blob: string): Promise<AppendBlobClient> => {
    if (current?.blob === blob) return current.client;
    // Loaded at the first use, off the path of the start.
    service ??= import('@azure/storage-blob').then(({ BlobServiceClient: Client }) => new Client(accountUrl, credential, { retryOptions: { maxTries: 1 } }));
    current = { blob, client: (await service).getContainerClient(container).getAppendBlobClient(blob) };
    return current.client;
  };
  return {
    async create(blob) {
      try {
        await (await blobOf(blob)).create({ conditions: { ifNoneMatch: '*' }, abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        if (statusOf(error) !== CONFLICT) throw error;
      }
    },
    async append(blob, bytes, position) {
      try {
        await (await blobOf(blob)).appendBlock(bytes, bytes.length, { abortSignal: AbortSignal.timeout(timeoutMs), ...(position === undefined ? {} : { conditions: { appendPosition: position } }) });
      } catch (error) {
        throw statusOf(error) === PRECONDITION_FAILED ? new AppendPositionError(blob, position) : error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return (error as Partial<RestError> | undefined)?.statusCode;
}
