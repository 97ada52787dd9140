import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SecretClient } from '@azure/keyvault-secrets';
import { createKeyVault, type KeyVault } from '../../../local/keyvault/index.ts';
import type { CommandError } from '../../../scripts/commandError.ts';
import { followingRing, keyIdsOf } from '../../../scripts/secrets/keyRing.ts';
import { vaultSecret, type VaultSecret } from '../../../scripts/secrets/vaultSecret.ts';
import { makeStateDir, startCloud, type Cloud } from '../../local/keyvault/cloud.ts';

const NAME = 'mcp-request-state-key';
const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64url');

describe('the secret in the vault', () => {
  let cloud: Cloud<KeyVault>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let client: SecretClient;
  let secret: VaultSecret;
  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createKeyVault);
    const { body } = await cloud.arm('PUT', `${cloud.group}/providers/Microsoft.KeyVault/vaults/kv-rotation`, '2024-11-01', {
      location: 'westeurope', properties: { tenantId: cloud.context.tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true },
    });
    client = new SecretClient(String((body['properties'] as { vaultUri: string }).vaultUri), cloud.operator, { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } });
    secret = vaultSecret(client);
    await client.setSecret(NAME, key(1), { contentType: 'text/key', tags: { owner: 'platform' } });
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('gets a version with what stood beside the last one, and tells its versions newest first without a key', async () => {
    const before = await secret.read();
    assert.deepEqual(before.ring, { current: key(1) });
    const written = await secret.write(followingRing(before.ring, () => key(2)), before.version);
    assert.deepEqual(written.ring, { current: key(1), next: key(2) });
    const { value, properties } = await client.getSecret(NAME);
    assert.equal(value, `current:${key(1)},next:${key(2)}`);
    assert.deepEqual([properties.contentType, properties.tags, properties.enabled], ['text/key', { owner: 'platform' }, true]);
    const versions = await secret.versions(5);
    assert.deepEqual(versions.map(({ version, keys }) => ({ version, keys })), [{ version: written.version, keys: keyIdsOf(written.ring) }, { version: before.version, keys: keyIdsOf(before.ring) }]);
    assert.ok(![key(1), key(2)].some((one) => JSON.stringify(versions).includes(one)));
    assert.equal((await secret.versions(1)).length, 1);
  });

  it('is not written over what somebody else has written meanwhile', async () => {
    const { ring, version } = await secret.read();
    await client.setSecret(NAME, key(3));
    await assert.rejects(secret.write(ring, version), (error: CommandError) => error.code === 'SECRETS_CHANGED_MEANWHILE');
    assert.equal((await client.getSecret(NAME)).value, key(3));
  });

  it('that holds something else is refused without being shown, and can be written over', async () => {
    await client.setSecret(NAME, 'something-else-entirely');
    await assert.rejects(secret.read(), (error: CommandError) => error.code === 'SECRETS_NOT_A_KEY' && error.message.includes('23 characters, not shown') && !error.message.includes('something-else'));
    assert.equal((await secret.versions(1))[0]?.keys, undefined);
    await secret.write({ current: key(4) }, await secret.currentVersion());
    assert.deepEqual((await secret.read()).ring, { current: key(4) });
  });
});
