import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { TokenCredential } from '@azure/identity';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createMonitor as create, type Monitor } from '../../../local/monitor/index.ts';
import { makeStateDir, startCloud, type ArmAnswer, type Cloud, type ServiceDependencies } from '../keyvault/cloud.ts';

const createMonitor = (dependencies: ServiceDependencies): Promise<Monitor> => create({ ...dependencies, scalePlan: () => assert.fail('nothing scales here') });
const code = ({ body }: ArmAnswer): unknown => (body['error'] as JsonObject | undefined)?.['code'];
const README_QUERY = 'requests | where name startswith "tools/call" | summarize calls = sum(itemCount) by cloud_RoleInstance';

describe('Azure Monitor', () => {
  let cloud: Cloud<Monitor>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let componentId = '';
  let iKey = '';
  let appId = '';

  const workspaceId = (name: string): string => `${cloud.group}/providers/Microsoft.OperationalInsights/workspaces/${name}`;
  const putWorkspace = (name: string, properties: JsonObject = {}): Promise<ArmAnswer> => cloud.arm('PUT', workspaceId(name), '2023-09-01', { location: 'westeurope', properties });
  const putComponent = (name: string, properties: JsonObject): Promise<ArmAnswer> =>
    cloud.arm('PUT', `${cloud.group}/providers/Microsoft.Insights/components/${name}`, '2020-02-02', { location: 'westeurope', kind: 'web', properties: { Application_Type: 'web', ...properties } });
  const tokenOf = async (credential: TokenCredential, scope: string): Promise<string> => (await credential.getToken(scope))?.token ?? '';
  const item = (name: string, roleInstance: string, more: object = {}): object => ({
    name: 'Microsoft.ApplicationInsights.Request',
    time: new Date().toISOString(),
    iKey,
    tags: { 'ai.cloud.roleInstance': roleInstance },
    data: { baseType: 'RequestData', baseData: { ver: 2, id: '1', name, duration: '00:00:00.012', success: true, responseCode: '200', properties: { a: 'b' } } },
    ...more,
  });
  const track = async (body: string | Buffer, headers: Record<string, string>): Promise<{ status: number; body: JsonObject }> => {
    const response = await fetch(`${cloud.service.endpoint}/v2.1/track`, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers: { 'content-type': 'application/json', ...headers } });
    return { status: response.status, body: (await response.json()) as JsonObject };
  };
  const operatorHeaders = async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${await tokenOf(cloud.operator, 'https://monitor.azure.com//.default')}` });
  const query = async (kql: string, more: { credential?: TokenCredential; timespan?: string } = {}): Promise<{ status: number; body: JsonObject }> => {
    const token = await tokenOf(more.credential ?? cloud.operator, 'https://api.applicationinsights.io/.default');
    const response = await fetch(`${cloud.service.endpoint}/v1/apps/${appId}/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: kql, timespan: more.timespan }),
    });
    return { status: response.status, body: (await response.json()) as JsonObject };
  };

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createMonitor);
    assert.equal((await putWorkspace('log-test')).status, 201);
    const made = await putComponent('appi-test', { WorkspaceResourceId: workspaceId('log-test'), DisableLocalAuth: true });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    componentId = String(made.body['id']);
    ({ InstrumentationKey: iKey, AppId: appId } = made.body['properties'] as { InstrumentationKey: string; AppId: string });
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('answers a component with a connection string for this machine, the same at every PUT', async () => {
    const again = await putComponent('appi-test', { WorkspaceResourceId: workspaceId('log-test'), DisableLocalAuth: true });
    const { endpoint } = cloud.service;
    assert.equal((again.body['properties'] as JsonObject)['ConnectionString'], `InstrumentationKey=${iKey};IngestionEndpoint=${endpoint}/;LiveEndpoint=${endpoint}/;ApplicationId=${appId}`);
  });

  it('refuses what Azure refuses', async () => {
    assert.equal(code(await putWorkspace('x')), 'InvalidResourceName');
    assert.equal(code(await putWorkspace('log-days', { retentionInDays: 7 })), 'BadRequest');
    assert.equal(code(await putComponent('appi-lost', { WorkspaceResourceId: workspaceId('log-none') })), 'InvalidWorkspaceResourceId');
    assert.equal(code(await putComponent('appi-classic', { IngestionMode: 'ApplicationInsights' })), 'NotSupportedByLocalAzure');
    assert.equal(code(await putComponent('appi-alone', {})), 'NotSupportedByLocalAzure');
  });

  it('brings a deleted workspace back under its customer id', async () => {
    const first = (await putWorkspace('log-again')).body['properties'] as JsonObject;
    await cloud.arm('DELETE', workspaceId('log-again'), '2023-09-01');
    const second = (await putWorkspace('log-again')).body['properties'] as JsonObject;
    assert.equal(second['customerId'], first['customerId']);
  });

  it('takes what the vendor\'s exporter sends, from an identity with the role only [sdk.monitor]', async () => {
    const { principalId, credential } = await cloud.identity('id-app');
    const connectionString = ((await cloud.arm('GET', componentId, '2020-02-02')).body['properties'] as { ConnectionString: string }).ConnectionString;
    const send = async (instance: string): Promise<void> => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'exportSpans.ts')], {
        env: {
          PATH: process.env['PATH'],
          NODE_EXTRA_CA_CERTS: cloud.context.tls.authorityFile,
          APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
          APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
          TOKEN: await tokenOf(credential, 'https://monitor.azure.com//.default'),
          OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
        },
        stdio: 'ignore',
      });
      const [exitCode] = (await once(child, 'exit')) as [number];
      assert.equal(exitCode, 0);
    };
    await send('refused');
    assert.deepEqual(await cloud.service.spread({ componentId }), []);
    await cloud.assign(principalId, 'Monitoring Metrics Publisher', componentId);
    await send('instance-1');
    assert.deepEqual(await cloud.service.spread({ componentId }), [{ roleInstance: 'instance-1', count: 2 }]);
    assert.deepEqual(await cloud.service.spread({ componentId, name: 'tools/call' }), [{ roleInstance: 'instance-1', count: 1 }]);
    assert.deepEqual(await cloud.service.spread({ componentId, since: new Date(Date.now() + 60_000) }), []);
  });

  it('says 401 without a token, 403 without the role, 400 for an unknown key', async () => {
    const body = JSON.stringify([item('GET /', 'x')]);
    assert.equal((await track(body, {})).status, 401);
    const { credential } = await cloud.identity('id-nobody');
    const refused = await track(body, { authorization: `Bearer ${await tokenOf(credential, 'https://monitor.azure.com//.default')}` });
    assert.equal(refused.status, 403);
    assert.equal(refused.body['itemsAccepted'], 0);
    const unknown = await track(JSON.stringify([item('GET /', 'x', { iKey: 'unknown' })]), await operatorHeaders());
    assert.equal(unknown.status, 400);
  });

  it('takes arrays and lines, plain and gzip, and reports the items that are wrong', async () => {
    const headers = await operatorHeaders();
    const lines = [item('tools/call a', 'instance-2', { sampleRate: 25 }), item('tools/call b', 'instance-3')].map((one) => JSON.stringify(one)).join('\n');
    assert.deepEqual((await track(gzipSync(lines), { ...headers, 'content-encoding': 'gzip' })).body, { itemsReceived: 2, itemsAccepted: 2, errors: [] });
    const mixed = await track(JSON.stringify([item('tools/call c', 'instance-3'), { name: 'broken' }]), headers);
    assert.equal(mixed.status, 206);
    assert.deepEqual({ ...mixed.body, errors: (mixed.body['errors'] as JsonObject[]).map(({ index, statusCode }) => ({ index, statusCode })) }, { itemsReceived: 2, itemsAccepted: 1, errors: [{ index: 1, statusCode: 400 }] });
    assert.equal((await track('{"cut', headers)).status, 400);
    assert.equal((await track(Buffer.from('not gzip'), { ...headers, 'content-encoding': 'gzip' })).status, 400);
  });

  it('answers the spread of calls over instances, sampled items counted for all they stand for', async () => {
    const { status, body } = await query(`${README_QUERY} | order by cloud_RoleInstance asc`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body, {
      tables: [{
        name: 'PrimaryResult',
        columns: [{ name: 'cloud_RoleInstance', type: 'string' }, { name: 'calls', type: 'long' }],
        rows: [['instance-1', 1], ['instance-2', 4], ['instance-3', 2]],
      }],
    });
    assert.equal((await query(README_QUERY)).status, 200);
    assert.deepEqual(((await query('requests | count', {})).body['error'] as JsonObject)['code'], 'NotSupportedByLocalAzure');
    assert.deepEqual(((await query('requests | summarize count()', { timespan: '2020-01-01/2020-01-02' })).body['tables'] as { rows: unknown }[])[0]?.rows, [[0]]);
    const { credential } = await cloud.identity('id-curious');
    assert.equal((await query(README_QUERY, { credential })).status, 403);
  });

  it('keeps what it received over a restart, and forgets it with the component', async () => {
    const before = await cloud.service.spread({ componentId });
    await cloud.close();
    cloud = await startCloud(stateDir.path, createMonitor);
    assert.deepEqual(await cloud.service.spread({ componentId }), before);
    await cloud.arm('DELETE', componentId, '2020-02-02');
    await assert.rejects(cloud.service.spread({ componentId }), { code: 'ResourceNotFound' });
    assert.equal((await track(JSON.stringify([item('GET /', 'x')]), await operatorHeaders())).status, 400);
  });

  it('names what it does not serve', async () => {
    const response = await fetch(`${cloud.service.endpoint}/QuickPulseService.svc/ping`, { method: 'POST' });
    assert.equal(response.status, 501);
    assert.match(JSON.stringify(await response.json()), /Live metrics/);
  });
});
