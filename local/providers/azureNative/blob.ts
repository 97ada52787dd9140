import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../arm/types.ts';
import { readResourceContract } from '../../arm/contract/declarations.ts';
import { judge } from '../../arm/contract/judge.ts';
import { topName } from '../serve.ts';
import { isUnknown, toAsset, type Asset } from '../values.ts';
import type { CustomResource } from './provider.ts';

/** The storage account's data plane, used with the account key as the real provider does (pulumi-azure-native#2015). */
export interface BlobDataPlane {
  upload(request: { accountId: string; container: string; blob: string; filePath: string; contentType: string; metadata: Record<string, string> }): Promise<void>;
  /** @returns undefined when there is no such blob */
  head(request: { accountId: string; container: string; blob: string }): Promise<BlobDescription | undefined>;
  delete(request: { accountId: string; container: string; blob: string }): Promise<void>;
}

interface BlobDescription {
  readonly url: string;
  readonly contentType: string | undefined;
  readonly contentMd5: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** `azure-native:storage:Blob`: data plane only, so there is no ARM row for it. */
export function createBlobResource(dataPlane: BlobDataPlane, subscriptionId: string): CustomResource {
  const contract = readResourceContract('storage:Blob');

  return {
    token: 'storage:Blob',
    replaceOnChange: ['resourceGroupName', 'accountName', 'containerName', 'blobName', 'type', 'source', 'contentMd5'],
    computed: ['url'],

    check({ name, news }) {
      const inputs: JsonObject = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
      inputs['blobName'] ??= name;
      inputs['type'] ??= 'Block';
      const failures = judge(contract.inputs, inputs, '', { definitions: contract.definitions, isUnknown })
        .map((breach) => ({ property: topName(breach.path), reason: breach.message }));
      if (inputs['type'] !== 'Block') failures.push({ property: 'type', reason: `type must be Block: append and page blobs are not part of the local Azure's storage:Blob.` });
      const asset = toAsset(inputs['source']);
      if (inputs['source'] !== undefined && !isUnknown(inputs['source']) && !asset) failures.push({ property: 'source', reason: 'source must be an asset: new pulumi.asset.FileAsset(path) or StringAsset(text).' });
      if (asset?.kind === 'archive') failures.push({ property: 'source', reason: 'source is an archive; the local Azure takes files: pack it yourself and give a FileAsset.' });
      return { inputs, failures };
    },

    idOf: (inputs) => blobId(inputs, subscriptionId),

    async create(inputs) {
      const id = blobId(inputs, subscriptionId);
      if (await dataPlane.head(place(inputs, subscriptionId))) throw new Error(`cannot create already existing blob '${id}'. Import it, or remove it first.`);
      await upload(inputs);
      return { id, outputs: await outputsOf(inputs) };
    },

    async read(id, inputs) {
      const target = Object.keys(inputs).length > 0 ? inputs : inputsFromId(id);
      const found = await dataPlane.head(place(target, subscriptionId));
      if (!found) return undefined;
      return { inputs: target, outputs: { ...target, ...describe(found), name: target['blobName'] as Json } };
    },

    async update(_id, inputs) {
      await upload(inputs);
      return outputsOf(inputs);
    },

    async delete(_id, inputs) {
      await dataPlane.delete(place(inputs, subscriptionId));
    },
  };

  async function upload(inputs: JsonObject): Promise<void> {
    await withContentFile(inputs, (filePath) => dataPlane.upload({
      ...place(inputs, subscriptionId),
      filePath,
      contentType: typeof inputs['contentType'] === 'string' ? inputs['contentType'] : 'application/octet-stream',
      metadata: (inputs['metadata'] ?? {}) as Record<string, string>,
    }));
  }

  async function outputsOf(inputs: JsonObject): Promise<JsonObject> {
    const found = await dataPlane.head(place(inputs, subscriptionId));
    if (!found) throw new Error(`The blob '${blobId(inputs, subscriptionId)}' was uploaded and cannot be read back.`);
    return { ...inputs, ...describe(found), name: inputs['blobName'] as Json };
  }
}

function describe(found: BlobDescription): JsonObject {
  return { url: found.url, contentType: found.contentType ?? null, contentMd5: found.contentMd5 ?? null, metadata: { ...found.metadata }, accessTier: null };
}

function place(inputs: JsonObject, subscriptionId: string): { accountId: string; container: string; blob: string } {
  return {
    accountId: `/subscriptions/${subscriptionId}/resourceGroups/${String(inputs['resourceGroupName'])}/providers/Microsoft.Storage/storageAccounts/${String(inputs['accountName'])}`,
    container: String(inputs['containerName']),
    blob: String(inputs['blobName']),
  };
}

function blobId(inputs: JsonObject, subscriptionId: string): string {
  const { accountId, container, blob } = place(inputs, subscriptionId);
  return `${accountId}/blobServices/default/containers/${container}/blobs/${blob}`;
}

function inputsFromId(id: string): JsonObject {
  const parts = /\/resourceGroups\/([^/]+)\/.*\/storageAccounts\/([^/]+)\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/i.exec(id);
  if (!parts) throw new Error(`'${id}' is not the id of a blob. Form: …/storageAccounts/ACCOUNT/blobServices/default/containers/CONTAINER/blobs/BLOB.`);
  const [, resourceGroupName = '', accountName = '', containerName = '', blobName = ''] = parts;
  return { resourceGroupName, accountName, containerName, blobName, type: 'Block' };
}

/** Hands over the file that holds the blob's content; a text asset gets one for the time of the call. */
async function withContentFile(inputs: JsonObject, use: (filePath: string) => Promise<void>): Promise<void> {
  const asset = toAsset(inputs['source']);
  if (asset && asset.text === undefined) return use(checkedPath(asset));
  const folder = mkdtempSync(join(tmpdir(), 'blob-'));
  try {
    const file = join(folder, 'content');
    writeFileSync(file, asset?.text ?? '', { mode: 0o600 });
    await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The file may have changed between the preview and now: what was agreed on is what the engine hashed. */
function checkedPath({ path, hash }: Asset): string {
  if (path === undefined || !existsSync(path)) throw new Error(`The source file '${path ?? ''}' of the blob cannot be read. It must be an absolute path on this machine.`);
  if (hash !== undefined && hash !== createHash('sha256').update(readFileSync(path)).digest('hex')) throw new Error(`The file '${path}' changed while the update ran. Run it again.`);
  return path;
}
