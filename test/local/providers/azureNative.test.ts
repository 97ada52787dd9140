import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject, ResourceType } from '../../../local/arm/types.ts';
import { createAzureNativeProvider } from '../../../local/providers/azureNative/provider.ts';
import { projectOntoInputs } from '../../../local/providers/azureNative/projection.ts';
import type { EngineProvider } from '../../../local/providers/serve.ts';
import { compareInputs, equalValues, UNKNOWN } from '../../../local/providers/values.ts';
import { OPERATOR, planRow, startArm, type ArmHarness } from '../arm/armHarness.ts';

const PLAN = 'azure-native:web:AppServicePlan';
const GROUP = 'azure-native:resources:ResourceGroup';
const seed = new Uint8Array([0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]);
const configuration = { location: 'westeurope' };

async function startProvider(t: TestContext, rows: readonly ResourceType[] = [planRow]): Promise<{ arm: ArmHarness; provider: EngineProvider }> {
  const arm = await startArm(t, rows);
  const provider = createAzureNativeProvider({
    engine: arm.engine,
    arm: arm.client(OPERATOR),
    custom: [],
    clientConfig: () => ({ clientId: 'c', objectId: OPERATOR, subscriptionId: arm.context.subscriptionId, tenantId: arm.context.tenantId }),
  });
  return { arm, provider };
}

function check(provider: EngineProvider, type: string, news: JsonObject, olds?: JsonObject): ReturnType<EngineProvider['check']> {
  return provider.check({ type, name: 'plan', olds, news, randomSeed: seed, configuration });
}

test('a top-level resource without a name gets its logical name and 8 hex digits, keeps it, and may be replaced before it is deleted', async (t) => {
  const { provider } = await startProvider(t);
  const { inputs, failures } = check(provider, PLAN, { resourceGroupName: 'g' });
  assert.deepEqual(failures, []);
  assert.deepEqual(inputs, { resourceGroupName: 'g', name: 'plandeadbeef', location: 'westeurope', __createBeforeDelete: true });
  assert.equal(check(provider, PLAN, { resourceGroupName: 'g' }, { name: 'planold' }).inputs['name'], 'planold');
  assert.equal(check(provider, PLAN, { resourceGroupName: 'g', name: 'mine' }).inputs['__createBeforeDelete'], undefined);
});

test('check names each input that breaks the contract, lets unknown values pass, and asks for a location', async (t) => {
  const { provider } = await startProvider(t);
  const { failures } = check(provider, PLAN, { resourceGroupName: UNKNOWN, reserved: 'yes', colour: 'red', sku: { capacity: UNKNOWN } });
  assert.deepEqual(failures.map(({ property }) => property), ['reserved', 'colour']);
  const homeless = provider.check({ type: PLAN, name: 'plan', olds: undefined, news: { resourceGroupName: 'g' }, randomSeed: seed, configuration: {} });
  assert.match(homeless.failures[0]?.reason ?? '', /azure-native:location/);
  assert.throws(() => check(provider, 'azure-native:sql:Server', {}), /azure-native:sql:Server is not part of the local Azure/);
});

test('diff: path names, location and what the row lists replace; a location in another spelling does not', async (t) => {
  const { provider } = await startProvider(t, [{ ...planRow, replaceOnChange: ['reserved'] }]);
  const before = { resourceGroupName: 'g', name: 'p', location: 'westeurope', reserved: true, sku: { name: 'P0v3', capacity: 3 } };
  const diff = (after: JsonObject) => provider.diff({ type: PLAN, oldInputs: before, newInputs: { ...before, ...after } });
  assert.deepEqual(diff({}).changes, []);
  assert.deepEqual(diff({ location: 'West Europe' }).changes, []);
  assert.deepEqual(diff({ sku: { name: 'P0v3', capacity: 5 } }), { changes: [{ path: 'sku.capacity', kind: 'update' }], replaces: [], deleteBeforeReplace: false });
  assert.deepEqual(diff({ reserved: false }).replaces, ['reserved']);
  assert.deepEqual(diff({ name: 'q' }), { changes: [{ path: 'name', kind: 'update' }], replaces: ['name'], deleteBeforeReplace: true });
  assert.equal(diff({ location: 'northeurope', __createBeforeDelete: true }).deleteBeforeReplace, false);
});

