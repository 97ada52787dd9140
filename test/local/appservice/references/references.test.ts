import assert from 'node:assert/strict';
import { it } from 'node:test';
import { call, createServingWorld, createWorld } from '../world.ts';

it('gives the app what resolves, the literal string of what does not, and tells the status of each [workers.references]', async () => {
  const world = await createWorld();
  try {
    const identifier = (name: string): string => `@Microsoft.KeyVault(VaultName=vault;SecretName=${name})`;
    const references: Record<string, { value: string; status: string }> = {
      GOOD: { value: identifier('good'), status: 'Resolved' },
      BROKEN: { value: '@Microsoft.KeyVault(nonsense)', status: 'InvalidSyntax' },
      NO_VAULT: { value: '@Microsoft.KeyVault(VaultName=absent;SecretName=good)', status: 'VaultNotFound' },
      NO_SECRET: { value: identifier('absent'), status: 'SecretNotFound' },
      NO_VERSION: { value: '@Microsoft.KeyVault(VaultName=vault;SecretName=good;SecretVersion=v9)', status: 'SecretVersionNotFound' },
      OTHER: { value: identifier('failing'), status: 'OtherReasons' },
    };
    world.secrets.set('good', 'the-secret-value');
    world.secrets.set('failing', () => {
      throw new Error('the vault is on fire');
    });
    await world.putPlan(1);
    await world.putSite();
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), PLAIN: 'plain', ...Object.fromEntries(Object.entries(references).map(([name, { value }]) => [name, value])) });
    await world.service.waitUntilServing(world.siteId, 10_000);
    const { env } = (await call(world, '/env')).json<{ env: Record<string, string> }>();
    for (const [name, { value, status }] of Object.entries(references)) {
      assert.equal(env[name], status === 'Resolved' ? 'the-secret-value' : value);
      assert.equal(env[`APPSETTING_${name}`], env[name]);
    }
    const statuses = Object.fromEntries(world.service.describe()[0]?.references.map(({ name, status }) => [name, status]) ?? []);
    assert.deepEqual(statuses, Object.fromEntries(Object.entries(references).map(([name, { status }]) => [name, status])));
    const { value } = (await world.read(world.siteId, 'config/configreferences/appsettings')) as { value: { name: string; properties: Record<string, unknown> }[] };
    assert.deepEqual(value.find(({ name }) => name === 'GOOD')?.properties, {
      reference: references['GOOD']?.value, status: 'Resolved', details: 'Reference has been successfully resolved.', source: 'KeyVault',
      identityType: { type: 'UserAssigned' }, vaultName: 'vault', secretName: 'good', activeVersion: 'v1',
    });
  } finally {
    await world.close();
  }
});

it('says MSINotEnabled without the identity, and AccessToKeyVaultDenied without the role', async () => {
  const world = await createWorld();
  try {
    const other = world.identityId.replace(/reader$/, 'stranger');
    await world.put(other, { location: 'westeurope' });
    world.secrets.set('key', 'value');
    await world.putPlan(1);
    const statusWith = async (properties: Record<string, string>, identities = [world.identityId, other]): Promise<unknown> => {
      await world.putSite({ ...properties, identity: { type: 'UserAssigned', userAssignedIdentities: identities } });
      await world.putSettings({ KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=key)' });
      return (await world.service.refreshReferences(world.siteId))[0]?.status;
    };
    assert.equal(await statusWith({ keyVaultReferenceIdentity: world.identityId }), 'Resolved');
    assert.equal(await statusWith({ keyVaultReferenceIdentity: other }), 'AccessToKeyVaultDenied');
    assert.equal(await statusWith({ keyVaultReferenceIdentity: other }, [world.identityId]), 'MSINotEnabled');
    assert.equal(await statusWith({ keyVaultReferenceIdentity: 'SystemAssigned' }), 'MSINotEnabled');
  } finally {
    await world.close();
  }
});

it('restarts the app when a refresh finds another secret, and leaves it alone when not', async () => {
  const world = await createServingWorld(1, { settings: { APP_VERSION: '@Microsoft.KeyVault(VaultName=vault;SecretName=version)' } });
  try {
    assert.equal(world.service.describe()[0]?.references[0]?.status, 'SecretNotFound');
    world.secrets.set('version', 'one');
    await world.act(world.siteId, 'config/configreferences/appsettings/refresh');
    await world.service.waitUntilServing(world.siteId, 10_000);
    const before = (await call(world, '/')).json();
    assert.equal(before['version'], 'one');
    await world.service.refreshReferences(world.siteId);
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal((await call(world, '/')).json()['pid'], before['pid']);
  } finally {
    await world.close();
  }
});
