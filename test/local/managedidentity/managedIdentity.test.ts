import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonObject } from '../../../local/arm/types.ts';
import { makeStateDir, startCloud, type Cloud } from '../keyvault/cloud.ts';

describe('User-assigned managed identities', () => {
  const nothing = async (): Promise<{ resourceTypes: []; close(): Promise<void> }> => ({ resourceTypes: [], close: async () => {} });
  let cloud: Cloud<Awaited<ReturnType<typeof nothing>>>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, nothing);
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('have a service principal whose ids the resource shows, the same at every PUT', async () => {
    const { id, principalId, credential } = await cloud.identity('id-app');
    const { body } = await cloud.arm('GET', id, '2023-01-31');
    const properties = body['properties'] as JsonObject;
    assert.equal(properties['tenantId'], cloud.context.tenantId);
    assert.equal(cloud.directory.findManagedIdentity(String(properties['clientId']))?.principalId, principalId);
    assert.equal((await cloud.identity('id-app')).principalId, principalId);
    assert.notEqual((await cloud.identity('id-other')).principalId, principalId);

    const token = (await credential.getToken('https://vault.azure.net/.default'))?.token ?? '';
    const principal = await cloud.directory.verify(`Bearer ${token}`, ['https://vault.azure.net']);
    assert.equal(principal.objectId, principalId);
  });

  it('lose their principal when they are deleted', async () => {
    const { id, principalId } = await cloud.identity('id-passing');
    assert.equal(cloud.directory.hasPrincipal(principalId), true);
    assert.equal((await cloud.arm('DELETE', id, '2023-01-31')).status, 200);
    assert.equal(cloud.directory.hasPrincipal(principalId), false);
  });
});
