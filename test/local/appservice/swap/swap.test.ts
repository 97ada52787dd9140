import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withClient } from '../client.ts';
import { call, createSlotsWorld, GROUP, STAGING, STICKY } from '../world.ts';

const TO_PRODUCTION = { targetSlot: 'production', preserveVnet: true };

it('swaps by the vendor\'s poller: packages and settings change places, slot settings stay, and a second swap is the way back', async () => {
  const world = await createSlotsWorld(2);
  try {
    await withClient(world, async ({ webApps }) => {
      const stagingHost = world.url(world.slotId).slice('https://'.length);
      const [productionPids, stagingPids] = [world.siteId, world.slotId].map((id) => world.service.describe().find((report) => report.id === id)?.instances.map(({ pid }) => pid));
      const digests = (): (string | undefined)[] => [world.siteId, world.slotId].map((id) => world.service.describe().find((report) => report.id === id)?.packageDigest);
      const before = digests();

      await webApps.swapSlot(GROUP, 'shop', STAGING, TO_PRODUCTION);

      assert.deepEqual(digests(), before.toReversed());
      const { env } = (await call(world, '/env')).json<{ env: Record<string, string> }>();
      assert.equal(env['APP_VERSION'], 'new');
      assert.equal(env[STICKY], 'production', 'the slot setting came to the process before the switch');
      assert.equal(env['WEBSITE_HOSTNAME'], stagingHost, 'the process keeps the environment that it started with');
      assert.equal(env['WEBSITE_SLOT_NAME'], STAGING);
      const old = (await call(world, '/env', { siteId: world.slotId })).json<{ env: Record<string, string> }>().env;
      assert.deepEqual([old['APP_VERSION'], old[STICKY], old['WEBSITE_HOSTNAME']], ['old', 'staging', stagingHost], 'the old app was started anew in the source');

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
      assert.deepEqual([productionPids?.length, stagingPids?.length], [2, 2]);

      await webApps.swapSlotWithProduction(GROUP, 'shop', { targetSlot: STAGING, preserveVnet: true });
      assert.deepEqual(digests(), before);
      assert.equal((await call(world, '/')).json()['version'], 'old');
    });
  } finally {
    await world.close();
  }
});
