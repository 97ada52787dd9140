import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createAppService } from '../../../local/appservice/index.ts';
import { createKeyVault, type KeyVault } from '../../../local/keyvault/index.ts';
import { createNetworkReach, networkResourceTypes } from '../../../local/network/index.ts';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import type { ServiceAnswer } from '../../../local/providers/armClient.ts';
import { makeStateDir, startCloud, type Cloud, type ServiceDependencies } from '../keyvault/cloud.ts';

export const LOCATION = 'westeurope';
const NETWORK_VERSION = '2024-05-01';
const ZONE_VERSION = '2024-06-01';
const WEB_VERSION = '2025-05-01';

/** A group with networks, a vault and sites; with a storage account where a test asks. */
export interface NetworkWorld {
  readonly cloud: Cloud<{ keyVault: KeyVault; storage: Storage | undefined; resourceTypes: KeyVault['resourceTypes']; close(): Promise<void> }>;
  readonly vaultName: string;
  readonly vaultId: string;
  readonly accountId: string;
  /** Id of a resource of Microsoft.Network: `virtualNetworks/net`. */
  id(path: string): string;
  /** Answers with a failed operation's error as one of the request. */
  put(path: string, body: JsonObject): Promise<ServiceAnswer>;
  get(path: string): Promise<ServiceAnswer>;
  remove(path: string): Promise<ServiceAnswer>;
  putVault(properties?: JsonObject): Promise<void>;
  putAccount(properties?: JsonObject): Promise<void>;
  putSite(name: string, properties: JsonObject, identityId?: string): Promise<string>;
  /** @returns the code of the refusal; undefined when it was made */
  trySite(name: string, properties: JsonObject): Promise<unknown>;
  removeSite(name: string): Promise<void>;
  /** A private endpoint to the vault, and to the account where there is one; with zones, linked to the same network and with the endpoint's address in them. */
  makePrivate(network: string, subnet: string, options: { zones: boolean; link?: boolean }): Promise<void>;
}

export async function createNetworkWorld(t: TestContext, { storage: wantsStorage = false } = {}): Promise<NetworkWorld> {
  const state = await makeStateDir();
  const cloud = await startCloud(state.path, (dependencies) => createServices(dependencies, wantsStorage));
  t.after(async () => {
    await cloud.close();
    await state.remove();
  });
  const suffix = randomBytes(4).toString('hex');
  const vaultName = `kv-${suffix}`;
  const vaultId = `${cloud.group}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
  const accountId = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/st${suffix}`;
  const id = (path: string): string => `${cloud.group}/providers/Microsoft.Network/${path}`;
  const send = async (method: 'GET' | 'PUT' | 'DELETE', path: string, version: string, body?: JsonObject): Promise<ServiceAnswer> => {
    const { status, body: answer } = await cloud.arm(method, path, version, body);
    return { status, headers: {}, body: status >= 400 && typeof answer['error'] === 'object' ? (answer['error'] as JsonObject) : answer };
  };
  const must = async (...request: Parameters<typeof send>): Promise<ServiceAnswer> => {
    const answer = await send(...request);
    if (answer.status >= 400) throw new Error(`${request[0]} ${request[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const versionOf = (path: string): string => (path.startsWith('privateDnsZones/') ? ZONE_VERSION : NETWORK_VERSION);
  const siteId = (name: string): string => `${cloud.group}/providers/Microsoft.Web/sites/${name}`;
  const siteBody = async (properties: JsonObject, identityId?: string): Promise<JsonObject> => {
    const planId = `${cloud.group}/providers/Microsoft.Web/serverfarms/plan`;
    await must('PUT', planId, WEB_VERSION, { location: LOCATION, kind: 'linux', sku: { name: 'P0v3', capacity: 1 }, properties: { reserved: true } });
    return {
      location: LOCATION,
      properties: { serverFarmId: planId, ...properties },
      ...(identityId === undefined ? {} : { identity: { type: 'UserAssigned', userAssignedIdentities: { [identityId]: {} } } }),
    };
  };
  const world: NetworkWorld = {
    cloud, vaultName, vaultId, accountId, id,
    put: (path, body) => send('PUT', id(path), versionOf(path), body),
    get: (path) => send('GET', id(path), versionOf(path)),
    remove: (path) => send('DELETE', id(path), versionOf(path)),
    async putVault(properties = {}) {
      await must('PUT', vaultId, '2024-11-01', { location: LOCATION, properties: { tenantId: cloud.context.tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true, ...properties } });
    },
    async putAccount(properties = {}) {
      await must('PUT', accountId, '2024-01-01', { location: LOCATION, kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: { allowSharedKeyAccess: false, ...properties } });
    },
    async putSite(name, properties, identityId) {
      await must('PUT', siteId(name), WEB_VERSION, await siteBody(properties, identityId));
      return siteId(name);
    },
    trySite: async (name, properties) => {
      const { status, body } = await send('PUT', siteId(name), WEB_VERSION, await siteBody(properties));
      return status >= 400 ? body?.['code'] : undefined;
    },
    async removeSite(name) {
      await must('DELETE', siteId(name), WEB_VERSION);
    },
    async makePrivate(network, subnet, { zones, link = true }) {
      const targets = [
        { targetId: vaultId, groupId: 'vault', zone: 'privatelink.vaultcore.azure.net' },
        ...(wantsStorage ? [{ targetId: accountId, groupId: 'blob', zone: 'privatelink.blob.core.windows.net' }] : []),
      ];
      for (const { targetId, groupId, zone } of targets) {
        await must('PUT', id(`privateEndpoints/${groupId}`), NETWORK_VERSION, {
          location: LOCATION,
          properties: { subnet: { id: `${id(`virtualNetworks/${network}`)}/subnets/${subnet}` }, privateLinkServiceConnections: [{ name: groupId, properties: { privateLinkServiceId: targetId, groupIds: [groupId] } }] },
        });
        if (!zones) continue;
        await must('PUT', id(`privateDnsZones/${zone}`), ZONE_VERSION, { location: 'global', properties: {} });
        if (link) await must('PUT', id(`privateDnsZones/${zone}/virtualNetworkLinks/${network}`), ZONE_VERSION, { location: 'global', properties: { registrationEnabled: false, virtualNetwork: { id: id(`virtualNetworks/${network}`) } } });
        await must('PUT', id(`privateEndpoints/${groupId}/privateDnsZoneGroups/default`), NETWORK_VERSION, { properties: { privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: id(`privateDnsZones/${zone}`) } }] } });
      }
    },
  };
  await world.putVault();
  if (wantsStorage) await world.putAccount();
  return world;
}

async function createServices({ context, arm, directory }: ServiceDependencies, wantsStorage: boolean) {
  const network = createNetworkReach(arm);
  const keyVault = await createKeyVault({ context, arm, directory, network });
  const storage = wantsStorage ? await createStorage({ context, arm, directory, network }) : undefined;
  const appService = await createAppService({
    context, arm, directory, keyVault,
    identityEndpoint: { registerWorker: () => ({ endpoint: 'http://127.0.0.1:9/', header: 'none', assign: () => undefined, revoke: () => undefined }) },
    platformEnv: {},
  });
  return {
    keyVault,
    storage,
    resourceTypes: [...networkResourceTypes(arm), ...keyVault.resourceTypes, ...(storage?.resourceTypes ?? []), ...appService.resourceTypes],
    async close() {
      await appService.close();
      await storage?.close();
      await keyVault.close();
    },
  };
}
