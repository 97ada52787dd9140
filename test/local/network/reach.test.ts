import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, it, type TestContext } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { SecretClient } from '@azure/keyvault-secrets';
import type { TokenCredential } from '@azure/identity';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createNetworkWorld, LOCATION, type NetworkWorld } from './world.ts';

const NETWORK: JsonObject = {
  location: LOCATION,
  properties: {
    addressSpace: { addressPrefixes: ['10.1.0.0/24'] },
    subnets: [
      { name: 'web', properties: { addressPrefix: '10.1.0.0/26', delegations: [{ name: 'd', properties: { serviceName: 'Microsoft.Web/serverFarms' } }] } },
      { name: 'inner', properties: { addressPrefix: '10.1.0.64/27' } },
    ],
  },
};
const CLOSED = { publicNetworkAccess: 'Disabled' };
/** Any address of loopback but the first is the internet to the local cloud. */
const FROM_OUTSIDE = '127.0.0.9';

/** Reads the vault's secret over REST from an address. */
async function readSecret(world: NetworkWorld, credential: TokenCredential, localAddress = '127.0.0.1'): Promise<{ status: number; body: { error?: { code: string; message: string; innererror?: { code: string } } } }> {
  const token = (await credential.getToken('https://vault.azure.net/.default'))?.token ?? '';
  const port = world.cloud.context.listeners.portOf(`vault:${world.vaultName}`);
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/secrets/key?api-version=7.5', localAddress, headers: { authorization: `Bearer ${token}` }, ca: world.cloud.context.tls.authorityPem, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as object }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('a vault that is closed to public networks', () => {
  const ROUTED = { outboundVnetRouting: { allTraffic: true } };

  /** A vault with a secret, a network, and an identity that may read it. */
  async function withSecret(t: TestContext): Promise<{ world: NetworkWorld; reader: { id: string; principalId: string; credential: TokenCredential }; subnetId: string }> {
    const world = await createNetworkWorld(t);
    await world.cloud.arm('PUT', `${world.vaultId}/secrets/key`, '2024-11-01', { properties: { value: 'v' } });
    await world.put('virtualNetworks/net', NETWORK);
    const reader = await world.cloud.identity('reader');
    await world.cloud.assign(reader.principalId, 'Key Vault Secrets User', world.vaultId);
    return { world, reader, subnetId: `${world.id('virtualNetworks/net')}/subnets/web` };
  }

  it('refuses everybody with Azure\'s error, and takes in secrets through ARM all the same [network.closed]', async (t) => {
    const { world } = await withSecret(t);
    assert.equal((await readSecret(world, world.cloud.operator, FROM_OUTSIDE)).status, 200, 'while it is open, from anywhere');
    await world.putVault(CLOSED);
    for (const address of ['127.0.0.1', FROM_OUTSIDE]) {
      const { status, body } = await readSecret(world, world.cloud.operator, address);
      assert.deepEqual([status, body.error?.code, body.error?.innererror?.code], [403, 'Forbidden', 'ForbiddenByConnection']);
      assert.match(body.error?.message ?? '', /^Public network access is disabled and request is not from a trusted service nor via an approved private link\./);
    }
    assert.equal((await world.cloud.arm('PUT', `${world.vaultId}/secrets/other`, '2024-11-01', { properties: { value: 'w' } })).status, 201);
  });

  it('is reached by the operator\'s host over a private endpoint whose name leads there, and not from outside [network.operator]', async (t) => {
    const { world } = await withSecret(t);
    await world.putVault(CLOSED);
    await world.makePrivate('net', 'inner', { zones: false });
    assert.equal((await readSecret(world, world.cloud.operator)).status, 403, 'the name leads to the public endpoint');
    await world.makePrivate('net', 'inner', { zones: true, link: false });
    assert.equal((await readSecret(world, world.cloud.operator)).status, 403, 'no network resolves by the zone');
    await world.makePrivate('net', 'inner', { zones: true });
    assert.equal((await readSecret(world, world.cloud.operator)).status, 200);
    assert.equal((await readSecret(world, world.cloud.operator, FROM_OUTSIDE)).body.error?.innererror?.code, 'ForbiddenByConnection');
    const vault = await world.cloud.arm('GET', world.vaultId, '2024-11-01');
    const { privateEndpointConnections: connections } = vault.body['properties'] as { privateEndpointConnections: { properties: { privateEndpoint: { id: string }; privateLinkServiceConnectionState: { status: string } } }[] };
    assert.deepEqual(connections.map(({ properties }) => [properties.privateEndpoint.id, properties.privateLinkServiceConnectionState.status]), [[world.id('privateEndpoints/vault'), 'Approved']]);
    const client = new SecretClient(`https://127.0.0.1:${world.cloud.context.listeners.portOf(`vault:${world.vaultName}`) ?? 0}`, world.cloud.operator, { disableChallengeResourceVerification: true });
    assert.equal((await client.getSecret('key')).value, 'v', 'by the real client');
  });

  it('is reached by a site\'s identity only when every site that has it stands in the network [network.site]', async (t) => {
    const { world, reader, subnetId } = await withSecret(t);
    await world.putVault(CLOSED);
    await world.makePrivate('net', 'inner', { zones: true });
    await world.putSite('app', {}, reader.id);
    assert.equal((await readSecret(world, reader.credential)).status, 403, 'not integrated');
    await world.putSite('app', { virtualNetworkSubnetId: subnetId }, reader.id);
    assert.equal((await readSecret(world, reader.credential)).status, 200);
    await world.putSite('other', {}, reader.id);
    assert.equal((await readSecret(world, reader.credential)).status, 403, 'one of two is outside');
    await world.putSite('other', { virtualNetworkSubnetId: subnetId }, reader.id);
    assert.equal((await readSecret(world, reader.credential)).status, 200);
  });

  it('gives references to a site that is in the network with all of its traffic [network.references]', async (t) => {
    const { world, reader, subnetId } = await withSecret(t);
    const resolve = (siteId: string): unknown => world.cloud.service.keyVault.resolveReference({ vaultName: world.vaultName, secretName: 'key', principalId: reader.principalId, siteId });
    await world.putVault(CLOSED);
    await world.makePrivate('net', 'inner', { zones: true });
    const siteId = await world.putSite('app', {}, reader.id);
    assert.throws(() => resolve(siteId), { code: 'AccessToKeyVaultDenied' });
    await world.putSite('app', { virtualNetworkSubnetId: subnetId }, reader.id);
    assert.throws(() => resolve(siteId), { code: 'AccessToKeyVaultDenied' }, 'its references take the public way');
    for (const routed of [ROUTED, { siteConfig: { vnetRouteAllEnabled: true } }]) {
      await world.putSite('app', { virtualNetworkSubnetId: subnetId, ...routed }, reader.id);
      assert.equal((resolve(siteId) as { value: string }).value, 'v');
    }
  });
});

