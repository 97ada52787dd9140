import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { createKeyVault, type KeyVault } from '../../../local/keyvault/index.ts';
import { makeStateDir, startCloud, stateText, type Cloud } from './cloud.ts';

const VALUE = 'a-value-only-the-client-sees';

/** The vendor's own client is the arbiter here: what it cannot do against this vault is wrong. */
describe('Key Vault secrets, with @azure/keyvault-secrets', () => {
  let cloud: Cloud<KeyVault>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let vaultId = '';
  let vaultUrl = '';
  const clientOf = (credential: TokenCredential): SecretClient =>
    new SecretClient(vaultUrl, credential, { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } });
  const createVault = async (): Promise<void> => {
    vaultId = `${cloud.group}/providers/Microsoft.KeyVault/vaults/kv-data`;
    const { body } = await cloud.arm('PUT', vaultId, '2024-11-01', {
      location: 'westeurope',
      properties: { tenantId: cloud.context.tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true },
    });
    vaultUrl = String((body['properties'] as { vaultUri: string }).vaultUri);
  };
  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createKeyVault);
    await createVault();
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('sets, gets, updates and lists [sdk.key-vault]', async () => {
    const client = clientOf(cloud.operator);
    const expiresOn = new Date('2001-01-01T00:00:00Z');
    const first = await client.setSecret('connection', VALUE, { contentType: 'text/plain', tags: { owner: 'test' }, expiresOn });
    const second = await client.setSecret('connection', `${VALUE}-2`);
    assert.match(first.properties.version ?? '', /^[0-9a-f]{32}$/);
    assert.equal((await client.getSecret('connection')).value, `${VALUE}-2`);
    const read = await client.getSecret('connection', { version: first.properties.version ?? '' });
    assert.equal(read.value, VALUE, 'an expired secret can be read');
    assert.equal(read.properties.contentType, 'text/plain');
    assert.deepEqual(read.properties.tags, { owner: 'test' });
    assert.equal(read.properties.expiresOn?.getTime(), expiresOn.getTime());
    assert.equal(read.properties.recoveryLevel, 'Recoverable+Purgeable');

    const version = second.properties.version ?? '';
    await client.updateSecretProperties('connection', version, { tags: { changed: 'yes' }, enabled: false });
    await assert.rejects(client.getSecret('connection'), { statusCode: 403, code: 'Forbidden' });
    const updated = await client.updateSecretProperties('connection', version, { enabled: true });
    assert.deepEqual(updated.tags, { changed: 'yes' });

    const versions: string[] = [];
    for await (const properties of client.listPropertiesOfSecretVersions('connection')) versions.push(properties.version ?? '');
    assert.deepEqual(versions.sort(), [first.properties.version, second.properties.version].sort());
    assert.ok(!(await stateText(stateDir.path)).includes(VALUE), 'the value stands in a state file');
  });

  it('pages lists, following nextLink', async () => {
    const client = clientOf(cloud.operator);
    for (let index = 0; index < 30; index += 1) await client.setSecret(`page-${index}`, VALUE);
    const pages: number[] = [];
    const names = new Set<string>();
    for await (const page of client.listPropertiesOfSecrets().byPage({ maxPageSize: 10 })) {
      pages.push(page.length);
      for (const { name } of page) names.add(name);
    }
    assert.ok(pages.length > 3 && pages.every((length) => length <= 10), `pages of ${pages.join(', ')}`);
    assert.equal([...names].filter((name) => name.startsWith('page-')).length, 30);
  });

  it('deletes softly, recovers and purges', async () => {
    const client = clientOf(cloud.operator);
    await client.setSecret('passing', VALUE);
    const deletion = await client.beginDeleteSecret('passing', { intervalInMs: 5 });
    const deleted = await deletion.pollUntilDone();
    assert.equal((deleted.properties.scheduledPurgeDate?.getTime() ?? 0) - (deleted.properties.deletedOn?.getTime() ?? 0), 90 * 24 * 3_600_000);
    await assert.rejects(client.getSecret('passing'), { statusCode: 404, code: 'SecretNotFound' });
    await assert.rejects(client.setSecret('passing', VALUE), { statusCode: 409, code: 'Conflict' });
    const names: string[] = [];
    for await (const secret of client.listDeletedSecrets()) names.push(secret.name);
    assert.deepEqual(names, ['passing']);

    await (await client.beginRecoverDeletedSecret('passing', { intervalInMs: 5 })).pollUntilDone();
    assert.equal((await client.getSecret('passing')).value, VALUE);
    await (await client.beginDeleteSecret('passing', { intervalInMs: 5 })).pollUntilDone();
    await client.purgeDeletedSecret('passing');
    await assert.rejects(client.getDeletedSecret('passing'), { statusCode: 404 });
  });

  it('does not purge where purge protection is on', async () => {
    const client = clientOf(cloud.operator);
    await client.setSecret('kept', VALUE);
    await (await client.beginDeleteSecret('kept', { intervalInMs: 5 })).pollUntilDone();
    await cloud.arm('PATCH', vaultId, '2024-11-01', { properties: { enablePurgeProtection: true } });
    await assert.rejects(client.purgeDeletedSecret('kept'), { statusCode: 403 });
    assert.equal((await client.getDeletedSecret('kept')).properties.recoveryLevel, 'Recoverable');
  });

  it('judges each operation by the roles on the vault or on the one secret', async () => {
    await cloud.arm('PUT', `${vaultId}/secrets/shared`, '2024-11-01', { properties: { value: VALUE } });
    const { principalId, credential } = await cloud.identity('id-data');
    const client = clientOf(credential);
    await assert.rejects(client.getSecret('shared'), (error: Error & { statusCode: number; code: string; details: { error: { innerError: { code: string } } } }) => {
      assert.equal(error.statusCode, 403);
      assert.equal(error.code, 'Forbidden');
      assert.equal(error.details.error.innerError.code, 'ForbiddenByRbac');
      assert.match(error.message, /getSecret\/action/);
      return true;
    });
    await cloud.assign(principalId, 'Key Vault Secrets User', `${vaultId}/secrets/shared`);
    assert.equal((await client.getSecret('shared')).value, VALUE);
    await assert.rejects(client.getSecret('page-0'), { statusCode: 403 });
    await assert.rejects(client.setSecret('shared', 'other'), { statusCode: 403 });
  });

  it('challenges a request without a token, and one with a token for something else', async () => {
    const challenge = `Bearer authorization="${cloud.directory.authorityHost}/${cloud.context.tenantId}", resource="https://vault.azure.net"`;
    const other = await cloud.directory.issueForOperator('https://management.azure.com');
    for (const headers of [{}, { authorization: `Bearer ${other.accessToken}` }]) {
      const response = await fetch(`${vaultUrl}secrets/connection?api-version=7.4`, { headers });
      assert.equal(response.status, 401);
      assert.equal(response.headers.get('www-authenticate'), challenge);
      assert.ok(!(await response.text()).includes(other.accessToken));
    }
  });

  it('names what it does not do', async () => {
    const { accessToken } = await cloud.directory.issueForOperator('https://vault.azure.net');
    const ask = async (path: string, method = 'GET'): Promise<[number, unknown]> => {
      const response = await fetch(`${vaultUrl}${path}`, { method, headers: { authorization: `Bearer ${accessToken}` } });
      return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
    };
    assert.deepEqual(await ask('keys?api-version=7.4'), [501, 'NotSupportedByLocalAzure']);
    assert.deepEqual(await ask('secrets/connection/backup?api-version=7.4', 'POST'), [501, 'NotSupportedByLocalAzure']);
    assert.deepEqual(await ask('secrets/connection?api-version=2016-10-01'), [400, 'BadParameter']);
    assert.deepEqual(await ask('secrets/with_underscore?api-version=7.4', 'DELETE'), [404, 'SecretNotFound']);
  });

  it('serves the same secrets at the same address after a restart', async () => {
    await clientOf(cloud.operator).setSecret('lasting', VALUE);
    const before = vaultUrl;
    await cloud.close();
    cloud = await startCloud(stateDir.path, createKeyVault);
    await createVault();
    assert.equal(vaultUrl, before);
    assert.equal((await clientOf(cloud.operator).getSecret('lasting')).value, VALUE);
  });
});
