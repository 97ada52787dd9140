import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withClient } from '../client.ts';
import { call, createSlotsWorld, eventually, GROUP, STAGING, STICKY } from '../world.ts';
import { beginSwap, ended, envOf, instancesOf, TO_PRODUCTION, withSlots } from './world.ts';

it('swaps by the vendor\'s poller: packages and settings change places, slot settings stay, and a second swap is the way back [swap.steps]', async () => {
  const world = await createSlotsWorld(2);
  try {
    await withClient(world, async ({ webApps }) => {
      const stagingHost = world.url(world.slotId).slice('https://'.length);
      const digests = (): (string | undefined)[] => [world.siteId, world.slotId].map((id) => world.service.describe().find((report) => report.id === id)?.packageDigest);
      const before = digests();

      await webApps.swapSlot(GROUP, 'shop', STAGING, TO_PRODUCTION);

      assert.deepEqual(digests(), before.toReversed());
      const env = await envOf(world, world.siteId);
      assert.equal(env['APP_VERSION'], 'new');
      assert.equal(env[STICKY], 'production', 'the slot setting came to the process before the switch');
      assert.equal(env['WEBSITE_HOSTNAME'], stagingHost, 'the process keeps the environment that it started with');
      assert.equal(env['WEBSITE_SLOT_NAME'], STAGING);
      const swapped = instancesOf(world, world.siteId).map(({ pid }) => pid);
      const old = await eventually(() => envOf(world, world.slotId), (seen) => seen['WEBSITE_HOSTNAME'] === stagingHost);
      assert.deepEqual([old['APP_VERSION'], old[STICKY]], ['old', 'staging'], 'the old app was started anew in the source');
      await world.service.waitUntilServing(world.siteId, 10_000);
      assert.deepEqual(instancesOf(world, world.siteId).map(({ pid }) => pid), swapped, 'the swapped processes go on');

      const settings = await webApps.listApplicationSettings(GROUP, 'shop');
      const stagingSettings = await webApps.listApplicationSettingsSlot(GROUP, 'shop', STAGING);
      assert.deepEqual([settings.properties?.['APP_VERSION'], settings.properties?.[STICKY]], ['new', 'production']);
      assert.deepEqual([stagingSettings.properties?.['APP_VERSION'], stagingSettings.properties?.[STICKY]], ['old', 'staging']);
      assert.match(settings.properties?.['WEBSITE_RUN_FROM_PACKAGE'] ?? '', /new\.zip$/);

      for (const site of [await webApps.get(GROUP, 'shop'), await webApps.getSlot(GROUP, 'shop', STAGING)]) {
        assert.deepEqual([site.slotSwapStatus?.sourceSlotName, site.slotSwapStatus?.destinationSlotName], [STAGING, 'Production']);
        assert.ok(site.slotSwapStatus?.timestampUtc instanceof Date);
        assert.equal(site.targetSwapSlot ?? null, null);
      }

      await webApps.swapSlotWithProduction(GROUP, 'shop', { targetSlot: STAGING, preserveVnet: true });
      assert.deepEqual(digests(), before);
      assert.equal((await call(world, '/')).json()['version'], 'old');
    });
  } finally {
    await world.close();
  }
});

it('keeps the swapped processes when production was reading its settings anew at the switch [swap.steps]', () =>
  withSlots(1, { production: { KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=slow)' } }, async (world) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    world.secrets.set('slow', () => promise);
    const refreshed = world.service.refreshReferences(world.siteId);
    const status = await beginSwap(world);
    await eventually(async () => (await call(world, '/')).json()['version'], (version) => version === 'new');
    const swapped = instancesOf(world, world.siteId).map(({ pid }) => pid);
    // What was asked for before the switch comes to its end now, and is out of date.
    resolve('the secret of the old app');
    await refreshed;
    await ended(world, status);
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.deepEqual(instancesOf(world, world.siteId).map(({ pid }) => pid), swapped);
  }));
