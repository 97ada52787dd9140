import { Agent, request as send } from 'node:https';
import { uninstrumentedAgents } from '../telemetry/uninstrumentedAgents.ts';
import { BLOB_SERVICE_VERSION, STORAGE_SCOPE } from './blobService.ts';

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

export interface AppendStoreOptions {
  /** Blob endpoint of the account. */
  readonly accountUrl: string;
  readonly container: string;
  readonly getToken: (scope: string) => Promise<string>;
  /** Of one request, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The answers that are told apart: that there is such a blob (the second to who may only append), and that it does not end there.
 * Source: learn.microsoft.com, "Blob service error codes" and "Blob service error codes for immutable storage".
 */
const BLOB_EXISTS: ReadonlySet<string> = new Set(['BlobAlreadyExists', 'UnauthorizedBlobOverwrite', 'BlobImmutableDueToPolicy']);
const POSITION_NOT_MET = 'AppendPositionConditionNotMet';

/**
 * Append blobs of one container, by the two requests that it takes. Each is made once: after a time-out the writer has to know whether it was the first attempt
 * that landed. The client of Azure Storage takes several times the CPU time for one, which in mode `durable` every few calls pay (docs/benchmarks.md).
 * Sources: learn.microsoft.com, "Put Blob" and "Append Block" of the Blob service REST API, "Authorize with Microsoft Entra ID".
 */
export function createAppendStore({ accountUrl, container, getToken, timeoutMs }: AppendStoreOptions): AppendStore {
  const { hostname, port, pathname } = new URL(accountUrl);
  const folder = `${pathname.replace(/\/$/, '')}/${container}/`;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  uninstrumentedAgents.add(agent);
  /** @returns the code of the error, undefined when there is none */
  const put = async (blob: string, query: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<string | undefined> => {
    const authorization = `Bearer ${await getToken(STORAGE_SCOPE)}`;
    return new Promise((resolve, reject) => {
      const request = send({
        agent, hostname, port, method: 'PUT', path: `${folder}${blob}${query}`,
        headers: { authorization, 'x-ms-version': BLOB_SERVICE_VERSION, 'x-ms-date': new Date().toUTCString(), 'content-length': body.length, ...headers },
      }, (answer) => {
        // What the body says more is for people; the connection is free once it is read.
        answer.resume().once('error', reject).once('end', () => {
          clearTimeout(timer);
          const { statusCode = 0, headers: { 'x-ms-error-code': code } } = answer;
          resolve(statusCode >= 200 && statusCode < 300 ? undefined : typeof code === 'string' ? code : `HTTP ${statusCode}`);
        });
      });
      const timer = setTimeout(() => request.destroy(new Error(`Storage does not answer within ${timeoutMs} ms.`)), timeoutMs);
      request.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(body);
    });
  };
  return {
    async create(blob) {
      const code = await put(blob, '', { 'x-ms-blob-type': 'AppendBlob', 'if-none-match': '*' }, NO_BYTES);
      if (code !== undefined && !BLOB_EXISTS.has(code)) throw new Error(`Storage does not make ${container}/${blob}: ${code}.`);
    },
    async append(blob, bytes, position) {
      const code = await put(blob, '?comp=appendblock', position === undefined ? NO_CONDITION : { 'x-ms-blob-condition-appendpos': String(position) }, bytes);
      if (code === POSITION_NOT_MET) throw new AppendPositionError(blob, position);
      if (code !== undefined) throw new Error(`Storage does not append to ${container}/${blob}: ${code}.`);
    },
  };
}

/** Who writes sends one request after the other. */
const CONNECTIONS = 1;
const NO_BYTES = new Uint8Array();
const NO_CONDITION: Readonly<Record<string, string>> = {};