test('create writes and reads back; a second create of the same id is refused; refresh carries drift onto inputs, not defaults', async (t) => {
  const row: ResourceType = { ...planRow, behaviour: { complete: (draft) => { draft.properties['perSiteScaling'] ??= false; draft.properties['status'] = 'Ready'; } } };
  const { arm, provider } = await startProvider(t, [row]);
  await provider.create({ type: GROUP, inputs: { resourceGroupName: 'g', location: 'westeurope' }, configuration });
  const inputs = { resourceGroupName: 'g', name: 'p', location: 'westeurope', sku: { name: 'P0v3', capacity: 3 } };
  const { id, outputs } = await provider.create({ type: PLAN, inputs, configuration });
  assert.equal(id, `/subscriptions/${arm.context.subscriptionId}/resourceGroups/g/providers/Microsoft.Web/serverfarms/p`);
  assert.deepEqual({ status: outputs['status'], sku: outputs['sku'], version: outputs['azureApiVersion'] }, { status: 'Ready', sku: inputs.sku, version: '2025-05-01' });
  await assert.rejects(provider.create({ type: PLAN, inputs, configuration }), /cannot create already existing resource/);

  const quiet = await provider.read({ type: PLAN, id, inputs, outputs });
  assert.deepEqual(quiet?.inputs, inputs);
  await arm.send('PATCH', `${id}?api-version=2025-05-01`, { sku: { capacity: 1 }, properties: { perSiteScaling: true } });
  const drifted = await provider.read({ type: PLAN, id, inputs, outputs });
  assert.deepEqual(drifted?.inputs, { ...inputs, sku: { name: 'P0v3', capacity: 1 }, perSiteScaling: true });

  const imported = await provider.read({ type: PLAN, id, inputs: {}, outputs: {} });
  assert.deepEqual(imported?.inputs, { resourceGroupName: 'g', name: 'p', location: 'westeurope', sku: { name: 'P0v3', capacity: 1 }, perSiteScaling: true });

  await provider.delete({ type: PLAN, id, inputs, outputs });
  await provider.delete({ type: PLAN, id, inputs, outputs });
  assert.equal(await provider.read({ type: PLAN, id, inputs, outputs }), undefined);
});

test('a preview knows the inputs and says of what the service computes that it is unknown', async (t) => {
  const { provider } = await startProvider(t);
  const shown = provider.preview({ type: PLAN, inputs: { name: 'p', resourceGroupName: 'g', __createBeforeDelete: true }, id: undefined, outputs: undefined });
  assert.equal(shown['status'], UNKNOWN);
  assert.deepEqual({ name: shown['name'], type: shown['type'], flag: shown['__createBeforeDelete'] }, { name: 'p', type: 'Microsoft.Web/serverfarms', flag: undefined });
});

test('assets are equal by content, wherever their file lies', () => {
  const asset = (path: string, hash: string): JsonObject => ({ '4dabf18193072939515e22adb298388d': 'c44067f5952c0a294b673a41bacd8c17', path, hash });
  assert.equal(equalValues(asset('/a', '1'), asset('/b', '1')), true);
  assert.deepEqual(compareInputs({ source: asset('/a', '1') }, { source: asset('/a', '2') }), [{ path: 'source', kind: 'update' }]);
});

test('differences are named by path, with quotes where a name needs them', () => {
  assert.deepEqual(compareInputs({ tags: { 'a.b': '1', c: '1' }, list: [1, 2] }, { tags: { 'a.b': '2' }, list: [1, 2, 3], more: true }), [
    { path: 'list[2]', kind: 'add' },
    { path: 'more', kind: 'add' },
    { path: 'tags["a.b"]', kind: 'update' },
    { path: 'tags.c', kind: 'delete' },
  ]);
});

test('a projection follows removed and added values inside objects and lists', () => {
  const schema = { properties: { hosts: {}, config: {} } };
  const inputs = { hosts: [{ name: 'a' }], config: { x: 1, y: 2 } };
  const before = { hosts: [{ name: 'a', state: 'on' }], config: { x: 1, y: 2, z: 3 }, computed: 1 };
  const after: JsonObject = { hosts: [{ name: 'b', state: 'on' }, { name: 'c' }], config: { x: 1, z: 3 }, computed: 2 };
  assert.deepEqual(projectOntoInputs(inputs, before, after, schema, {}), { hosts: [{ name: 'b' }, { name: 'c' }], config: { x: 1 } });
});

test('what the service computes inside of an object becomes no input', () => {
  const schema = { properties: { subnets: { type: 'array' as const, items: { $ref: '#/$defs/network.SubnetArgs' } } } };
  const definitions = { 'network.SubnetArgs': { properties: { name: {}, prefix: {} }, 'x-readOnly': ['endpoints'] } };
  const after: JsonObject = { subnets: [{ name: 'a', prefix: '2', endpoints: ['e'] }] };
  assert.deepEqual(projectOntoInputs({ subnets: [{ name: 'a', prefix: '1' }] }, { subnets: [{ name: 'a', prefix: '1' }] }, after, schema, definitions), { subnets: [{ name: 'a', prefix: '2' }] });
});
