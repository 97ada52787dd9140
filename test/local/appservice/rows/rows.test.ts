import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { JsonObject } from '../../../../local/arm/types.ts';
import { call, createServingWorld, createWorld, type World } from '../world.ts';

async function withWorld(act: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld();
  try {
    await world.putPlan(1);
    await act(world);
  } finally {
    await world.close();
  }
}

it('fills in what Azure fills in, on the site and on its configuration', () =>
  withWorld(async (world) => {
    const { properties, ...site } = await world.putSite({ clientAffinityEnabled: null, siteConfig: { healthCheckPath: '/health', alwaysOn: true } });
    const host = `127.0.0.1:${world.context.listeners.portOf('site:shop')}`;
    assert.equal(site.name, 'shop');
    assert.equal(site['kind'], 'app,linux');
    assert.deepEqual(site['identity'], { type: 'UserAssigned', userAssignedIdentities: { [world.identityId]: { principalId: 'principal-of-reader', clientId: 'client-of-reader' } } });
    const expected: JsonObject = {
      clientAffinityEnabled: true, clientAffinityProxyEnabled: false, clientAffinityPartitioningEnabled: false, httpsOnly: false, enabled: true, state: 'Running',
      serverFarmId: world.planId, defaultHostName: host, hostNames: [host], enabledHostNames: [host], usageState: 'Normal', availabilityState: 'Normal', sku: 'PremiumV3',
      repositorySiteName: 'shop', resourceGroup: 'rg',
    };
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(properties[name], value, name);
    const config = ((await world.read(world.siteId, 'config/web')) as { properties: JsonObject }).properties;
    for (const [name, value] of Object.entries({ alwaysOn: true, healthCheckPath: '/health', minTlsVersion: '1.2', ftpsState: 'FtpsOnly', http20Enabled: false, remoteDebuggingEnabled: false, webSocketsEnabled: false })) {
      assert.equal(config[name], value, name);
    }
    assert.equal(config['appSettings'], undefined);
    const plan = world.show(world.planId);
    assert.deepEqual(plan['sku'], { name: 'P0v3', tier: 'PremiumV3', size: 'P0v3', family: 'Pv3', capacity: 1 });
    assert.equal(plan.properties['numberOfSites'], 1);
    assert.equal(plan.properties['status'], 'Ready');
  }));

it('takes the plan by any spelling of its id or by its bare name, and the slot takes its site\'s plan', () =>
  withWorld(async (world) => {
    assert.equal((await world.putSite({ serverFarmId: world.planId.toUpperCase() })).properties['serverFarmId'], world.planId);
    assert.equal((await world.putSite({ serverFarmId: 'plan' })).properties['serverFarmId'], world.planId);
    const slot = await world.putSite({ serverFarmId: null }, `${world.siteId}/slots/staging`);
    assert.equal(slot.properties['serverFarmId'], world.planId);
    assert.equal(slot.name, 'shop/staging');
    assert.notEqual(slot.properties['defaultHostName'], world.show(world.siteId).properties['defaultHostName']);
  }));

it('keeps app settings as a resource of their own: whole replacement, read by list, inline ones too', () =>
  withWorld(async (world) => {
    const settingsId = `${world.siteId}/config/appsettings`;
    const list = async (): Promise<JsonObject> => ((await world.act(settingsId, 'list')) as { properties: JsonObject }).properties;
    await world.putSite({ siteConfig: { appSettings: [{ name: 'INLINE', value: 'one' }] } });
    assert.deepEqual(await list(), { INLINE: 'one' });
    assert.equal((world.show(world.siteId).properties['siteConfig'] as JsonObject)['appSettings'], undefined);
    assert.deepEqual((await world.putSettings({ A: '1', B: '2' })).properties, { A: '1', B: '2' });
    await world.putSettings({ B: '3' });
    assert.deepEqual(await list(), { B: '3' });
    await world.putSite();
    assert.deepEqual(await list(), { B: '3' }, 'a PUT of the site without app settings leaves them');
    await assert.rejects(world.putSettings({ 'NOT-ALLOWED': 'x' }), { status: 400, code: 'BadRequest', message: /"NOT-ALLOWED"/ });
    await world.remove(settingsId);
    assert.deepEqual(await list(), {});
  }));

it('has publishing policies and slot configuration names from the start', () =>
  withWorld(async (world) => {
    await world.putSite();
    await world.putSite({}, `${world.siteId}/slots/staging`);
    for (const id of [world.siteId, `${world.siteId}/slots/staging`]) {
      for (const name of ['ftp', 'scm']) {
        const policy = `${id}/basicPublishingCredentialsPolicies/${name}`;
        assert.deepEqual(world.show(policy).properties, { allow: true });
        await world.put(policy, { properties: { allow: false } });
        assert.deepEqual(world.show(policy).properties, { allow: false });
      }
    }
    await world.put(`${world.siteId}/config/slotConfigNames`, { properties: { appSettingNames: ['MCP_SLOT'] } });
    assert.deepEqual(world.show(`${world.siteId}/config/slotConfigNames`).properties, { appSettingNames: ['MCP_SLOT'] });
  }));

