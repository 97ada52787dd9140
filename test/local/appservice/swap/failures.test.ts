import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { call, createSlotsWorld, eventually, STAGING, STICKY } from '../world.ts';
import { beginSwap, ended, envOf, instancesOf, settingsOf, swap, withSlots, type SlotsWorld } from './world.ts';

/** Whatever failed: production has the processes and settings that it had, and staging has its own settings again. */
async function assertReverted(world: SlotsWorld, before: { readonly pids: readonly (number | undefined)[]; readonly staging: Record<string, string> }): Promise<void> {
  assert.deepEqual(instancesOf(world, world.siteId).map(({ pid }) => pid), before.pids);
  assert.equal((await call(world, '/')).json()['version'], 'old');
  assert.deepEqual(await settingsOf(world, world.slotId), before.staging);
  for (const id of [world.siteId, world.slotId]) {
    assert.equal(world.show(id).properties['targetSwapSlot'], null);
    assert.equal(world.show(id).properties['slotSwapStatus'], undefined);
  }
}

async function standing(world: SlotsWorld): Promise<Parameters<typeof assertReverted>[1]> {
  return { pids: instancesOf(world, world.siteId).map(({ pid }) => pid), staging: await settingsOf(world, world.slotId) };
}

it('reverts a swap whose app does not start with the settings of production, which never serves it [swap.reverted]', () =>
  withSlots(2, { staging: { APP_BROKEN_IN: 'production' } }, async (world) => {
    const before = await standing(world);
    await assert.rejects(swap(world), { status: 409, code: 'Conflict', message: /^Cannot swap slots for site 'shop' because the 'staging' slot did not come up with the settings of its target: instance \d: .*exit code 3.*It has its own settings again; the 'production' slot was not touched\.$/ });
    await assertReverted(world, before);
    await world.service.waitUntilServing(world.slotId, 10_000);
    assert.equal((await envOf(world, world.slotId))[STICKY], STAGING);
  }));

it('refuses what cannot be swapped, and says why', () =>
  withSlots(1, {}, async (world) => {
    const asked = (body: unknown, id = world.slotId): Promise<unknown> => world.act(id, 'slotsswap', body as never);
    await assert.rejects(asked({}), { status: 400, code: 'BadRequest', message: /targetSlot/ });
    await assert.rejects(asked({ targetSlot: 'absent', preserveVnet: true }), { status: 404, message: /slots are production, staging/ });
    await assert.rejects(asked({ targetSlot: 'Staging', preserveVnet: true }), { status: 400, message: /with itself/ });
    await world.putSettings({ ...await settingsOf(world, world.slotId), WEBSITE_OVERRIDE_PRESERVE_DEFAULT_STICKY_SLOT_SETTINGS: '0' }, world.slotId);
    await assert.rejects(swap(world), { code: 'NotSupportedByLocalAzure' });
    await world.putSettings({ APP_VERSION: 'new' }, world.slotId);
    await assert.rejects(swap(world), { status: 409, message: /no package is deployed: WEBSITE_RUN_FROM_PACKAGE is not set/ });
    await world.act(world.slotId, 'stop');
    await assert.rejects(swap(world), { status: 409, message: /'staging' slot is stopped/ });
    await assert.rejects(world.patch(world.slotId, { properties: { siteConfig: { autoSwapSlotName: 'production' } } }), { status: 400, message: /Linux/ });
    assert.equal((await call(world, '/')).json()['version'], 'old');
  }));

it('pings the warm-up path: any answer will do unless statuses are named, and a wrong one stops the swap at once [swap.reverted]', () =>
  withSlots(2, { staging: { WEBSITE_WARMUP_PATH: '/', WEBSITE_SWAP_WARMUP_PING_PATH: '/health', WEBSITE_SWAP_WARMUP_PING_STATUSES: '200,202' } }, async (world) => {
    const before = await standing(world);
    const home = join(world.stateDir, 'home', 'shop', STAGING);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'sick'), '');
    await assert.rejects(swap(world), { message: /did not respond to http ping: instance \d answered \/health with status 503, and WEBSITE_SWAP_WARMUP_PING_STATUSES allows 200, 202/ });
    await assertReverted(world, before);
    const { WEBSITE_SWAP_WARMUP_PING_STATUSES: _statuses, ...anyStatus } = before.staging;
    await world.putSettings(anyStatus, world.slotId);
    await swap(world);
    assert.equal((await call(world, '/')).json()['version'], 'new');
  }));

it('gives each ping its time and five tries, and swaps what is slow within it [swap.reverted]', () =>
  withSlots(1, { timing: { swapPingLimitMs: 250 }, staging: { WEBSITE_SWAP_WARMUP_PING_PATH: '/slow?ms=60000' } }, async (world) => {
    const before = await standing(world);
    await assert.rejects(swap(world), { message: /instance 1 did not answer \/slow\?ms=60000 in 5 tries of 0\.25 s \(last: no answer within 0\.25 s\)/ });
    await assertReverted(world, before);
    await world.putSettings({ ...before.staging, WEBSITE_SWAP_WARMUP_PING_PATH: '/slow?ms=100' }, world.slotId);
    await swap(world);
    assert.equal((await call(world, '/')).json()['version'], 'new');
  }));

/** A swap that waits in its warm-up until it is told otherwise. */
const HANGING = { timing: { swapPingLimitMs: 600_000 }, staging: { WEBSITE_SWAP_WARMUP_PING_PATH: '/slow?ms=600000' } };

