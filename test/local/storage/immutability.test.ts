import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import { makeStateDir, startCloud, type ArmAnswer, type Cloud } from '../keyvault/cloud.ts';

const VERSION = '2024-01-01';
const DAY_MS = 24 * 3_600_000;
const options = { retryOptions: { maxTries: 1 } };
const ADD = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action';
const code = ({ body }: ArmAnswer): unknown => (body['error'] as JsonObject | undefined)?.['code'];
const refused = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected || assert.fail(`${(error as { code?: string }).code} instead of ${expected}`);

describe('a container with a time-based retention policy, and an identity that may only add', () => {
  let cloud: Cloud<Storage>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let now = new Date();
  let account = '';
  let container = '';
  let asWriter: ContainerClient;
  let withKey: ContainerClient;
  const policy = (properties: JsonObject): Promise<ArmAnswer> => cloud.arm('PUT', `${container}/immutabilityPolicies/default`, VERSION, { properties });

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createStorage, () => now);
    account = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/records`;
    container = `${account}/blobServices/default/containers/audit`;
    await cloud.arm('PUT', account, VERSION, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
    assert.equal((await cloud.arm('PUT', container, VERSION, { properties: {} })).status, 201);
    assert.ok((await policy({ immutabilityPeriodSinceCreationInDays: 30, allowProtectedAppendWrites: true })).status < 300);
    const subscription = `/subscriptions/${cloud.context.subscriptionId}`;
    const roleId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`;
    const role = { roleName: 'Adds', description: 'Adds.', assignableScopes: [cloud.group], permissions: [{ actions: [], notActions: [], dataActions: [ADD], notDataActions: [] }] };
    const defined = await cloud.arm('PUT', roleId, '2022-05-01-preview', { properties: role });
    assert.equal(defined.status, 201, JSON.stringify(defined.body));
    const writer = await cloud.identity('id-writer');
    const assigned = await cloud.arm('PUT', `${container}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`, '2022-04-01', { properties: { roleDefinitionId: roleId, principalId: writer.principalId, principalType: 'ServicePrincipal' } });
    assert.equal(assigned.status, 201, JSON.stringify(assigned.body));
    assert.equal(code(await cloud.arm('DELETE', roleId, '2022-05-01-preview')), 'RoleDefinitionHasAssignments');
    const url = `${cloud.service.endpoint}/records`;
    asWriter = new BlobServiceClient(url, writer.credential, options).getContainerClient('audit');
    const { body } = await cloud.arm('POST', `${account}/listKeys`, VERSION);
    withKey = new BlobServiceClient(url, new StorageSharedKeyCredential('records', (body['keys'] as { value: string }[])[0]?.value ?? ''), options).getContainerClient('audit');
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('lets the identity make and extend append blobs, and do nothing else with them [state.append-only]', async () => {
    const blob = asWriter.getAppendBlobClient('calls/one.jsonl');
    await blob.create({ conditions: { ifNoneMatch: '*' } });
    await blob.appendBlock('first\n', 6, { conditions: { appendPosition: 0 } });
    await blob.appendBlock('second\n', 7, { conditions: { appendPosition: 6 } });
    await assert.rejects(blob.appendBlock('twice\n', 6, { conditions: { appendPosition: 6 } }), refused('AppendPositionConditionNotMet'));
    await assert.rejects(blob.download(), refused('AuthorizationPermissionMismatch'));
    await assert.rejects(blob.delete(), refused('AuthorizationPermissionMismatch'));
    await assert.rejects(blob.setMetadata({ a: 'b' }), refused('AuthorizationPermissionMismatch'));
    await assert.rejects(blob.create(), (error: unknown) => ['BlobAlreadyExists', 'BlobImmutableDueToPolicy'].includes(String((error as { code?: string }).code)));
    assert.equal((await blob.createIfNotExists()).succeeded, false);
    assert.equal((await withKey.getAppendBlobClient('calls/one.jsonl').downloadToBuffer()).toString(), 'first\nsecond\n');
  });

  it('holds for the account key as well: nothing is overwritten, changed or deleted before its time [state.immutable]', async () => {
    const blob = withKey.getAppendBlobClient('calls/one.jsonl');
    await blob.appendBlock('third\n', 6);
    for (const change of [() => blob.create(), () => blob.delete(), () => blob.setMetadata({ a: 'b' }), () => blob.seal(), () => withKey.getBlockBlobClient('calls/one.jsonl').upload('x', 1)]) {
      await assert.rejects(change(), refused('BlobImmutableDueToPolicy'));
    }
    const block = withKey.getBlockBlobClient('snapshot.json');
    await block.upload('{}', 2);
    await assert.rejects(block.upload('[]', 2), refused('BlobImmutableDueToPolicy'));
    assert.equal(code(await cloud.arm('DELETE', container, VERSION)), 'ContainerProtectedFromDeletion');
    assert.equal(code(await cloud.arm('DELETE', account, VERSION)), 'AccountProtectedFromDeletion');
    assert.equal((await blob.downloadToBuffer()).toString(), 'first\nsecond\nthird\n');
  });

  it('lets a blob be deleted after its time, and still not be overwritten', async () => {
    now = new Date(Date.now() + 31 * DAY_MS);
    const blob = withKey.getBlockBlobClient('snapshot.json');
    await assert.rejects(blob.upload('[]', 2), refused('BlobImmutableDueToPolicy'));
    now = new Date(Date.now() + 29 * DAY_MS);
    await assert.rejects(blob.delete(), refused('BlobImmutableDueToPolicy'));
    now = new Date();
  });

  it('refuses policies and roles that Azure refuses', async () => {
    assert.equal(code(await policy({ immutabilityPeriodSinceCreationInDays: 0 })), 'InvalidRequestPropertyValue');
    assert.equal(code(await policy({ immutabilityPeriodSinceCreationInDays: 1, allowProtectedAppendWrites: true, allowProtectedAppendWritesAll: true })), 'InvalidRequestPropertyValue');
    assert.equal(code(await cloud.arm('PUT', `${container}/immutabilityPolicies/mine`, VERSION, { properties: { immutabilityPeriodSinceCreationInDays: 1 } })), 'InvalidResourceName');
    const define = (id: string, change: JsonObject): Promise<ArmAnswer> =>
      cloud.arm('PUT', `/subscriptions/${cloud.context.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`, '2022-05-01-preview', { properties: { roleName: 'Other', assignableScopes: [cloud.group], permissions: [{ actions: [], dataActions: [ADD] }], ...change } });
    assert.equal(code(await define('mine', {})), 'InvalidRoleDefinitionId');
    assert.equal(code(await define('acdd72a7-3385-48ef-bd42-f606fba81ae7', {})), 'BuiltInRoleDefinitionCannotBeUpdated');
    assert.equal(code(await define(randomUUID(), { roleName: 'Adds' })), 'RoleDefinitionWithSameNameExists');
    assert.equal(code(await define(randomUUID(), { assignableScopes: ['/'] })), 'InvalidAssignableScopes');
  });
});
