import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { exportTemplate } from '../../../local/arm/exportTemplate.ts';
import type { JsonObject, ResourceType } from '../../../local/arm/types.ts';
import { GUEST, planRow, startArm, type ArmHarness } from './armHarness.ts';

const GROUP_VERSION = '?api-version=2021-04-01';
const WEB_VERSION = '?api-version=2025-05-01';
const SITE_PATH = planRow.path.replace('serverfarms', 'sites');
const ALL = { resources: ['*'], options: 'SkipAllParameterization' };
const SECRET = 'a value that no GET shows';

const siteRow: ResourceType = {
  ...planRow,
  type: 'Microsoft.Web/sites',
  token: 'web:WebApp',
  path: SITE_PATH,
  template: { narrow: (site) => ({ ...site, properties: { ...site.properties, siteConfig: { alwaysOn: true } } }), further: ['config/web'] },
  behaviour: {
    complete: (draft) => void (draft.properties['state'] = 'Running'),
    reads: { 'config/web': (site) => ({ id: `${site.id}/config/web`, name: 'web', type: 'Microsoft.Web/sites/config', properties: { healthCheckPath: '/health', autoHealRules: null } }) },
  },
};
const below = { ...planRow, envelope: ['kind'], existence: 'singleton' } as const;
const ftpRow: ResourceType = { ...below, type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', token: 'web:WebAppFtpAllowed', path: `${SITE_PATH}/basicPublishingCredentialsPolicies/ftp`, initial: { allow: true } };
const settingsRow: ResourceType = {
  ...below, type: 'Microsoft.Web/sites/config', token: 'web:WebAppApplicationSettings', path: `${SITE_PATH}/config/appsettings`, propertiesInput: true, readAction: 'list',
};
const stickyRow: ResourceType = { ...below, type: 'Microsoft.Web/sites/config', token: 'web:WebAppSlotConfigurationNames', path: `${SITE_PATH}/config/slotConfigNames`, initial: {}, template: 'left out' };

interface Exported { template: { $schema: string; contentVersion: string; resources: JsonObject[] }; error?: { code: string; details: { code: string; target: string }[] } }

function groupOf({ context }: ArmHarness, name = 'g'): string {
  return `/subscriptions/${context.subscriptionId}/resourceGroups/${name}`;
}

async function withSite(t: TestContext, rows: readonly ResourceType[] = [planRow, siteRow, ftpRow, settingsRow, stickyRow]): Promise<ArmHarness> {
  const arm = await startArm(t, rows);
  const put = async (path: string, body: JsonObject): Promise<void> => {
    const { status, body: answer } = await arm.send('PUT', path, body);
    assert.ok(status < 300, JSON.stringify(answer));
  };
  for (const name of ['g', 'other']) await put(groupOf(arm, name) + GROUP_VERSION, { location: 'westeurope' });
  await put(`${groupOf(arm)}/providers/Microsoft.Web/serverfarms/p${WEB_VERSION}`, { location: 'westeurope', kind: 'linux', sku: { name: 'P0v3' }, tags: { owner: '[nobody]' }, properties: { reserved: true } });
  await put(`${groupOf(arm)}/providers/Microsoft.Web/sites/s${WEB_VERSION}`, {
    location: 'westeurope',
    identity: { type: 'UserAssigned', userAssignedIdentities: { [`${groupOf(arm, 'other')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`]: { clientId: 'whoever' } } },
    properties: { serverFarmId: `${groupOf(arm)}/providers/Microsoft.Web/serverfarms/p`, siteConfig: { alwaysOn: true, minTlsVersion: '1.2' } },
  });
  if (rows.includes(settingsRow)) await put(`${groupOf(arm)}/providers/Microsoft.Web/sites/s/config/appsettings${WEB_VERSION}`, { properties: { KEY: SECRET } });
  return arm;
}

async function exported(arm: ArmHarness, body: unknown = ALL): Promise<Exported> {
  const accepted = await arm.send('POST', `${groupOf(arm)}/exportTemplate${GROUP_VERSION}`, body);
  assert.equal(accepted.status, 202);
  const location = new URL(String(accepted.headers['location']));
  assert.match(location.pathname, /^\/subscriptions\/[^/]+\/operationresults\/[0-9a-f-]{36}$/);
  for (;;) {
    const answer = await arm.send('GET', location.pathname + location.search);
    if (answer.status !== 202) return answer.body as unknown as Exported;
  }
}

test('a group is exported as a template: what a PUT can say, children behind their parents, ids as expressions, without app settings [status.template]', async (t) => {
  const arm = await withSite(t);
  const { template, error } = await exported(arm);
  assert.equal(error, undefined);
  assert.deepEqual([template.$schema, template.contentVersion], ['https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#', '1.0.0.0']);
  const onSite = ['[resourceId(\'Microsoft.Web/sites\', \'s\')]'];
  assert.deepEqual(template.resources, [
    { type: 'Microsoft.Web/serverfarms', apiVersion: '2025-05-01', name: 'p', location: 'westeurope', kind: 'linux', sku: { name: 'P0v3' }, tags: { owner: '[[nobody]' }, properties: { reserved: true } },
    {
      type: 'Microsoft.Web/sites', apiVersion: '2025-05-01', name: 's', location: 'westeurope',
      // Another group is named by its id, this one by an expression; and whom an identity stands for is not the template's to say.
      identity: { type: 'UserAssigned', userAssignedIdentities: { [`${groupOf(arm, 'other')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`]: {} } },
      dependsOn: ['[resourceId(\'Microsoft.Web/serverfarms\', \'p\')]'],
      properties: { serverFarmId: '[resourceId(\'Microsoft.Web/serverfarms\', \'p\')]', siteConfig: { alwaysOn: true } },
    },
    { type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', apiVersion: '2025-05-01', name: 's/ftp', dependsOn: onSite, properties: { allow: true } },
    { type: 'Microsoft.Web/sites/config', apiVersion: '2025-05-01', name: 's/web', dependsOn: onSite, properties: { healthCheckPath: '/health' } },
  ]);
  assert.ok(!JSON.stringify(template).includes(SECRET));
});

test('some resources are exported by id, with what is below them, and an id that is not there is refused', async (t) => {
  const arm = await withSite(t);
  const named = await exported(arm, { ...ALL, resources: [`${groupOf(arm)}/providers/Microsoft.Web/sites/s`.toUpperCase().replace(/^\/SUBSCRIPTIONS\/[^/]+/, `/subscriptions/${arm.context.subscriptionId}`)] });
  assert.deepEqual(named.template.resources.map(({ name }) => name), ['s', 's/ftp', 's/web']);
  for (const id of [`${groupOf(arm)}/providers/Microsoft.Web/sites/none`, groupOf(arm, 'other')]) assert.equal((await exported(arm, { ...ALL, resources: [id] }) as unknown as JsonObject)['code'], 'ResourceNotFound', id);
});

test('a type that cannot be read is told in error, and the rest is exported all the same [status.not-exported]', async (t) => {
  const broken: ResourceType = { ...siteRow, behaviour: { ...siteRow.behaviour, reads: { 'config/web': () => { throw new Error('no'); } } } };
  const { template, error } = await exported(await withSite(t, [planRow, broken]));
  assert.deepEqual(template.resources.map(({ name }) => name), ['p']);
  assert.equal(error?.code, 'ExportTemplateCompletedWithErrors');
  assert.deepEqual(error.details.map(({ code, target }) => [code, target]), [['ExportTemplateProviderError', 'Microsoft.Web/sites']]);
});

test('more resources than Azure exports are refused', async (t) => {
  const arm = await withSite(t);
  const plans = (count: number) => Array.from({ length: count }, (_, place) => ({ id: `${groupOf(arm)}/providers/Microsoft.Web/serverfarms/p${place}`, name: `p${place}`, type: planRow.type, location: 'westeurope', properties: {} }));
  const ask = (count: number): JsonObject => exportTemplate({ ...arm.engine, list: (type) => (type === planRow.type ? plans(count) : []), read: ({ id }) => plans(count).find((plan) => plan.id === id) ?? assert.fail(id) }, groupOf(arm), { ids: undefined });
  assert.equal((ask(200)['template'] as JsonObject & { resources: unknown[] }).resources.length, 200);
  assert.throws(() => ask(201), { code: 'ExportTemplateTooManyResources', message: 'Export template is not supported for resource groups that have more than \'200\' resources.' });
});

test('an export needs the right to it, a group that stands, and options that are served', async (t) => {
  const arm = await withSite(t);
  const code = async (path: string, body: unknown, as?: string, method = 'POST'): Promise<[number, unknown]> => {
    const answer = await arm.send(method, path, body, as);
    return [answer.status, answer.body?.['code']];
  };
  const path = `${groupOf(arm)}/exportTemplate${GROUP_VERSION}`;
  assert.deepEqual(await code(path, ALL, GUEST), [403, 'AuthorizationFailed']);
  assert.deepEqual(await code(`${groupOf(arm, 'none')}/exportTemplate${GROUP_VERSION}`, ALL), [404, 'ResourceGroupNotFound']);
  assert.deepEqual(await code(path, undefined, undefined, 'GET'), [405, 'MethodNotAllowed']);
  assert.deepEqual(await code(`${groupOf(arm)}/exportTemplate?api-version=2011-01-01`, ALL), [400, 'NoRegisteredProviderFound']);
  for (const body of [undefined, {}, { resources: [] }, { ...ALL, options: 7 }]) assert.deepEqual(await code(path, body), [400, 'InvalidRequestContent'], JSON.stringify(body));
  for (const more of [{ options: '' }, { options: 'IncludeComments' }, { outputFormat: 'Bicep' }]) assert.deepEqual(await code(path, { ...ALL, ...more }), [501, 'NotSupportedByLocalAzure'], JSON.stringify(more));
  assert.deepEqual(await code(`/subscriptions/${arm.context.subscriptionId}/operationresults/none${GROUP_VERSION}`, undefined, undefined, 'GET'), [404, 'OperationNotFound']);
});