async function beginHangingSwap(world: SlotsWorld): Promise<string> {
  const status = await beginSwap(world);
  await eventually(() => envOf(world, world.slotId), (env) => env[STICKY] === 'production');
  return status;
}

it('allows one swap at a time, and no change of the two slots meanwhile [swap.steps]', () =>
  withSlots(1, HANGING, async (world) => {
    const settings = await settingsOf(world, world.siteId);
    await beginHangingSwap(world);
    assert.equal(world.show(world.slotId).properties['targetSwapSlot'], 'production');
    assert.equal(world.show(world.siteId).properties['targetSwapSlot'], STAGING);
    const busy = { status: 409, code: 'Conflict', message: /another operation is in progress.*OperationName: SwapSiteSlots, SiteName: shop, SlotName: staging/ };
    const attempts: [string, () => unknown][] = [
      ['a second swap', () => beginSwap(world)],
      ['the swap the other way', () => world.act(world.siteId, 'slotsswap', { targetSlot: STAGING, preserveVnet: true })],
      ['a preview', () => world.act(world.slotId, 'applySlotConfig', { targetSlot: 'production', preserveVnet: true })],
      ['a cancellation', () => world.act(world.slotId, 'resetSlotConfig')],
      ['settings of the target', () => world.putSettings(settings)],
      ['settings of the source', () => world.putSettings(settings, world.slotId)],
      ['names of slot settings', () => world.put(`${world.siteId}/config/slotConfigNames`, { properties: { appSettingNames: [] } })],
      ['the site', () => world.patch(world.siteId, { properties: { httpsOnly: true } })],
      ['restart', () => world.act(world.siteId, 'restart')],
      ['stop', () => world.act(world.slotId, 'stop')],
      ['removal of settings', () => world.remove(`${world.siteId}/config/appsettings`)],
      ['removal of the slot', () => world.remove(world.slotId)],
    ];
    for (const [what, attempt] of attempts) await assert.rejects(async () => attempt(), busy, what);
    assert.equal((await call(world, '/')).json()['version'], 'old', 'production serves all the time');
  }));

it('is reverted by the next start when the local Azure stops in the middle, and can be done again [swap.never-half]', async () => {
  const world = await createSlotsWorld(1, HANGING);
  const own = await settingsOf(world, world.slotId);
  const status = await beginHangingSwap(world);
  const again = Object.assign(await world.restart(), { slotId: world.slotId });
  try {
    await again.service.resume();
    // The blobs' server has another port now.
    again.blobs.set('/packages/new.zip', world.blobs.get('/packages/new.zip') as Uint8Array);
    await assert.rejects(ended(again, status), { code: 'Conflict', message: /stopped in the middle of the swap of 'staging' with 'production'/ });
    assert.deepEqual(await settingsOf(again, again.slotId), own);
    assert.equal(again.show(again.slotId).properties['targetSwapSlot'], null);
    for (const id of [again.siteId, again.slotId]) {
      const { WEBSITE_SWAP_WARMUP_PING_PATH: _path, ...settings } = await settingsOf(again, id);
      await again.putSettings({ ...settings, WEBSITE_RUN_FROM_PACKAGE: again.blobUrl(id === again.siteId ? '/packages/app.zip' : '/packages/new.zip') }, id);
      await again.service.waitUntilServing(id, 20_000);
    }
    await swap(again);
    assert.equal((await call(again, '/')).json()['version'], 'new');
  } finally {
    await again.close();
  }
});

it('fails when the plan is scaled amid a swap, as in Azure: what was warmed up is not what would serve', () =>
  withSlots(1, { timing: { swapPingLimitMs: 20_000 }, staging: { WEBSITE_SWAP_WARMUP_PING_PATH: '/slow?ms=4000' } }, async (world) => {
    const status = await beginSwap(world);
    await eventually(() => envOf(world, world.slotId), (env) => env[STICKY] === 'production');
    world.service.scalePlan(world.planId, 2);
    await assert.rejects(ended(world, status), { message: /other VM instances than those that were warmed up.*Retry/ });
    await world.service.waitUntilServing(world.slotId, 20_000);
    assert.equal((await call(world, '/')).json()['version'], 'old');
  }));

it('starts what ends after a swap with the environment and the identities of the slot that it serves [swap.steps]', () =>
  withSlots(1, {}, async (world) => {
    const other = world.identityId.replace(/reader$/, 'other');
    await world.put(other, { location: 'westeurope' });
    await world.patch(world.slotId, { identity: { type: 'UserAssigned', userAssignedIdentities: { [world.identityId]: {}, [other]: {} } } });
    await world.service.waitUntilServing(world.slotId, 20_000);
    await swap(world);
    const swapped = await envOf(world, world.siteId);
    // Identities stay with their slots: production has one, and so has its process, whose predecessor in the staging slot has gone.
    await eventually(() => world.registrations.filter(({ revoked }) => !revoked).map(({ identities }) => identities.length).toSorted().join(), (lengths) => lengths === '1,2');
    process.kill(instancesOf(world, world.siteId)[0]?.pid ?? 0, 'SIGKILL');
    await eventually(() => instancesOf(world, world.siteId)[0], (instance) => instance?.state === 'Ready' && instance.restarts === 1);
    const restarted = await envOf(world, world.siteId);
    assert.equal(restarted['APP_VERSION'], 'new');
    assert.notEqual(restarted['WEBSITE_HOSTNAME'], swapped['WEBSITE_HOSTNAME']);
    assert.equal(`https://${restarted['WEBSITE_HOSTNAME']}`, world.url());
    assert.equal(restarted['WEBSITE_SLOT_NAME'], 'Production');
  }));
