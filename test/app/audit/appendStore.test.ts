import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { AppendPositionError, createAppendStore, type AppendStore } from '../../../app/audit/appendStore.ts';
import { tokensOf } from '../../../app/identity/managedIdentity.ts';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import { makeStateDir, startCloud, type Cloud } from '../../local/keyvault/cloud.ts';

const VERSION = '2024-01-01';
const CONTRIBUTOR = 'Storage Blob Data Contributor';

describe('append blobs, in real storage', () => {
  let cloud: Cloud<Storage>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let credential: TokenCredential;
  let store: AppendStore;
  const textOf = async (blob: string): Promise<string> => (await new BlobServiceClient(`${cloud.service.endpoint}/records`, credential).getContainerClient('audit').getBlobClient(blob).downloadToBuffer()).toString();

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createStorage);
    const account = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/records`;
    await cloud.arm('PUT', account, VERSION, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
    await cloud.arm('PUT', `${account}/blobServices/default/containers/audit`, VERSION, { properties: {} });
    const writer = await cloud.identity('id-writer');
    await cloud.assign(writer.principalId, CONTRIBUTOR, account);
    credential = writer.credential;
    store = createAppendStore({ accountUrl: `${cloud.service.endpoint}/records`, container: 'audit', getToken: tokensOf(credential), timeoutMs: 10_000 });
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('are made once and grow at their end alone', async () => {
    await store.create('calls/one.jsonl');
    await store.append('calls/one.jsonl', Buffer.from('first\n'), 0);
    await store.create('calls/one.jsonl');
    await store.append('calls/one.jsonl', Buffer.from('sécond\n'), 6);
    await store.append('calls/one.jsonl', Buffer.from('third\n'));
    assert.equal(await textOf('calls/one.jsonl'), 'first\nsécond\nthird\n');
  });

  it('tell that they end elsewhere than was thought', async () => {
    await store.create('calls/two.jsonl');
    await store.append('calls/two.jsonl', Buffer.from('first\n'), 0);
    await assert.rejects(store.append('calls/two.jsonl', Buffer.from('again\n'), 0), AppendPositionError);
    assert.equal(await textOf('calls/two.jsonl'), 'first\n');
  });

  it('say by its code what storage refuses, and nothing of the token', async () => {
    await assert.rejects(store.append('calls/absent.jsonl', Buffer.from('x\n'), 0), { message: 'Storage does not append to audit/calls/absent.jsonl: BlobNotFound.' });
    const stranger = createAppendStore({ accountUrl: `${cloud.service.endpoint}/records`, container: 'audit', getToken: tokensOf((await cloud.identity('id-stranger')).credential), timeoutMs: 10_000 });
    await assert.rejects(stranger.create('calls/three.jsonl'), { message: 'Storage does not make audit/calls/three.jsonl: AuthorizationPermissionMismatch.' });
  });
});

describe('a storage that does not answer', () => {
  it('is given up after the time-out', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const store = createAppendStore({ accountUrl: `https://127.0.0.1:${port}/records`, container: 'audit', getToken: async () => 'token', timeoutMs: 50 });
    await assert.rejects(store.append('calls/one.jsonl', Buffer.from('x\n'), 0), { message: 'Storage does not answer within 50 ms.' });
    await new Promise((resolve) => silent.close(resolve));
  });
});
