import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AUDIENCES } from '../../../local/entra/types.ts';
import { claimsOf, runClient, startTenant, type Tenant } from '../entra/tenant.ts';

const script = new URL('./clients/managedIdentity.ts', import.meta.url);
const identityId = (name: string): string => `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const SITE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/mcp';
const VAULT = 'https://vault.azure.net';

describe('managed-identity endpoint of a worker', () => {
  let tenant: Tenant;
  let own: { principalId: string; clientId: string };
  let foreign: { principalId: string; clientId: string };
  before(async () => {
    tenant = await startTenant();
    own = tenant.directory.ensureManagedIdentity(identityId('id-app'));
    foreign = tenant.directory.ensureManagedIdentity(identityId('id-other'));
  });
  after(() => tenant.close());

  const ask = async (worker: { endpoint: string; header?: string }, query: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${worker.endpoint}?${new URLSearchParams({ 'api-version': '2019-08-01', resource: VAULT, ...query }).toString()}`, {
      headers: worker.header === undefined ? {} : { 'X-IDENTITY-HEADER': worker.header },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const assertRefused = (answer: { status: number; body: Record<string, unknown> }, status: number, message: RegExp): void => {
    assert.deepEqual([answer.status, answer.body['statusCode']], [status, status], JSON.stringify(answer.body));
    assert.match(String(answer.body['message']), message);
    assert.match(String(answer.body['correlationId']), /^[0-9a-f-]{36}$/);
  };

  it('serves the real ManagedIdentityCredential [sdk.identity]', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    const result = await runClient(tenant, script, { IDENTITY_ENDPOINT: worker.endpoint, IDENTITY_HEADER: worker.header, AZURE_CLIENT_ID: own.clientId, SCOPE: 'https://storage.azure.com/.default' });
    assert.ok(result['token'], String(result['error']));
    const principal = await tenant.directory.verify(`Bearer ${String(result['token'])}`, AUDIENCES.storage);
    assert.deepEqual([principal.objectId, principal.kind, principal.clientId], [own.principalId, 'servicePrincipal', own.clientId]);
    const claims = claimsOf(result['token']);
    assert.deepEqual([claims.iss, claims['ver'], claims['idtyp'], claims['xms_mirid']], [`https://sts.windows.net/${tenant.directory.tenantId}/`, '1.0', 'app', identityId('id-app')]);
    assert.ok(Number(result['secondsLeft']) > 86_000 && Number(result['secondsLeft']) <= 86_400);
  });

  it('tells the real credential why it gets no token', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    const result = await runClient(tenant, script, { IDENTITY_ENDPOINT: worker.endpoint, IDENTITY_HEADER: worker.header, AZURE_CLIENT_ID: foreign.clientId, SCOPE: 'https://storage.azure.com/.default' });
    assert.equal(result['token'], undefined);
    assert.ok(result['error']);
  });

  it('answers in the shape of the documentation, by each way to name an identity', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    const names = [{ client_id: own.clientId }, { principal_id: own.principalId }, { object_id: own.principalId }, { mi_res_id: identityId('id-app').toUpperCase() }] as Record<string, string>[];
    for (const name of names) {
      const { status, body } = await ask(worker, name);
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(Object.keys(body).sort(), ['access_token', 'client_id', 'expires_on', 'resource', 'token_type']);
      assert.deepEqual([body['client_id'], body['resource'], body['token_type']], [own.clientId, VAULT, 'Bearer']);
      assert.match(String(body['expires_on']), /^\d{10}$/);
      assert.equal(typeof body['expires_on'], 'string');
    }
  });

  it('gives the system-assigned identity when none is named, and says so when there is none', async () => {
    const site = tenant.directory.ensureManagedIdentity(SITE);
    const both = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app'), SITE] });
    assert.equal(claimsOf((await ask(both, {})).body['access_token'])['oid'], site.principalId);
    const userOnly = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    assertRefused(await ask(userOnly, {}), 400, /Unable to load the proper Managed Identity/);
  });

  it('gives no token of an identity that is not assigned to the site', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    for (const name of [{ client_id: foreign.clientId }, { mi_res_id: identityId('id-other') }, { client_id: own.principalId }] as Record<string, string>[]) {
      assertRefused(await ask(worker, name), 400, /No User Assigned or Delegated Managed Identity found/);
    }
    assertRefused(await ask(worker, { client_id: own.clientId, mi_res_id: identityId('id-app') }), 400, /not by several/);
  });

  it('wants the secret of a running worker', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    const query = { client_id: own.clientId };
    assertRefused(await ask({ endpoint: worker.endpoint }, query), 401, /X-IDENTITY-HEADER/);
    assertRefused(await ask({ endpoint: worker.endpoint, header: 'x'.repeat(worker.header.length) }, query), 401, /X-IDENTITY-HEADER/);
    assert.equal((await ask(worker, query)).status, 200);
    worker.revoke();
    assertRefused(await ask(worker, query), 401, /X-IDENTITY-HEADER/);
  });

  it('refuses other versions, resources and paths', async () => {
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-app')] });
    const query = { client_id: own.clientId };
    assertRefused(await ask(worker, { ...query, 'api-version': '2017-09-01' }), 400, /'2017-09-01' is not supported/);
    assertRefused(await ask(worker, { ...query, resource: 'https://elsewhere.example' }), 400, /AADSTS500011/);
    assertRefused(await ask(worker, { ...query, resource: '' }), 400, /'resource' has to have exactly one value/);
    assertRefused(await ask({ ...worker, endpoint: worker.endpoint.replace('/msi/token', '/metadata/identity') }, query), 501, /NotSupported|not part of the local Azure/);
  });

  it('loses the identity with its resource', async () => {
    const gone = tenant.directory.ensureManagedIdentity(identityId('id-gone'));
    const worker = tenant.identityEndpoint.registerWorker({ identities: [identityId('id-gone')] });
    assert.equal((await ask(worker, { client_id: gone.clientId })).status, 200);
    tenant.directory.deleteManagedIdentity(identityId('id-gone'));
    assertRefused(await ask(worker, { client_id: gone.clientId }), 400, /No User Assigned/);
  });
});
