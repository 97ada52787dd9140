import assert from 'node:assert/strict';
import { it } from 'node:test';
import { all, withClient } from './client.ts';
import { call, createServingWorld, eventually, GROUP } from './world.ts';

it('answers the vendor\'s client: site, configuration, settings, references, instances, restart, stop and start [sdk.app-service]', async () => {
  const world = await createServingWorld(2, { settings: { KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=key)' } });
  try {
    await withClient(world, async (client) => {
      const site = await client.webApps.get(GROUP, 'shop');
      assert.equal(site.state, 'Running');
      assert.equal(site.clientAffinityEnabled, false);
      assert.equal(site.identity?.userAssignedIdentities?.[world.identityId]?.principalId, 'principal-of-reader');
      const config = await client.webApps.getConfiguration(GROUP, 'shop');
      assert.equal(config.appCommandLine, 'node server.mjs');
      assert.equal(config.minTlsVersion, '1.2');
      const settings = await client.webApps.listApplicationSettings(GROUP, 'shop');
      assert.equal(settings.properties?.['WEBSITE_WARMUP_PATH'], '/health');
      const [reference] = await all(client.webApps.listAppSettingsKeyVaultReferences(GROUP, 'shop'));
      assert.equal(reference?.status, 'SecretNotFound');
      const instances = await all(client.webApps.listInstanceIdentifiers(GROUP, 'shop'));
      assert.deepEqual(instances.map(({ state }) => state), ['READY', 'READY']);
      const plan = await client.appServicePlans.get(GROUP, 'plan');
      assert.deepEqual([plan.sku?.capacity, plan.numberOfSites], [2, 1]);

      const before = world.service.describe()[0]?.instances.map(({ pid }) => pid);
      await client.webApps.restart(GROUP, 'shop');
      await world.service.waitUntilServing(world.siteId, 10_000);
      assert.notDeepEqual(world.service.describe()[0]?.instances.map(({ pid }) => pid), before);
      await client.webApps.stop(GROUP, 'shop');
      assert.equal((await client.webApps.get(GROUP, 'shop')).state, 'Stopped');
      assert.equal((await call(world, '/')).status, 403);
      await client.webApps.start(GROUP, 'shop');
      await world.service.waitUntilServing(world.siteId, 10_000);

      await client.webApps.update(GROUP, 'shop', { clientAffinityEnabled: true });
      assert.equal((await call(world, '/')).headers['set-cookie']?.length, 2, 'affinity by PATCH applies at once');
      await client.webApps.updateApplicationSettings(GROUP, 'shop', { properties: { ...settings.properties, APP_VERSION: 'by-sdk' } });
      await eventually(async () => (await call(world, '/')).json()['version'], (version) => version === 'by-sdk');
    });
  } finally {
    await world.close();
  }
});