it('refuses what is wrong, and by name what it does not do', () =>
  withWorld(async (world) => {
    const site = (properties: JsonObject, id?: string): (() => Promise<unknown>) => () => world.putSite(properties, id);
    const elsewhere = world.siteId.replace('/resourceGroups/rg/', '/resourceGroups/other/');
    await world.put(elsewhere.split('/providers/')[0] as string, { location: 'westeurope' });
    await world.putSite();
    const unsupported = { status: 501, code: 'NotSupportedByLocalAzure' };
    const cases: [string, () => Promise<unknown>, { status: number; code: string }][] = [
      ['plan that is not there', site({ serverFarmId: `${world.planId}x` }), { status: 404, code: 'NotFound' }],
      ['name taken', site({}, elsewhere), { status: 409, code: 'Conflict' }],
      ['name', site({}, `${world.siteId}_`), { status: 400, code: 'BadRequest' }],
      ['slot called production', site({}, `${world.siteId}/slots/production`), { status: 400, code: 'BadRequest' }],
      ['identity that is not there', site({ identity: { type: 'UserAssigned', userAssignedIdentities: [`${world.identityId}x`] } }), { status: 400, code: 'FailedIdentityOperation' }],
      ['health path', site({ siteConfig: { healthCheckPath: 'health' } }), { status: 400, code: 'BadRequest' }],
      ['stack', site({ siteConfig: { linuxFxVersion: 'PYTHON|3.12' } }), unsupported],
      ['client certificates', site({ clientCertEnabled: true }), unsupported],
      ['web sockets', site({ siteConfig: { webSocketsEnabled: true } }), unsupported],
      ['windows', () => world.putPlan(1, { properties: {} }), unsupported],
      ['per-site scaling', () => world.putPlan(1, { properties: { reserved: true, perSiteScaling: true } }), unsupported],
      ['capacity', () => world.putPlan(31), { status: 400, code: 'BadRequest' }],
      ['capacity of the tier', () => world.putPlan(4, { sku: { name: 'B1', capacity: 4 } }), { status: 400, code: 'BadRequest' }],
      ['tier against name', () => world.putPlan(1, { sku: { name: 'B1', tier: 'Standard' } }), { status: 400, code: 'BadRequest' }],
      ['sku', () => world.putPlan(1, { sku: { name: 'Z9' } }), { status: 400, code: 'BadRequest' }],
    ];
    for (const [what, attempt, { status, code }] of cases) await assert.rejects(attempt, { status, code }, what);
    await world.putPlan(1, { sku: { name: 'B1' } });
    await assert.rejects(site({}, `${world.siteId}/slots/staging`), { status: 409, code: 'Conflict', message: /'Basic' SKU/ });
  }));

it('lists its instances', async () => {
  const world = await createServingWorld(2);
  try {
    const { value } = (await world.read(world.siteId, 'instances')) as { value: { id: string; name: string; properties: JsonObject }[] };
    assert.deepEqual(value.map(({ name }) => name), world.service.describe()[0]?.instances.map(({ id }) => id));
    assert.deepEqual(value.map(({ properties }) => properties), [{ state: 'READY' }, { state: 'READY' }]);
  } finally {
    await world.close();
  }
});

it('gives workers App Service\'s environment and nothing of its own; secrets reach neither arguments, state, logs nor reports [workers.environment]', async () => {
  const marks = ['inline-mark-1', 'setting-mark-2', 'vault-mark-3'];
  process.env['LEAKED_FROM_DAEMON'] = 'yes';
  const world = await createServingWorld(1, { site: { siteConfig: { appSettings: [{ name: 'INLINE', value: marks[0] as string }] } } });
  try {
    world.secrets.set('key', marks[2] as string);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), OWN: marks[1] as string, 'DOTTED.NAME': 'x', WEBSITE_INSTANCE_ID: 'forged', KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=key)' });
    await world.service.waitUntilServing(world.siteId, 10_000);
    const { env, argv } = (await call(world, '/env')).json<{ env: Record<string, string>; argv: string[] }>();
    const instance = world.service.describe()[0]?.instances[0];
    const registered = world.registrations.at(-1);
    assert.deepEqual(registered, { identities: [world.identityId], revoked: false });
    const { IDENTITY_HEADER, ...rest } = env;
    assert.ok(IDENTITY_HEADER);
    assert.deepEqual(Object.keys(rest).sort(), [
      ...['OWN', 'DOTTED_NAME', 'WEBSITE_RUN_FROM_PACKAGE', 'KEY', 'WEBSITE_INSTANCE_ID'].map((name) => `APPSETTING_${name}`),
      'AZURE_AUTHORITY_HOST', 'DOTTED_NAME', 'HOME', 'IDENTITY_ENDPOINT', 'KEY', 'LANG', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'OWN', 'PATH', 'PORT', 'REGION_NAME',
      'WEBSITE_COMPUTE_MODE', 'WEBSITE_HOSTNAME', 'WEBSITE_INSTANCE_ID', 'WEBSITE_OWNER_NAME', 'WEBSITE_RESOURCE_GROUP', 'WEBSITE_RUN_FROM_PACKAGE', 'WEBSITE_SITE_NAME', 'WEBSITE_SKU', 'WEBSITE_SLOT_NAME',
    ].sort());
    assert.equal(env['WEBSITE_INSTANCE_ID'], instance?.id, 'a setting cannot take the place of a variable of the platform');
    assert.equal(env['WEBSITE_SLOT_NAME'], 'Production');
    assert.equal(env['WEBSITE_HOSTNAME'], world.url().slice('https://'.length));
    assert.equal(env['KEY'], marks[2]);
    assert.deepEqual(argv.slice(1), [join(world.stateDir, 'packages', world.service.describe()[0]?.packageDigest ?? '', 'server.mjs')]);
    const everything = [
      ...readFiles(world.stateDir),
      JSON.stringify(world.service.describe()),
      ...world.logLines,
      readFileSync(`/proc/${instance?.pid}/cmdline`, 'utf8'),
      JSON.stringify(world.arm.get(world.siteId)),
    ];
    for (const text of everything) for (const mark of marks) assert.equal(text.includes(mark), false, `${mark} stands in: ${text.slice(0, 200)}`);
  } finally {
    delete process.env['LEAKED_FROM_DAEMON'];
    await world.close();
  }
});

function readFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