describe('a storage account that is closed to public networks', () => {
  it('refuses with Azure\'s error but over its private endpoint [network.account]', async (t) => {
    const world = await createNetworkWorld(t, { storage: true });
    await world.put('virtualNetworks/net', NETWORK);
    const endpoint = world.cloud.service.storage?.endpoint ?? '';
    const account = world.accountId.split('/').at(-1) ?? '';
    const client = new BlobServiceClient(`${endpoint}/${account}`, world.cloud.operator, { retryOptions: { maxTries: 1 } });
    const list = async (): Promise<number> => {
      let count = 0;
      for await (const _container of client.listContainers()) count += 1;
      return count;
    };
    assert.equal(await list(), 0);
    await world.putAccount(CLOSED);
    await assert.rejects(list(), { statusCode: 403, code: 'AuthorizationFailure' });
    await world.makePrivate('net', 'inner', { zones: true });
    assert.equal(await list(), 0);
    const { token } = (await world.cloud.operator.getToken('https://storage.azure.com/.default')) ?? { token: '' };
    const outside = (headers: Record<string, string>): Promise<[number | undefined, unknown]> => new Promise((resolve, reject) => {
      request(`${endpoint}/${account}/?comp=list`, { localAddress: FROM_OUTSIDE, headers: { 'x-ms-version': '2024-11-04', ...headers }, ca: world.cloud.context.tls.authorityPem, agent: false }, (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers['x-ms-error-code']]);
      }).on('error', reject).end();
    });
    assert.deepEqual(await outside({ authorization: `Bearer ${token}` }), [403, 'AuthorizationFailure']);
    assert.deepEqual(await outside({}), [403, 'AuthorizationFailure']);
  });
});
