import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import type { OpenRecord } from '../../../scripts/audit/openRecord.ts';
import { openOperatorStream, operatorStore, type OperatorStore } from '../../../scripts/audit/operatorStream.ts';
import { blobSource, folderSource, type BlobSource } from '../../../scripts/audit/source.ts';
import { makeStateDir, startCloud, type Cloud } from '../../local/keyvault/cloud.ts';
import { MemoryRecord, readBack } from './support/memoryRecord.ts';

const VERSION = '2024-01-01';
const CHUNK_BYTES = 8_388_608;

async function bytesOf(source: BlobSource, blob: string): Promise<Buffer | undefined> {
  const chunks = await source.read('audit', blob);
  return chunks && await gather(chunks);
}

async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('the record in storage', () => {
  let cloud: Cloud<Storage>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let containers: OpenRecord['containers'];

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createStorage);
    const account = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/records`;
    await cloud.arm('PUT', account, VERSION, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
    for (const name of ['audit', 'anchors', 'access']) await cloud.arm('PUT', `${account}/blobServices/default/containers/${name}`, VERSION, { properties: {} });
    const { body } = await cloud.arm('POST', `${account}/listKeys`, VERSION);
    const service = new BlobServiceClient(`${cloud.service.endpoint}/records`, new StorageSharedKeyCredential('records', (body['keys'] as { value: string }[])[0]?.value ?? ''));
    containers = { audit: service.getContainerClient('audit'), anchors: service.getContainerClient('anchors'), access: service.getContainerClient('access') };
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  const append = async (blob: string, bytes: Buffer): Promise<void> => {
    const client = containers.audit.getAppendBlobClient(blob);
    await client.createIfNotExists();
    for (let from = 0; from < bytes.length; from += 4_000_000) await client.appendBlock(bytes.subarray(from, from + 4_000_000), Math.min(4_000_000, bytes.length - from));
  };

  it('is listed with the times of the last additions', async () => {
    await append('calls/a', Buffer.from('x'));
    await append('other/b', Buffer.from('x'));
    const [only, ...others] = await blobSource(containers).list('audit', 'calls/');
    assert.deepEqual([only?.name, others], ['calls/a', []]);
    assert.ok(Math.abs((only?.modifiedMs ?? 0) - Date.now()) < 600_000);
  });

  it('is read byte by byte, as far as it was when reading began [audit.races]', async () => {
    const source = blobSource(containers);
    const raw = Buffer.from([0xff, 0x0a, 0x0d, 0x00, 0xc3]);
    await append('calls/raw', raw);
    await containers.audit.getAppendBlobClient('calls/empty').create();
    assert.deepEqual([await bytesOf(source, 'calls/raw'), await bytesOf(source, 'calls/empty'), await bytesOf(source, 'calls/none')], [raw, Buffer.alloc(0), undefined]);
    const large = Buffer.alloc(2 * CHUNK_BYTES + 5, 'abcdefg\n');
    await append('calls/large', large);
    const chunks = await source.read('audit', 'calls/large');
    await append('calls/large', Buffer.from('later'));
    assert.ok(chunks && large.equals(await gather(chunks)));
  });

  it('is written by an operator once, when answers of storage get lost', async () => {
    const store = operatorStore({ containers, keyUrl: '', token: async () => '' });
    const lossy: OperatorStore = {
      sign: (text) => new MemoryRecord().sign(text),
      create: async (...request) => {
        await store.create(...request);
        await store.create(...request);
      },
      // As the client of storage sends again what it has no answer for. What has no position may stand twice.
      append: async (...request) => {
        await store.append(...request);
        await store.append(...request);
      },
    };
    const stream = openOperatorStream(lossy, () => new Date('2026-11-24T12:00:00Z'));
    await stream.append([{ kind: 'operation', operation: 'one', details: { text: 'ü' } }]);
    await stream.append([{ kind: 'operation', operation: 'two' }, { kind: 'end' }]);
    await containers.audit.getAppendBlobClient('calls/a').delete();
    for (const name of ['raw', 'empty', 'large']) await containers.audit.getAppendBlobClient(`calls/${name}`).delete();
    const { report, believed } = await readBack(blobSource(containers));
    assert.deepEqual([report.findings, report.unanchored, believed.map(({ record: { kind } }) => kind)], [[], 0, ['stream', 'operation', 'operation', 'end']]);
    const blob = `operations/2026/11/24/${stream.stream}/0000.jsonl`;
    await assert.rejects(store.append('audit', blob, 'a block that somebody else has not stored', 0), { statusCode: 412 });
  });

  it('in a folder is read the same way, and what cannot be read is not taken for missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'source-'));
    try {
      const path = join(folder, 'audit', 'calls', 'raw');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.from([0xff, 0x0a]));
      const source = folderSource(folder);
      assert.deepEqual(await source.list('audit', 'calls/'), [{ name: 'calls/raw', modifiedMs: undefined }]);
      assert.deepEqual([await source.list('anchors', 'heads/'), await bytesOf(source, 'calls/raw'), await bytesOf(source, 'calls/none')], [[], Buffer.from([0xff, 0x0a]), undefined]);
      await assert.rejects(source.list('audit', 'calls/raw/'), { code: 'AUDIT_COPY_UNREADABLE' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
