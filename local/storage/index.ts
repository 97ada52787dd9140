import { statSync } from 'node:fs';
import type { Arm, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import { LOOPBACK } from '../core/listeners.ts';
import type { Directory } from '../entra/types.ts';
import { OPEN_NETWORK, type NetworkReach } from '../network/index.ts';
import { createAccountStore, type AccountRecord } from './accounts.ts';
import { createAzurite } from './azurite.ts';
import { ensureContainer, metadataHeaders, sendWithKey, toStorageError, type KeyAnswer, type KeyRequest } from './blobs.ts';
import { createFront, requireNetwork, requireSharedKey } from './front.ts';
import { SINGLE_PUT_LIMIT_BYTES } from './limits.ts';
import { accountNameOf, CONTAINER_TYPE, storageResourceTypes, toContainer } from './rows.ts';

/** Where a blob is. */
export interface BlobAddress {
  /** Resource id of the storage account. */
  readonly accountId: string;
  readonly container: string;
  readonly blob: string;
}

export interface BlobUpload extends BlobAddress {
  /** File whose bytes become the blob. */
  readonly filePath: string;
  readonly contentType?: string;
  /** MD5 of the whole content, base64; kept with the blob. */
  readonly contentMd5?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly accessTier?: string;
}

export interface BlobProperties {
  readonly url: string;
  readonly contentLength: number;
  readonly contentType: string | undefined;
  /** Base64. */
  readonly contentMd5: string | undefined;
  readonly etag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** `BlockBlob`, `AppendBlob` or `PageBlob`. */
  readonly blobType: string | undefined;
  readonly accessTier: string | undefined;
}

export interface Storage {
  readonly resourceTypes: ResourceType[];
  /**
   * Uploads a block blob with the account's key, as azure-native does.
   * @throws AzureError 403 KeyBasedAuthenticationNotPermitted, 404 ContainerNotFound, 404 ResourceNotFound
   */
  uploadBlob(upload: BlobUpload): Promise<BlobProperties>;
  /** @returns undefined when there is no such blob or container */
  headBlob(address: BlobAddress): Promise<BlobProperties | undefined>;
  /** @returns whether there was one */
  deleteBlob(address: BlobAddress): Promise<boolean>;
  /** `https://127.0.0.1:PORT`, what blob URLs begin with. */
  readonly endpoint: string;
  /** Process id of Azurite while it runs. */
  readonly azuritePid: number | undefined;
  close(): Promise<void>;
}

/** Blob storage: the ARM resources, the authorizing front, and Azurite behind it. Queues, tables and files are not served. */
export async function createStorage({ context, arm, directory, network = OPEN_NETWORK }: { context: LocalContext; arm: Arm; directory: Directory; network?: NetworkReach }): Promise<Storage> {
  const accounts = createAccountStore(context);
  const azurite = await createAzurite(context, accounts, async (at) => {
    // What Azurite had not saved when it was killed, and what a crash left half done.
    for (const resource of arm.list(CONTAINER_TYPE)) {
      const account = accounts.find(accountNameOf(resource.id));
      if (account) await ensureContainer(at, accounts, account, toContainer(resource), context.now());
    }
  });
  const listener = await context.listeners.open('storage', createFront({ context, arm, directory, network, accounts, azurite }), { tls: true });

  const send = async ({ accountId, container, blob }: BlobAddress, request: Omit<KeyRequest, 'path'>): Promise<KeyAnswer> => {
    const account = findAccount(accountId);
    return await azurite.use((at) => sendWithKey(at, accounts, account, { ...request, path: `/${container}/${blob}` }, context.now()));
  };
  const findAccount = (accountId: string): AccountRecord => {
    const resource = arm.get(accountId);
    const account = resource && accounts.find(resource.name.toLowerCase());
    if (!resource || !account) throw new AzureError(404, 'ResourceNotFound', `The storage account ${accountId} does not exist.`);
    requireNetwork(network, resource, { address: LOOPBACK, principalId: undefined });
    requireSharedKey(resource);
    return account;
  };
  const headBlob = async (address: BlobAddress): Promise<BlobProperties | undefined> => {
    const answer = await send(address, { method: 'HEAD' });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw toStorageError(answer, `Reading the properties of ${address.container}/${address.blob}`);
    return toProperties(answer, `${listener.url}/${accountNameOf(address.accountId)}/${address.container}/${address.blob}`);
  };

  return {
    resourceTypes: storageResourceTypes({ context, accounts, azurite, arm, endpoint: listener.url }),
    endpoint: listener.url,
    get azuritePid() {
      return azurite.pid;
    },
    headBlob,
    async uploadBlob(upload) {
      const { size } = statSync(upload.filePath);
      if (size > SINGLE_PUT_LIMIT_BYTES) throw new AzureError(413, 'RequestBodyTooLarge', `The file has ${size} bytes; one upload takes ${SINGLE_PUT_LIMIT_BYTES}.`);
      const answer = await send(upload, {
        method: 'PUT',
        filePath: upload.filePath,
        headers: {
          'x-ms-blob-type': 'BlockBlob',
          'content-type': upload.contentType ?? 'application/octet-stream',
          ...(upload.contentMd5 === undefined ? {} : { 'x-ms-blob-content-md5': upload.contentMd5 }),
          ...(upload.accessTier === undefined ? {} : { 'x-ms-access-tier': upload.accessTier }),
          ...metadataHeaders(upload.metadata ?? {}),
        },
      });
      if (answer.status !== 201) throw toStorageError(answer, `Uploading ${upload.container}/${upload.blob}`);
      const properties = await headBlob(upload);
      if (!properties) throw new AzureError(409, 'BlobNotFound', `${upload.container}/${upload.blob} was removed while it was uploaded.`);
      return properties;
    },
    async deleteBlob(address) {
      const answer = await send(address, { method: 'DELETE', headers: { 'x-ms-delete-snapshots': 'include' } });
      if (answer.status === 404) return false;
      if (answer.status !== 202) throw toStorageError(answer, `Deleting ${address.container}/${address.blob}`);
      return true;
    },
    async close() {
      await listener.close();
      await azurite.close();
    },
  };
}

function toProperties({ headers }: KeyAnswer, url: string): BlobProperties {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const metadata = Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-ms-meta-') ? [[name.slice('x-ms-meta-'.length), String(value)]] : []));
  return {
    url,
    contentLength: Number(text('content-length') ?? 0),
    contentType: text('content-type'),
    contentMd5: text('content-md5'),
    etag: text('etag'),
    metadata: Object.fromEntries(metadata) as Record<string, string>,
    blobType: text('x-ms-blob-type'),
    accessTier: text('x-ms-access-tier'),
  };
}
