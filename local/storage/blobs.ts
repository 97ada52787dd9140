import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AzureError } from '../core/errors.ts';
import type { AccountRecord, AccountStore } from './accounts.ts';
import type { AzuriteEndpoint } from './azurite.ts';
import type { StandingBlob } from './immutability.ts';
import { SERVICE_VERSION } from './limits.ts';
import { sharedKeyAuthorization } from './sharedKey.ts';

/** A request that the local storage makes itself, with the account's key. */
export interface KeyRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Below the account, `/container/blob`; not encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** File whose bytes are the body. */
  readonly filePath?: string;
}

export interface KeyAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request signed with key1 of the account. Answers of any status are returned. */
export async function sendWithKey(endpoint: AzuriteEndpoint, accounts: AccountStore, account: AccountRecord, given: KeyRequest, now: Date): Promise<KeyAnswer> {
  const [key] = accounts.keysOf(account);
  const query = new URLSearchParams(given.query).toString();
  const url = `/${account.name}${given.path.split('/').map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
  const length = given.filePath === undefined ? 0 : (await stat(given.filePath)).size;
  const headers: Record<string, string> = {
    'x-ms-version': SERVICE_VERSION,
    'x-ms-date': now.toUTCString(),
    ...(given.method === 'PUT' ? { 'content-length': String(length) } : {}),
    ...given.headers,
  };
  const authorization = sharedKeyAuthorization(account.name, key.value, { method: given.method, url, headers });
  return await new Promise<KeyAnswer>((resolve, reject) => {
    const request = httpsRequest(
      { host: '127.0.0.1', port: endpoint.port, agent: endpoint.agent, method: given.method, path: url, headers: { ...headers, authorization } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Azurite closes idle connections, and may do so at the moment at which one is taken again. Source: nodejs.org, "HTTP", request.reusedSocket.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && (given.method === 'GET' || given.method === 'HEAD');
      if (isStale) resolve(sendWithKey(endpoint, accounts, account, given, now));
      else reject(error);
    });
    if (given.filePath === undefined) request.end();
    else pipeline(createReadStream(given.filePath), request).catch(reject);
  });
}

/** Turns an answer that was not expected into an error, with storage's own code. */
export function toStorageError(answer: KeyAnswer, what: string): AzureError {
  const code = answer.headers['x-ms-error-code'];
  return new AzureError(answer.status, typeof code === 'string' ? code : 'StorageError', `${what} failed: storage answered ${answer.status} ${String(code ?? '')}.`);
}

/** Creates a container, or sees that it exists. */
export async function ensureContainer(
  endpoint: AzuriteEndpoint,
  accounts: AccountStore,
  account: AccountRecord,
  container: { name: string; publicAccess: 'None' | 'Blob' | 'Container'; metadata: Readonly<Record<string, string>> },
  now: Date,
): Promise<void> {
  const access: Record<string, string> = container.publicAccess === 'None' ? {} : { 'x-ms-blob-public-access': container.publicAccess.toLowerCase() };
  const metadata = metadataHeaders(container.metadata);
  const send = (query: Record<string, string>, headers: Record<string, string>): Promise<KeyAnswer> =>
    sendWithKey(endpoint, accounts, account, { method: 'PUT', path: `/${container.name}`, query: { restype: 'container', ...query }, headers }, now);
  const made = await send({}, { ...access, ...metadata });
  if (made.status === 201) return;
  if (made.status !== 409) throw toStorageError(made, `Creating the container ${container.name}`);
  for (const change of [await send({ comp: 'acl' }, access), await send({ comp: 'metadata' }, metadata)]) {
    if (change.status !== 200) throw toStorageError(change, `Changing the container ${container.name}`);
  }
}

export async function deleteContainer(endpoint: AzuriteEndpoint, accounts: AccountStore, account: AccountRecord, name: string, now: Date): Promise<void> {
  const answer = await sendWithKey(endpoint, accounts, account, { method: 'DELETE', path: `/${name}`, query: { restype: 'container' } }, now);
  if (answer.status !== 202 && answer.status !== 404) throw toStorageError(answer, `Deleting the container ${name}`);
}

/** Whether a container holds a blob. */
export async function holdsBlobs(endpoint: AzuriteEndpoint, accounts: AccountStore, account: AccountRecord, name: string, now: Date): Promise<boolean> {
  const answer = await sendWithKey(endpoint, accounts, account, { method: 'GET', path: `/${name}`, query: { restype: 'container', comp: 'list', maxresults: '1' } }, now);
  if (answer.status === 404) return false;
  if (answer.status !== 200) throw toStorageError(answer, `Listing the blobs of ${name}`);
  return answer.body.includes('<Blob>');
}

/** A blob as it stands; undefined when there is none. */
export async function findBlob(endpoint: AzuriteEndpoint, accounts: AccountStore, account: AccountRecord, path: string, now: Date): Promise<StandingBlob | undefined> {
  const answer = await sendWithKey(endpoint, accounts, account, { method: 'HEAD', path }, now);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw toStorageError(answer, `Reading the properties of ${path}`);
  return { createdAtMs: Date.parse(String(answer.headers['x-ms-creation-time'])), isAppendBlob: answer.headers['x-ms-blob-type'] === 'AppendBlob' };
}

export async function listContainers(endpoint: AzuriteEndpoint, accounts: AccountStore, account: AccountRecord, now: Date): Promise<string[]> {
  const names: string[] = [];
  for (let marker: string | undefined = ''; marker !== undefined; ) {
    const answer: KeyAnswer = await sendWithKey(endpoint, accounts, account, { method: 'GET', path: '/', query: { comp: 'list', ...(marker === '' ? {} : { marker }) } }, now);
    if (answer.status !== 200) throw toStorageError(answer, 'Listing containers');
    // Container names hold no character that XML would escape.
    names.push(...[...answer.body.matchAll(/<Container><Name>([^<]+)<\/Name>/g)].map((match) => match[1] ?? ''));
    marker = /<NextMarker>([^<]+)<\/NextMarker>/.exec(answer.body)?.[1];
  }
  return names;
}

export function metadataHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name.toLowerCase()}`, value]));
}
