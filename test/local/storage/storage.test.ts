import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AnonymousCredential, BlobServiceClient, ContainerSASPermissions, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import { makeStateDir, startCloud, stateText, type ArmAnswer, type Cloud } from '../keyvault/cloud.ts';

const VERSION = '2024-01-01';
const options = { retryOptions: { maxTries: 1 } };
const code = ({ body }: ArmAnswer): unknown => (body['error'] as JsonObject | undefined)?.['code'];

describe('Blob storage, with @azure/storage-blob', () => {
  let cloud: Cloud<Storage>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let accountId = '';

  const idOf = (name: string): string => `${cloud.group}/providers/Microsoft.Storage/storageAccounts/${name}`;
  const putAccount = (name: string, properties: JsonObject = {}, more: JsonObject = {}): Promise<ArmAnswer> =>
    cloud.arm('PUT', idOf(name), VERSION, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties, ...more });
  const putContainer = (account: string, name: string, properties: JsonObject = {}): Promise<ArmAnswer> =>
    cloud.arm('PUT', `${idOf(account)}/blobServices/default/containers/${name}`, VERSION, { properties });
  const urlOf = (account: string): string => `${cloud.service.endpoint}/${account}`;
  const keysOf = async (account: string): Promise<string[]> => {
    const { body } = await cloud.arm('POST', `${idOf(account)}/listKeys`, VERSION);
    return (body['keys'] as { value: string }[]).map(({ value }) => value);
  };
  const withKey = async (account: string): Promise<BlobServiceClient> =>
    new BlobServiceClient(urlOf(account), new StorageSharedKeyCredential(account, (await keysOf(account))[0] ?? ''), options);

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createStorage);
    accountId = idOf('packages');
    const made = await putAccount('packages');
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal((await putContainer('packages', 'releases')).status, 201);
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('answers an account with its endpoint and Azure\'s defaults', async () => {
    const { body } = await cloud.arm('GET', accountId, VERSION);
    const properties = body['properties'] as JsonObject;
    assert.deepEqual(properties['primaryEndpoints'], { blob: `${urlOf('packages')}/` });
    assert.deepEqual(body['sku'], { name: 'Standard_LRS', tier: 'Standard' });
    assert.equal(properties['supportsHttpsTrafficOnly'], true);
    assert.equal(properties['allowBlobPublicAccess'], false);
    assert.equal(properties['provisioningState'], 'Succeeded');
  });

  it('refuses what Azure refuses, and names what is not served here', async () => {
    assert.equal(code(await putAccount('Upper')), 'AccountNameInvalid');
    assert.equal(code(await putAccount('files', {}, { kind: 'FileStorage' })), 'NotSupportedByLocalAzure');
    assert.equal(code(await putAccount('lake', { isHnsEnabled: true })), 'NotSupportedByLocalAzure');
    assert.equal(code(await putContainer('packages', 'Upper')), 'InvalidResourceName');
    assert.equal(code(await putContainer('packages', 'public', { publicAccess: 'Blob' })), 'PublicAccessNotPermitted');
  });

  it('uploads with the account\'s key and downloads with the role of an identity [sdk.storage]', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    const filePath = join(stateDir.path, 'package.zip');
    await writeFile(filePath, bytes);
    const address = { accountId, container: 'releases', blob: `${createHash('sha256').update(bytes).digest('hex')}.zip` };
    assert.equal(await cloud.service.headBlob(address), undefined);
    const contentMd5 = createHash('md5').update(bytes).digest('base64');
    const uploaded = await cloud.service.uploadBlob({ ...address, filePath, contentType: 'application/zip', contentMd5, metadata: { source: 'test' } });
    assert.equal(uploaded.contentLength, bytes.length);
    assert.equal(uploaded.contentType, 'application/zip');
    assert.equal(uploaded.contentMd5, contentMd5);
    assert.deepEqual(uploaded.metadata, { source: 'test' });
    assert.equal(uploaded.url, `${urlOf('packages')}/releases/${address.blob}`);

    const { principalId, credential } = await cloud.identity('id-reader');
    const blob = new BlobServiceClient(urlOf('packages'), credential, options).getContainerClient('releases').getBlockBlobClient(address.blob);
    await assert.rejects(blob.download(), { statusCode: 403, code: 'AuthorizationPermissionMismatch' });
    await cloud.assign(principalId, 'Storage Blob Data Reader', `${accountId}/blobServices/default/containers/releases`);
    assert.ok(bytes.equals(await blob.downloadToBuffer()));
    assert.ok(bytes.subarray(10, 20).equals(await blob.downloadToBuffer(10, 10)));
    await assert.rejects(blob.upload('x', 1), { statusCode: 403, code: 'AuthorizationPermissionMismatch' });
    await assert.rejects(blob.delete(), { statusCode: 403 });
    assert.equal(await cloud.service.deleteBlob(address), true);
    assert.equal(await cloud.service.deleteBlob(address), false);
  });

  it('serves all the client does with a bearer token, odd names and blocks included', async () => {
    const service = new BlobServiceClient(urlOf('packages'), cloud.operator, options);
    const container = service.getContainerClient('by-token');
    await container.create();
    const names = ['plain.txt', 'with space/ünïcode+&%.txt', 'a=b&c.txt'];
    for (const name of names) await container.getBlockBlobClient(name).upload(name, Buffer.byteLength(name), { metadata: { kind: 'name' }, conditions: { ifNoneMatch: '*' } });
    for (const name of names) assert.equal((await container.getBlockBlobClient(name).downloadToBuffer()).toString(), name);
    const listed: string[] = [];
    for await (const { name } of container.listBlobsFlat({ prefix: '' })) listed.push(name);
    assert.deepEqual(listed, [...names].sort());

    const large = randomBytes(5 * 1024 * 1024);
    await container.getBlockBlobClient('large').uploadData(large, { blockSize: 1024 * 1024, maxSingleShotSize: 1024 * 1024, concurrency: 3 });
    assert.ok(large.equals(await container.getBlockBlobClient('large').downloadToBuffer()));

    const log = container.getAppendBlobClient('log');
    await log.create();
    await log.appendBlock('one\n', 4);
    await log.appendBlock('two\n', 4);
    assert.equal((await log.downloadToBuffer()).toString(), 'one\ntwo\n');
    assert.equal((await log.getProperties()).blobType, 'AppendBlob');
    await container.delete();
    await assert.rejects(container.getProperties(), { statusCode: 404 });
  });

  it('takes requests signed with either key, and shared access signatures, until keys are turned off', async () => {
    await putAccount('keyed');
    await putContainer('keyed', 'data');
    const service = await withKey('keyed');
    const blob = service.getContainerClient('data').getBlockBlobClient('a b.txt');
    await blob.upload('signed', 6);
    const sas = await service.getContainerClient('data').generateSasUrl({ permissions: ContainerSASPermissions.parse('r'), expiresOn: new Date(Date.now() + 600_000) });
    const [base = '', signature = ''] = sas.split('?');
    assert.equal(await (await fetch(`${base}/a%20b.txt?${signature}`)).text(), 'signed');
    const forged = new BlobServiceClient(urlOf('keyed'), new StorageSharedKeyCredential('keyed', randomBytes(64).toString('base64')), options);
    await assert.rejects(forged.getContainerClient('data').getProperties(), { statusCode: 403 });

    const [before] = await keysOf('keyed');
    const { body } = await cloud.arm('POST', `${idOf('keyed')}/regenerateKey`, VERSION, { keyName: 'key1' });
    assert.notEqual((body['keys'] as { value: string }[])[0]?.value, before);
    await assert.rejects(blob.getProperties(), { statusCode: 403 });
    assert.equal((await (await withKey('keyed')).getContainerClient('data').getBlockBlobClient('a b.txt').downloadToBuffer()).toString(), 'signed');

    await putAccount('keyed', { allowSharedKeyAccess: false });
    await assert.rejects((await withKey('keyed')).getContainerClient('data').listBlobsFlat().next(), { statusCode: 403, code: 'KeyBasedAuthenticationNotPermitted' });
    const filePath = join(stateDir.path, 'small');
    await writeFile(filePath, 'small');
    await assert.rejects(cloud.service.uploadBlob({ accountId: idOf('keyed'), container: 'data', blob: 'b', filePath }), { status: 403, code: 'KeyBasedAuthenticationNotPermitted' });
    assert.equal((await fetch(`${base}/a%20b.txt?${signature}`)).headers.get('x-ms-error-code'), 'KeyBasedAuthenticationNotPermitted');
  });

  it('turns away anonymous requests, tokens for something else, and unknown accounts', async () => {
    const anonymous = new BlobServiceClient(urlOf('packages'), new AnonymousCredential(), options);
    await assert.rejects(anonymous.getContainerClient('releases').getProperties(), { statusCode: 409, code: 'PublicAccessNotPermitted' });
    const { accessToken } = await cloud.directory.issueForOperator('https://management.azure.com');
    const wrong = await fetch(`${urlOf('packages')}/releases?restype=container`, { headers: { authorization: `Bearer ${accessToken}`, 'x-ms-version': '2021-12-02' } });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers.get('x-ms-error-code'), 'InvalidAuthenticationInfo');
    assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer authorization_uri=.* resource_id=https:\/\/storage\.azure\.com$/);
    assert.ok(!(await wrong.text()).includes(accessToken));
    assert.equal((await fetch(`${urlOf('nobody')}/releases`)).status, 404);
    assert.equal((await fetch(`${urlOf('packages')}/releases/%E0%A4%A`)).status, 400);
  });

  it('shows a public container to everyone only where the account allows it', async () => {
    await putAccount('open', { allowBlobPublicAccess: true });
    await putContainer('open', 'shown', { publicAccess: 'Blob' });
    await putContainer('open', 'hidden');
    const service = await withKey('open');
    for (const name of ['shown', 'hidden']) await service.getContainerClient(name).getBlockBlobClient('x').upload(name, name.length);
    assert.equal(await (await fetch(`${urlOf('open')}/shown/x`)).text(), 'shown');
    assert.ok([401, 403, 404].includes((await fetch(`${urlOf('open')}/hidden/x`)).status));
  });

  it('keeps keys out of state files and of the process list', async () => {
    const keys = [...(await keysOf('packages')), ...(await keysOf('open'))];
    const state = await stateText(stateDir.path);
    const processes = execFileSync('ps', ['-eww', '-o', 'args'], { encoding: 'utf8' });
    assert.match(processes, /azurite/);
    for (const key of keys) {
      assert.ok(!state.includes(key), 'a key stands in a state file');
      assert.ok(!processes.includes(key), 'a key stands in the process list');
    }
  });

  it('starts Azurite again when it dies, and brings its containers back', async () => {
    const pid = cloud.service.azuritePid;
    assert.ok(pid);
    await putContainer('packages', 'just-made');
    process.kill(pid, 'SIGKILL');
    const service = new BlobServiceClient(urlOf('packages'), cloud.operator);
    assert.equal(await service.getContainerClient('just-made').exists(), true);
    assert.notEqual(cloud.service.azuritePid, pid);
  });

  it('serves the same blobs at the same address after a restart, and leaves no process', async () => {
    const content = 'kept over a restart';
    await (await withKey('packages')).getContainerClient('releases').getBlockBlobClient('kept').upload(content, content.length);
    const { endpoint, azuritePid } = cloud.service;
    await cloud.close();
    assert.throws(() => process.kill(azuritePid ?? 0, 0), { code: 'ESRCH' });
    cloud = await startCloud(stateDir.path, createStorage);
    assert.equal(cloud.service.endpoint, endpoint);
    const blob = new BlobServiceClient(urlOf('packages'), cloud.operator, options).getContainerClient('releases').getBlockBlobClient('kept');
    assert.equal((await blob.downloadToBuffer()).toString(), content);
  });

  it('removes the data of a deleted account', async () => {
    await putAccount('passing');
    await putContainer('passing', 'data');
    await (await withKey('passing')).getContainerClient('data').getBlockBlobClient('x').upload('x', 1);
    assert.equal((await cloud.arm('DELETE', idOf('passing'), VERSION)).status, 200);
    assert.equal((await fetch(`${urlOf('passing')}/data/x`)).status, 404);
    await putAccount('passing');
    assert.equal(await (await withKey('passing')).getContainerClient('data').exists(), false);
  });

  it('knows the services that it does not serve, so that they can be named, and refuses to change them', async () => {
    for (const service of ['file', 'queue', 'table']) {
      const shown = await cloud.arm('GET', `${accountId}/${service}Services/default`, VERSION);
      assert.deepEqual([shown.status, shown.body['type'], shown.body['name']], [200, `Microsoft.Storage/storageAccounts/${service}Services`, 'default']);
      const refused = await cloud.arm('PUT', `${accountId}/${service}Services/default`, VERSION, { properties: { cors: { corsRules: [] } } });
      assert.equal(code(refused), 'NotSupportedByLocalAzure');
      assert.notEqual((await cloud.arm('GET', `${accountId}/${service}Services/other`, VERSION)).status, 200);
    }
  });

  it('stores blob service settings as the singleton that always exists', async () => {
    const id = `${accountId}/blobServices/default`;
    assert.equal((await cloud.arm('GET', id, VERSION)).status, 200);
    const { body } = await cloud.arm('PUT', id, VERSION, { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } });
    assert.deepEqual((body['properties'] as JsonObject)['deleteRetentionPolicy'], { enabled: true, days: 7 });
    assert.equal(code(await cloud.arm('PUT', `${accountId}/blobServices/other`, VERSION, { properties: {} })), 'InvalidResourceName');
    assert.ok((await readFile(join(stateDir.path, 'data', 'storage-accounts.json'), 'utf8')).includes('packages'));
  });
});
