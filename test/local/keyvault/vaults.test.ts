import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createKeyVault, type KeyVault } from '../../../local/keyvault/index.ts';
import { makeStateDir, startCloud, stateText, type ArmAnswer, type Cloud } from './cloud.ts';

const VERSION = '2024-11-01';
const DAY_MS = 24 * 3_600_000;
const SECRET_VALUE = 'value-that-nobody-may-see-in-a-file';

describe('Key Vault through ARM', () => {
  let cloud: Cloud<KeyVault>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let time = Date.now();

  const vaultId = (name: string): string => `${cloud.group}/providers/Microsoft.KeyVault/vaults/${name}`;
  const vaultBody = (properties: JsonObject = {}): JsonObject => ({
    location: 'westeurope',
    properties: { tenantId: cloud.context.tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true, ...properties },
  });
  const putVault = (name: string, properties?: JsonObject): Promise<ArmAnswer> => cloud.arm('PUT', vaultId(name), VERSION, vaultBody(properties));
  const code = ({ body }: ArmAnswer): unknown => (body['error'] as JsonObject | undefined)?.['code'];

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createKeyVault, () => new Date(time));
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('answers a vault with its address and Azure\'s defaults', async () => {
    const { status, body } = await putVault('kv-defaults');
    assert.equal(status, 201);
    const properties = body['properties'] as JsonObject;
    assert.equal(properties['vaultUri'], `https://127.0.0.1:${cloud.context.listeners.portOf('vault:kv-defaults')}/`);
    assert.equal(properties['enableSoftDelete'], true);
    assert.equal(properties['softDeleteRetentionInDays'], 90);
    assert.equal(properties['provisioningState'], 'Succeeded');
  });

  it('refuses what Azure refuses, with its code', async () => {
    assert.equal(code(await putVault('9starts-with-digit')), 'VaultNameNotValid');
    assert.equal(code(await putVault('two--dashes')), 'VaultNameNotValid');
    assert.equal(code(await putVault('kv-soft', { enableSoftDelete: false })), 'BadRequest');
    assert.equal(code(await putVault('kv-purge', { enablePurgeProtection: false })), 'BadRequest');
    assert.equal(code(await putVault('kv-days', { softDeleteRetentionInDays: 6 })), 'BadRequest');
    assert.equal(code(await putVault('kv-policies', { enableRbacAuthorization: false })), 'NotSupportedByLocalAzure');
    assert.equal((await cloud.arm('GET', vaultId('kv-soft'), VERSION)).status, 404);
  });

  it('keeps purge protection and the retention time once they are set', async () => {
    await putVault('kv-protected', { enablePurgeProtection: true, softDeleteRetentionInDays: 7 });
    const again = await putVault('kv-protected');
    assert.equal((again.body['properties'] as JsonObject)['enablePurgeProtection'], true);
    assert.equal((again.body['properties'] as JsonObject)['softDeleteRetentionInDays'], 7);
    assert.equal(code(await putVault('kv-protected', { softDeleteRetentionInDays: 30 })), 'BadRequest');
  });

  it('keeps a deleted vault and its name until it is recovered, with its secrets', async () => {
    await putVault('kv-deleted', { softDeleteRetentionInDays: 10 });
    const secretId = `${vaultId('kv-deleted')}/secrets/greeting`;
    await cloud.arm('PUT', secretId, VERSION, { properties: { value: SECRET_VALUE } });
    const port = cloud.context.listeners.portOf('vault:kv-deleted');
    assert.equal((await cloud.arm('DELETE', vaultId('kv-deleted'), VERSION)).status, 200);
    await assert.rejects(fetch(`https://127.0.0.1:${port}/secrets`), 'the vault is still served');
    const refused = await putVault('kv-deleted');
    assert.equal(refused.status, 409);
    assert.equal(code(refused), 'ConflictError');
    const [listed] = cloud.service.deletedVaults.list();
    assert.equal(listed?.['name'], 'kv-deleted');
    assert.equal((listed?.['properties'] as JsonObject)['scheduledPurgeDate'], new Date(time + 10 * DAY_MS).toISOString());
    const recovered = await putVault('kv-deleted', { createMode: 'recover' });
    assert.equal(recovered.status, 201);
    assert.equal((recovered.body['properties'] as JsonObject)['createMode'], undefined);
    assert.equal((recovered.body['properties'] as JsonObject)['softDeleteRetentionInDays'], 10);
    assert.equal((recovered.body['properties'] as JsonObject)['vaultUri'], `https://127.0.0.1:${port}/`);
    assert.deepEqual(cloud.service.deletedVaults.list(), []);
    assert.equal(code(await putVault('kv-never-was', { createMode: 'recover' })), 'DeletedVaultNotFound');
  });

  it('purges on demand, unless purge protection is on, and by itself when the retention ends', async () => {
    await putVault('kv-purgeable');
    await cloud.arm('DELETE', vaultId('kv-purgeable'), VERSION);
    cloud.service.deletedVaults.purge('westeurope', 'kv-purgeable');
    assert.throws(() => cloud.service.deletedVaults.get('westeurope', 'kv-purgeable'), { code: 'DeletedVaultNotFound' });

    await putVault('kv-unpurgeable', { enablePurgeProtection: true, softDeleteRetentionInDays: 7 });
    await cloud.arm('DELETE', vaultId('kv-unpurgeable'), VERSION);
    assert.throws(() => cloud.service.deletedVaults.purge('westeurope', 'kv-unpurgeable'), { code: 'MethodNotAllowed', status: 405 });
    time += 7 * DAY_MS;
    assert.equal((await putVault('kv-unpurgeable')).status, 201);
  });

  it('takes a secret\'s value in and never shows it', async () => {
    await putVault('kv-secrets');
    const id = `${vaultId('kv-secrets')}/secrets/key`;
    const first = await cloud.arm('PUT', id, VERSION, { tags: { a: 'b' }, properties: { value: SECRET_VALUE, contentType: 'text/plain', attributes: { exp: 2_000_000_000 } } });
    assert.equal(first.status, 201);
    const shown = (await cloud.arm('GET', id, VERSION)).body;
    assert.deepEqual(shown, first.body);
    const { secretUri, secretUriWithVersion, attributes } = shown['properties'] as { secretUri: string; secretUriWithVersion: string; attributes: JsonObject };
    assert.match(secretUriWithVersion.slice(secretUri.length), /^\/[0-9a-f]{32}$/);
    assert.equal(attributes['exp'], 2_000_000_000);
    assert.ok(!JSON.stringify(shown).includes(SECRET_VALUE));

    const same = await cloud.arm('PUT', id, VERSION, { properties: { value: SECRET_VALUE } });
    assert.equal((same.body['properties'] as JsonObject)['secretUriWithVersion'], secretUriWithVersion, 'the same value is the same version');
    const other = await cloud.arm('PUT', id, VERSION, { properties: { value: `${SECRET_VALUE}-2` } });
    assert.notEqual((other.body['properties'] as JsonObject)['secretUriWithVersion'], secretUriWithVersion);
    assert.ok(!(await stateText(stateDir.path)).includes(SECRET_VALUE), 'the value stands in a state file');
  });

  it('refuses a secret whose name is held by a deleted one', async () => {
    await putVault('kv-held');
    const id = `${vaultId('kv-held')}/secrets/key`;
    assert.equal(code(await cloud.arm('PUT', id, VERSION, { properties: {} })), 'BadRequest');
    await cloud.arm('PUT', id, VERSION, { properties: { value: SECRET_VALUE } });
    await cloud.arm('DELETE', id, VERSION);
    const refused = await cloud.arm('PUT', id, VERSION, { properties: { value: SECRET_VALUE } });
    assert.equal(refused.status, 409);
    assert.equal(code(refused), 'ObjectIsDeletedButRecoverable');
  });

  it('resolves references with the rights of the identity', async () => {
    await putVault('kv-refs');
    const id = `${vaultId('kv-refs')}/secrets/key`;
    const { body } = await cloud.arm('PUT', id, VERSION, { properties: { value: 'one' } });
    const { principalId } = await cloud.identity('id-refs');
    const vaultUri = `https://127.0.0.1:${cloud.context.listeners.portOf('vault:kv-refs')}/`;
    const resolve = (more: object): unknown => cloud.service.resolveReference({ vaultUri, secretName: 'key', principalId, siteId: '/sites/any', ...more });
    assert.throws(() => resolve({}), { code: 'AccessToKeyVaultDenied' });
    await cloud.assign(principalId, 'Key Vault Secrets User', id);
    const version = String((body['properties'] as { secretUriWithVersion: string }).secretUriWithVersion).split('/').at(-1);
    assert.deepEqual(resolve({}), { value: 'one', version });
    assert.deepEqual(resolve({ vaultUri: undefined, vaultName: 'KV-refs', version }), { value: 'one', version });
    assert.throws(() => resolve({ secretName: 'other' }), { code: 'AccessToKeyVaultDenied' });
    await cloud.assign(principalId, 'Key Vault Secrets User', vaultId('kv-refs'));
    assert.throws(() => resolve({ secretName: 'other' }), { code: 'SecretNotFound' });
    assert.throws(() => resolve({ version: '0'.repeat(32) }), { code: 'SecretVersionNotFound' });
    assert.throws(() => resolve({ vaultUri: 'https://127.0.0.1:1/' }), { code: 'VaultNotFound' });
    await cloud.arm('PUT', id, VERSION, { properties: { value: 'one', attributes: { enabled: false } } });
    assert.throws(() => resolve({}), { code: 'AccessToKeyVaultDenied' });
  });
});
