import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServiceClient } from '../../../local/providers/armClient.ts';
import { createAzureadProvider } from '../../../local/providers/azuread/provider.ts';
import { addMcpApplication, startTenant } from '../entra/tenant.ts';

const TYPE = 'azuread:index/appRoleAssignment:AppRoleAssignment';

test('an app role is assigned to a group as to a user: made, read, found again and taken back', async (t) => {
  const tenant = await startTenant();
  const server = addMcpApplication(tenant.directory);
  const group = (await tenant.callGraph('POST', '/groups', { displayName: 'callers', mailEnabled: false, mailNickname: 'callers', securityEnabled: true })).json<{ id: string }>();
  const graph = createServiceClient(tenant.graph.listener.url, tenant.context.tls.authorityPem, async () => (await tenant.directory.issueForOperator('https://graph.microsoft.com')).accessToken);
  t.after(async () => {
    graph.close();
    await tenant.close();
  });
  const provider = createAzureadProvider({ graph, clientConfig: () => ({ clientId: 'c', objectId: 'o', tenantId: 't' }) });
  const inputs = { appRoleId: server.roleId('whoami'), principalObjectId: group.id, resourceObjectId: server.servicePrincipal.id };
  assert.deepEqual(provider.check({ type: TYPE, name: 'n', olds: undefined, news: inputs, randomSeed: new Uint8Array(), configuration: {} }).failures, []);
  const { id, outputs } = await provider.create({ type: TYPE, inputs, configuration: {} });
  assert.deepEqual([outputs['principalType'], outputs['principalDisplayName'], outputs['principalObjectId']], ['Group', 'callers', group.id]);
  assert.deepEqual((await provider.read({ type: TYPE, id, inputs, outputs }))?.inputs, inputs);
  assert.equal(await provider.locate?.({ type: TYPE, inputs }), id);
  await provider.delete({ type: TYPE, id, inputs, outputs });
  assert.equal(await provider.read({ type: TYPE, id, inputs, outputs }), undefined);
});
