import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { exportGroup } from '../../../scripts/template/exportGroup.ts';
import { scannedForm } from '../../../scripts/template/scannedForm.ts';
import { stackTemplate } from '../../../scripts/template/stackTemplate.ts';

const SUBSCRIPTION = '00000000-0000-4000-8000-00000000000a';
const credential = { getToken: async () => ({ token: 'the-token', expiresOnTimestamp: Date.now() + 60_000 }) };
const TEMPLATE = { $schema: 'schema', contentVersion: '1.0.0.0', parameters: {}, variables: {}, resources: [{ type: 'Microsoft.Web/serverfarms', apiVersion: '2025-05-01', name: 'p', sku: { name: 'P0v3' }, properties: {} }] };
const ERROR = { code: 'ExportTemplateCompletedWithErrors', message: 'Some resources were not exported.', details: [{ code: 'ExportTemplateProviderError', target: 'Microsoft.Web/sites/premieraddons', message: 'Could not get resources of the type.' }] };

/** Azure Resource Manager, as it answers one request after the other. */
async function startArm(t: TestContext, answers: readonly ((response: ServerResponse, url: string) => void)[]) {
  const asked: { method: string; url: string; authorization: string; body: string }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization ?? '', body });
      answers[asked.length - 1]?.(response, url);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => server.close());
  return { asked, target: { armUrl: url, subscriptionId: SUBSCRIPTION, credential } };
}

const accepted = (location: string) => (response: ServerResponse, url: string): void => void response.writeHead(202, { location: location.replace('ARM', url), 'retry-after': '0' }).end();
const done = (status: number, body: unknown) => (response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('an export is asked for, waited for, and read with what Azure could not export [status.template-azure]', async (t) => {
  const { asked, target } = await startArm(t, [accepted('ARM/operationresults/1'), accepted('ARM/operationresults/2'), done(200, { template: TEMPLATE, error: ERROR })]);
  const { name, template, notExported } = await exportGroup(target, 'a group');
  assert.deepEqual(template, TEMPLATE);
  assert.equal(name, 'a group');
  assert.deepEqual(notExported, ['Microsoft.Web/sites/premieraddons: Could not get resources of the type. (ExportTemplateProviderError)']);
  assert.deepEqual(asked.map(({ method, url }) => `${method} ${url}`), [`POST /subscriptions/${SUBSCRIPTION}/resourcegroups/a%20group/exportTemplate?api-version=2021-04-01`, 'GET /operationresults/1', 'GET /operationresults/2']);
  assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), { resources: ['*'], options: 'SkipAllParameterization' });
  assert.ok(asked.every(({ authorization }) => authorization === 'Bearer the-token'));
});

test('a small group is exported at once', async (t) => {
  const { target } = await startArm(t, [done(200, { template: TEMPLATE })]);
  assert.deepEqual((await exportGroup(target, 'g')).notExported, []);
});

test('a refusal is told in Azure\'s words, and the token follows no Location away from Azure', async (t) => {
  const refused = await startArm(t, [done(403, { error: { code: 'AuthorizationFailed', message: 'No right.' } })]);
  await assert.rejects(exportGroup(refused.target, 'g'), { code: 'TEMPLATE_REFUSED', message: /"g": AuthorizationFailed: No right\./ });
  const broken = await startArm(t, [(response) => void response.writeHead(502).end('<html>')]);
  await assert.rejects(exportGroup(broken.target, 'g'), { code: 'TEMPLATE_REFUSED', message: /status 502/ });
  for (const location of ['https://elsewhere.example/1', '', 'not a url']) {
    const { asked, target } = await startArm(t, [accepted(location)]);
    await assert.rejects(exportGroup(target, 'g'), { code: 'TEMPLATE_REFUSED', message: /Location that is not on http:\/\/127/ });
    assert.equal(asked.length, 1);
  }
});

test('the groups of a stack stand in one template, each as a deployment of its own', () => {
  const { resources, $schema } = stackTemplate([{ name: 'a', template: TEMPLATE, notExported: [] }, { name: 'b', template: TEMPLATE, notExported: [] }]) as { $schema: string; resources: Record<string, unknown>[] };
  assert.match($schema, /subscriptionDeploymentTemplate\.json#$/);
  assert.deepEqual(resources.map(({ type, name, resourceGroup }) => [type, name, resourceGroup]), [['Microsoft.Resources/deployments', 'a', 'a'], ['Microsoft.Resources/deployments', 'b', 'b']]);
  assert.deepEqual(resources[1]?.['properties'], { mode: 'Incremental', expressionEvaluationOptions: { scope: 'inner' }, template: TEMPLATE });
});

test('for the scan each site and slot has its own configuration, and no other one', () => {
  const resource = (type: string, name: string, properties: Record<string, never>) => ({ type, name, apiVersion: '2025-05-01', properties });
  const own = (value: unknown) => value as Record<string, never>;
  const { resources } = scannedForm({ ...TEMPLATE, resources: [
    resource('Microsoft.Web/sites', 's', own({ httpsOnly: true, siteConfig: { alwaysOn: true } })),
    resource('Microsoft.Web/sites/slots', 's/staging', own({})),
    resource('Microsoft.Web/sites', 'other', own({ siteConfig: { alwaysOn: false } })),
    resource('Microsoft.Web/sites/config', 's/web', own({ minTlsVersion: '1.2' })),
    resource('Microsoft.Web/sites/slots/config', 's/staging/web', own({ minTlsVersion: '1.0' })),
  ] });
  assert.deepEqual(resources.slice(0, 3).map(({ properties }) => properties), [
    { httpsOnly: true, siteConfig: { alwaysOn: true, minTlsVersion: '1.2' } }, { siteConfig: { minTlsVersion: '1.0' } }, { siteConfig: { alwaysOn: false } },
  ]);
});
