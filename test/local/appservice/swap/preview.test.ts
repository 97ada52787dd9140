import assert from 'node:assert/strict';
import { it } from 'node:test';
import { all, withClient } from '../client.ts';
import { call, createSlotsWorld, eventually, GROUP, STAGING, STICKY } from '../world.ts';
import { envOf, settingsOf, TO_PRODUCTION, withSlots } from './world.ts';

const PREPARED = { statusCode: 409, code: 'Conflict', message: /prepared for swap/ };

it('previews: staging runs with the slot settings of production until the swap is cancelled, or completed [swap.preview]', () =>
  withSlots(1, {}, (world) => withClient(world, async ({ webApps }) => {
    const own = await settingsOf(world, world.slotId);
    await webApps.applySlotConfigurationSlot(GROUP, 'shop', STAGING, TO_PRODUCTION);
    assert.equal((await webApps.getSlot(GROUP, 'shop', STAGING)).targetSwapSlot, 'production');
    assert.deepEqual(await settingsOf(world, world.slotId), { ...own, [STICKY]: 'production' });
    await eventually(() => envOf(world, world.slotId), (env) => env[STICKY] === 'production' && env['APP_VERSION'] === 'new');
    assert.equal((await call(world, '/')).json()['version'], 'old');

    await assert.rejects(webApps.updateApplicationSettingsSlot(GROUP, 'shop', STAGING, { properties: own }), PREPARED);
    await assert.rejects(webApps.updateApplicationSettings(GROUP, 'shop', { properties: own }), PREPARED);
    await assert.rejects(webApps.applySlotConfigurationSlot(GROUP, 'shop', STAGING, TO_PRODUCTION), PREPARED);
    await assert.rejects(webApps.swapSlotWithProduction(GROUP, 'shop', { targetSlot: STAGING, preserveVnet: true }), PREPARED, 'the other way round is another swap');

    await webApps.resetSlotConfigurationSlot(GROUP, 'shop', STAGING);
    assert.deepEqual(await settingsOf(world, world.slotId), own);
    await eventually(() => envOf(world, world.slotId), (env) => env[STICKY] === STAGING);
    await webApps.resetSlotConfigurationSlot(GROUP, 'shop', STAGING);
    await webApps.resetProductionSlotConfig(GROUP, 'shop');

    await webApps.applySlotConfigurationSlot(GROUP, 'shop', STAGING, TO_PRODUCTION);
    await webApps.swapSlot(GROUP, 'shop', STAGING, TO_PRODUCTION);
    assert.equal((await call(world, '/')).json()['version'], 'new');
    assert.deepEqual([(await settingsOf(world, world.siteId))[STICKY], (await settingsOf(world, world.slotId))[STICKY]], ['production', STAGING]);

    await webApps.applySlotConfigToProduction(GROUP, 'shop', { targetSlot: STAGING, preserveVnet: true });
    assert.equal((await settingsOf(world, world.siteId))[STICKY], STAGING);
    await webApps.resetProductionSlotConfig(GROUP, 'shop');
    assert.equal((await settingsOf(world, world.siteId))[STICKY], 'production');
  })));

it('keeps a preview over a restart of the local Azure, and lets go of it when a slot of it is deleted', async () => {
  const world = await createSlotsWorld(1);
  await world.act(world.slotId, 'applySlotConfig', TO_PRODUCTION);
  const again = await world.restart();
  try {
    assert.equal(again.show(world.slotId).properties['targetSwapSlot'], 'production');
    await assert.rejects(again.putSettings({}, world.slotId), { message: /prepared for swap/ });
    await again.remove(world.slotId);
    assert.equal(again.show(again.siteId).properties['targetSwapSlot'], null);
    await again.putSettings({ APP_VERSION: 'old' });
  } finally {
    await again.close();
  }
});

it('lists what a swap would change, by the names of the portal, and slot settings that look forgotten [swap.preview]', () =>
  withSlots(1, {
    staging: { ADDED: 'a', CHANGED: 'staging', FORGOTTEN: 'same', ONLY_HERE: 'x', EXAMPLE_EXTENSION_VERSION: '~2', KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=new)' },
    production: { REMOVED: 'r', CHANGED: 'production', FORGOTTEN: 'same', EXAMPLE_EXTENSION_VERSION: '~1', KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=old)' },
  }, async (world) => {
    await world.put(`${world.siteId}/config/slotConfigNames`, { properties: { appSettingNames: [STICKY, 'FORGOTTEN', 'ONLY_HERE'] } });
    world.secrets.set('new', 'a secret nobody may see');
    await withClient(world, async ({ webApps }) => {
      const differences = await all(webApps.listSlotDifferencesSlot(GROUP, 'shop', STAGING, TO_PRODUCTION));
      const seen = differences.map(({ settingType, settingName, level, diffRule, valueInCurrentSlot, valueInTargetSlot }) => [settingType, settingName, level, diffRule, valueInCurrentSlot, valueInTargetSlot].join('|'));
      assert.deepEqual(seen, [
        'AppSetting|ADDED|Information|SettingsWillBeAddedToDestination|a|',
        'AppSetting|APP_VERSION|Information|SettingsWillBeModifiedInDestination|new|old',
        'AppSetting|CHANGED|Information|SettingsWillBeModifiedInDestination|staging|production',
        'AppSetting|FORGOTTEN|Warning|SlotSettingsSameValue|same|same',
        'AppSetting|KEY|Information|SettingsWillBeModifiedInDestination|@Microsoft.KeyVault(VaultName=vault;SecretName=new)|@Microsoft.KeyVault(VaultName=vault;SecretName=old)',
        'AppSetting|ONLY_HERE|Warning|SlotSettingsMissing|x|',
        'AppSetting|REMOVED|Warning|SettingsNotInSource||r',
        `AppSetting|WEBSITE_RUN_FROM_PACKAGE|Information|SettingsWillBeModifiedInDestination|${world.blobUrl('/packages/new.zip')}|${world.blobUrl('/packages/app.zip')}`,
      ]);
      assert.ok(differences.every(({ description }) => description));
      await world.patch(world.slotId, { properties: { siteConfig: { appCommandLine: 'node ./server.mjs', alwaysOn: true } } });
      const [general] = await all(webApps.listSlotDifferencesFromProduction(GROUP, 'shop', { targetSlot: STAGING, preserveVnet: true }));
      assert.deepEqual([general?.settingType, general?.settingName, general?.valueInCurrentSlot, general?.valueInTargetSlot], ['General', 'appCommandLine', 'node server.mjs', 'node ./server.mjs']);
    });
  }));
