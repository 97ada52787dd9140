import assert from 'node:assert/strict';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ResourceType } from '../../../local/arm/types.ts';
import { AzureError } from '../../../local/core/errors.ts';
import { GUEST, planRow, startArm, type ArmHarness } from './armHarness.ts';

const GROUP_VERSION = '?api-version=2024-03-01';
const PLAN_VERSION = '?api-version=2025-05-01';

function groupPath({ context }: ArmHarness, name = 'g'): string {
  return `/subscriptions/${context.subscriptionId}/resourceGroups/${name}`;
}

function planPath(arm: ArmHarness, name = 'p'): string {
  return `${groupPath(arm)}/providers/Microsoft.Web/serverfarms/${name}`;
}

async function withGroup(arm: ArmHarness): Promise<ArmHarness> {
  assert.equal((await arm.send('PUT', groupPath(arm) + GROUP_VERSION, { location: 'westeurope' })).status, 201);
  return arm;
}

const plan = { location: 'westeurope', kind: 'linux', sku: { name: 'P0v3', capacity: 3 }, properties: { reserved: true } };

test('PUT creates with 201, repeats with 200, GET shows it whatever the case of the path, DELETE removes it, a second DELETE is 204', async (t) => {
  const arm = await withGroup(await startArm(t, [planRow]));
  assert.equal((await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan)).status, 201);
  assert.equal((await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan)).status, 200);
  const { status, body } = await arm.send('GET', planPath(arm).replace('resourceGroups', 'RESOURCEGROUPS') + PLAN_VERSION);
  assert.equal(status, 200);
  assert.deepEqual({ id: body?.['id'], name: body?.['name'], type: body?.['type'], sku: body?.['sku'] }, { id: planPath(arm), name: 'p', type: 'Microsoft.Web/serverfarms', sku: plan.sku });
  assert.equal((await arm.send('DELETE', planPath(arm) + PLAN_VERSION)).status, 200);
  assert.equal((await arm.send('DELETE', planPath(arm) + PLAN_VERSION)).status, 204);
  assert.deepEqual((await arm.send('GET', planPath(arm) + PLAN_VERSION)).body?.['code'], 'ResourceNotFound');
});

const refusals: readonly { readonly title: string; readonly body: unknown; readonly message: RegExp }[] = [
  { title: 'an unknown property, with the right spelling when only case differs', body: { ...plan, properties: { Reserved: true } }, message: /properties\.Reserved is not part of the contract \(it is written reserved\)/ },
  { title: 'a read-only property', body: { ...plan, properties: { numberOfSites: 3 } }, message: /properties\.numberOfSites is read-only/ },
  { title: 'a wrong type', body: { ...plan, properties: { reserved: 'yes' } }, message: /properties\.reserved must be a boolean, not a string/ },
  { title: 'a wrong type deep down', body: { ...plan, sku: { capabilities: [{ name: 7 }] } }, message: /sku\.capabilities\[0\]\.name must be a string, not a number/ },
  { title: 'a name that is not the path\'s', body: { ...plan, name: 'other' }, message: /name in the body does not agree with the path, which says 'p'/ },
  { title: 'a missing location', body: { kind: 'linux' }, message: /location property is required/ },
  { title: 'a body that is no object', body: [plan], message: /must be a JSON object/ },
];
for (const { title, body, message } of refusals) {
  test(`a PUT is refused for ${title}, and nothing is made`, async (t) => {
    const arm = await withGroup(await startArm(t, [planRow]));
    const answer = await arm.send('PUT', planPath(arm) + PLAN_VERSION, body);
    assert.equal(answer.status, 400);
    assert.match(String(answer.body?.['message']), message);
    assert.equal(arm.engine.get(planPath(arm)), undefined);
  });
}

test('a missing or unknown api-version, group, type, subscription and token each have their own error', async (t) => {
  const arm = await startArm(t, [planRow]);
  const code = async (method: string, path: string, body?: unknown, as?: string): Promise<[number, unknown]> => {
    const answer = await arm.send(method, path, body, as);
    return [answer.status, answer.body?.['code']];
  };
  assert.deepEqual(await code('GET', planPath(arm)), [400, 'MissingApiVersionParameter']);
  assert.deepEqual(await code('GET', `${planPath(arm)}?api-version=latest`), [400, 'InvalidApiVersionParameter']);
  assert.deepEqual(await code('GET', `${planPath(arm)}?api-version=2011-01-01`), [400, 'NoRegisteredProviderFound']);
  assert.deepEqual(await code('PUT', planPath(arm) + PLAN_VERSION, plan), [404, 'ResourceGroupNotFound']);
  assert.deepEqual(await code('GET', `${groupPath(arm)}/providers/Microsoft.Sql/servers/s?api-version=2024-01-01`), [501, 'NotSupportedByLocalAzure']);
  assert.deepEqual(await code('GET', `/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/g${GROUP_VERSION}`), [404, 'SubscriptionNotFound']);
  assert.deepEqual(await code('GET', planPath(arm) + PLAN_VERSION, undefined, 'nobody'), [401, 'InvalidAuthenticationToken']);
});

test('a principal without a role is refused; with Reader it reads and cannot write; the refusal names action and scope', async (t) => {
  const arm = await withGroup(await startArm(t, [planRow]));
  await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan);
  const denied = await arm.send('GET', planPath(arm) + PLAN_VERSION, undefined, GUEST);
  assert.equal(denied.body?.['code'], 'AuthorizationFailed');
  const assignment = `${groupPath(arm)}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555?api-version=2022-04-01`;
  const reader = `/subscriptions/${arm.context.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
  assert.equal((await arm.send('PUT', assignment, { properties: { principalId: GUEST, roleDefinitionId: reader, principalType: 'ServicePrincipal' } })).status, 201);
  assert.equal((await arm.send('GET', planPath(arm) + PLAN_VERSION, undefined, GUEST)).status, 200);
  const write = await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan, GUEST);
  assert.match(String(write.body?.['message']), /Microsoft\.Web\/serverfarms\/write.*over scope/);
  assert.equal((await arm.send('DELETE', assignment)).status, 200);
  assert.equal((await arm.send('GET', planPath(arm) + PLAN_VERSION, undefined, GUEST)).status, 403);
});

test('role assignments: unknown role, unknown principal, a twin and a changed principal are refused', async (t) => {
  const arm = await withGroup(await startArm(t, []));
  const path = (name: string): string => `${groupPath(arm)}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
  const role = (id: string): string => `/subscriptions/${arm.context.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
  const body = { properties: { principalId: GUEST, roleDefinitionId: role('acdd72a7-3385-48ef-bd42-f606fba81ae7') } };
  const first = '11111111-2222-4333-8444-555555555555';
  const second = '21111111-2222-4333-8444-555555555555';
  const code = async (name: string, properties: object): Promise<unknown> => (await arm.send('PUT', path(name), { properties: { ...body.properties, ...properties } })).body?.['code'];
  assert.equal(await code('not-a-guid', {}), 'InvalidRoleAssignmentId');
  assert.equal(await code(first, { roleDefinitionId: role(first) }), 'RoleDefinitionDoesNotExist');
  assert.equal(await code(first, { principalId: second }), 'PrincipalNotFound');
  assert.equal(await code(first, {}), undefined);
  assert.equal(await code(first, {}), undefined, 'the same assignment again is no conflict');
  assert.equal(await code(second, {}), 'RoleAssignmentExists');
  assert.equal(await code(first, { roleDefinitionId: role('b24988ac-6180-42a0-ab88-20f7382dd24c') }), 'RoleAssignmentUpdateNotPermitted');
});

test('PATCH changes what it names and keeps the rest; null removes; read-only values do not stand in its way', async (t) => {
  const row: ResourceType = { ...planRow, behaviour: { complete: (draft) => { draft.properties['numberOfSites'] = 0; } } };
  const arm = await withGroup(await startArm(t, [row]));
  await arm.send('PUT', planPath(arm) + PLAN_VERSION, { ...plan, tags: { a: '1', b: '2' } });
  const { status, body } = await arm.send('PATCH', planPath(arm) + PLAN_VERSION, { tags: { a: null, c: '3' }, sku: { capacity: 5 } });
  assert.equal(status, 200);
  assert.deepEqual(body?.['tags'], { b: '2', c: '3' });
  assert.deepEqual(body['sku'], { name: 'P0v3', capacity: 5 });
  assert.deepEqual(body['properties'], { reserved: true, numberOfSites: 0 });
  assert.equal((await arm.send('PATCH', `${planPath(arm, 'none')}${PLAN_VERSION}`, { tags: {} })).status, 404);
});

test('a long-running PUT is polled to its end; its failure is told there and leaves nothing behind', async (t) => {
  const gate = Promise.withResolvers<void>();
  let fail = false;
  const row: ResourceType = {
    ...planRow,
    asynchronous: { put: true },
    behaviour: {
      provision: async () => {
        await gate.promise;
        if (fail) throw new AzureError(409, 'OutOfCapacity', 'No capacity.');
      },
    },
  };
  const arm = await withGroup(await startArm(t, [row]));
  const answer = await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan);
  assert.equal(answer.status, 201);
  const poll = async (url: unknown): Promise<ServiceBody> => (await arm.send('GET', String(url).slice(arm.url.length))).body as ServiceBody;
  const status = answer.headers['azure-asyncoperation'];
  assert.equal((await poll(status)).status, 'InProgress');
  assert.equal((await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan)).body?.['code'], 'AnotherOperationInProgress');
  gate.resolve();
  await arm.engine.operations.idle();
  assert.equal((await poll(status)).status, 'Succeeded');

  fail = true;
  const failing = await arm.send('PUT', planPath(arm, 'q') + PLAN_VERSION, plan);
  await arm.engine.operations.idle();
  const end = await poll(failing.headers['azure-asyncoperation']);
  assert.deepEqual([end.status, end.error?.code], ['Failed', 'OutOfCapacity']);
  assert.equal((await arm.send('GET', planPath(arm, 'q') + PLAN_VERSION)).status, 404);
});
interface ServiceBody { status?: string; error?: { code: string } }

test('deleting a group deletes what is in it, children first; a refusal keeps the resource and the group', async (t) => {
  const removed: string[] = [];
  let refuse = true;
  const row: ResourceType = {
    ...planRow,
    behaviour: {
      remove: ({ name }) => {
        if (refuse && name === 'busy') throw new AzureError(409, 'Conflict', 'It is in use.');
        removed.push(name);
      },
    },
  };
  const arm = await withGroup(await startArm(t, [row]));
  for (const name of ['idle', 'busy']) await arm.send('PUT', planPath(arm, name) + PLAN_VERSION, plan);
  assert.equal((await arm.send('DELETE', groupPath(arm) + GROUP_VERSION)).status, 202);
  await arm.engine.operations.idle();
  assert.deepEqual((await arm.send('GET', groupPath(arm) + GROUP_VERSION)).status, 200);
  assert.equal((await arm.send('GET', planPath(arm, 'busy') + PLAN_VERSION)).status, 200);
  refuse = false;
  const second = await arm.send('DELETE', groupPath(arm) + GROUP_VERSION);
  await arm.engine.operations.idle();
  assert.equal((await arm.send('GET', String(second.headers['location']).slice(arm.url.length))).status, 204);
  assert.equal((await arm.send('GET', groupPath(arm) + GROUP_VERSION)).status, 404);
  assert.deepEqual(removed.sort(), ['busy', 'idle']);
});

test('what a killed process left pending is provisioned when the state is opened again', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'arm-'));
  const copy = mkdtempSync(join(tmpdir(), 'arm-'));
  let provisioned = 0;
  const row: ResourceType = {
    ...planRow,
    asynchronous: { put: true },
    behaviour: {
      provision: () => {
        provisioned += 1;
        // The state as a kill at this very moment would leave it.
        if (provisioned === 1) cpSync(stateDir, copy, { recursive: true });
      },
    },
  };
  const arm = await withGroup(await startArm(t, [row], stateDir));
  await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan);
  await arm.engine.operations.idle();
  await arm.context.listeners.closeAll();
  const next = await startArm(t, [row], copy);
  await next.engine.resume();
  assert.equal(provisioned, 2);
  assert.equal((await next.send('PUT', planPath(next) + PLAN_VERSION, plan)).status, 202, 'no longer pending');
});

test('a singleton exists with its parent, is written and reset, and is gone with the parent', async (t) => {
  const policy: ResourceType = {
    type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    token: 'web:WebAppFtpAllowed',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/ftp',
    apiVersions: ['2025-05-01'],
    envelope: ['kind'],
    existence: 'singleton',
    initial: { allow: true },
  };
  const site: ResourceType = { ...planRow, type: 'Microsoft.Web/sites', token: 'web:WebApp', path: planRow.path.replace('serverfarms', 'sites'), envelope: ['kind', 'location', 'tags', 'identity', 'extendedLocation'] };
  const arm = await withGroup(await startArm(t, [site, policy]));
  const sitePath = planPath(arm).replace('serverfarms', 'sites');
  const path = `${sitePath}/basicPublishingCredentialsPolicies/ftp${PLAN_VERSION}`;
  assert.equal((await arm.send('GET', path)).status, 404);
  await arm.send('PUT', sitePath + PLAN_VERSION, { location: 'westeurope' });
  assert.deepEqual((await arm.send('GET', path)).body?.['properties'], { allow: true });
  await arm.send('PUT', path, { properties: { allow: false } });
  assert.deepEqual((await arm.send('GET', path)).body?.['properties'], { allow: false });
  await arm.send('DELETE', path);
  assert.deepEqual((await arm.send('GET', path)).body?.['properties'], { allow: true });
  await arm.send('DELETE', sitePath + PLAN_VERSION);
  assert.equal((await arm.send('GET', path)).status, 404);
});

test('lists: by group, by subscription, role definitions by name', async (t) => {
  const arm = await withGroup(await startArm(t, [planRow]));
  await arm.send('PUT', planPath(arm) + PLAN_VERSION, plan);
  const names = async (path: string): Promise<unknown[]> => (((await arm.send('GET', path)).body?.['value'] ?? []) as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(await names(`${groupPath(arm)}/providers/Microsoft.Web/serverfarms${PLAN_VERSION}`), ['p']);
  assert.deepEqual(await names(`/subscriptions/${arm.context.subscriptionId}/providers/Microsoft.Web/serverfarms${PLAN_VERSION}`), ['p']);
  assert.deepEqual(await names(`/subscriptions/${arm.context.subscriptionId}/resourceGroups${GROUP_VERSION}`), ['g']);
  assert.deepEqual(await names(`/subscriptions/${arm.context.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName%20eq%20'Key%20Vault%20Secrets%20User'`), ['4633458b-17de-408a-b874-0445c86b69e6']);
});

test('the resources of a group: all that have a location, whatever their type, without their properties; not those of another group, nor for who may not read it', async (t) => {
  const rows: ResourceType[] = [planRow, { ...planRow, type: 'Microsoft.Web/sites', token: 'web:WebApp', path: planRow.path.replace('serverfarms', 'sites') }];
  const arm = await withGroup(await startArm(t, rows));
  await arm.send('PUT', groupPath(arm, 'other') + GROUP_VERSION, { location: 'westeurope' });
  for (const path of [planPath(arm), planPath(arm).replace('serverfarms', 'sites').replace(/p$/, 's'), planPath(arm).replace('/g/', '/other/')]) await arm.send('PUT', path + PLAN_VERSION, { location: 'westeurope', kind: 'linux', properties: {} });
  const list = (group: string, as?: string) => arm.send('GET', `${groupPath(arm, group)}/resources${GROUP_VERSION}`, undefined, as);
  const { body } = await list('g');
  assert.deepEqual((body?.['value'] as { name: string; type: string }[]).map(({ name, type }) => [name, type]), [['p', 'Microsoft.Web/serverfarms'], ['s', 'Microsoft.Web/sites']]);
  assert.deepEqual((body?.['value'] as object[])[0], { id: planPath(arm), name: 'p', type: 'Microsoft.Web/serverfarms', kind: 'linux', location: 'westeurope' });
  assert.equal((await list('absent')).body?.['code'], 'ResourceGroupNotFound');
  assert.equal((await list('g', GUEST)).body?.['code'], 'AuthorizationFailed');
});

test('user-assigned identities are a map in ARM and a list in azure-native: either goes in, the map is kept, and the contract still judges the rest [contract.identities]', async (t) => {
  const site: ResourceType = { ...planRow, type: 'Microsoft.Web/sites', token: 'web:WebApp', path: planRow.path.replace('serverfarms', 'sites'), envelope: ['kind', 'location', 'tags', 'identity', 'extendedLocation'] };
  const arm = await withGroup(await startArm(t, [site]));
  const path = planPath(arm).replace('serverfarms', 'sites') + PLAN_VERSION;
  const identity = (userAssignedIdentities: unknown): object => ({ location: 'westeurope', identity: { type: 'UserAssigned', userAssignedIdentities } });
  const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i';
  assert.equal((await arm.send('PUT', path, identity({ [id]: {} }))).status, 201);
  assert.deepEqual(arm.engine.resolve(path.split('?')[0] ?? '')?.contract.toBody({ identity: { type: 'UserAssigned', userAssignedIdentities: [id] } })['identity'], { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } });
  assert.match(String((await arm.send('PUT', path, identity('x'))).body?.['message']), /identity\.userAssignedIdentities must be an array/);
});
