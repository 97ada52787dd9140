import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { CHILD_ENVELOPE, isSameId, NETWORK_API_VERSIONS, NETWORK_PROVIDER, PRIVATE_ENDPOINTS, referencedId, refuseBeyond, requireReferenced, type Resources } from './common.ts';
import { freeAddress, readPrefix } from './prefix.ts';
import { findSubnet } from './subnets.ts';

const PATH = `${NETWORK_PROVIDER}/privateEndpoints/{privateEndpointName}`;
export const ZONE_GROUPS = 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups';

/** Subresources with a private endpoint here. Source: learn.microsoft.com, "Azure Private Endpoint private DNS zone values". */
export const SUBRESOURCES: Readonly<Record<string, { readonly groupId: string; readonly zone: string; readonly suffix: string }>> = {
  'microsoft.keyvault/vaults': { groupId: 'vault', zone: 'privatelink.vaultcore.azure.net', suffix: 'vault.azure.net' },
  'microsoft.storage/storageaccounts': { groupId: 'blob', zone: 'privatelink.blob.core.windows.net', suffix: 'blob.core.windows.net' },
};

const connectionsSchema = z.array(z.object({
  name: z.string(),
  properties: z.object({ privateLinkServiceId: z.string(), groupIds: z.array(z.string()).length(1), requestMessage: z.string().nullish() }),
})).length(1);

/** What a private endpoint connects: read from the stored resource. */
export interface Connection {
  readonly subnetId: string;
  readonly targetId: string;
  readonly groupId: string;
}

export function connectionOf({ properties }: Resource): Connection | undefined {
  const parsed = connectionsSchema.safeParse(properties['privateLinkServiceConnections']);
  const subnetId = referencedId(properties['subnet']);
  if (!parsed.success || subnetId === undefined) return undefined;
  const [connection] = parsed.data;
  return { subnetId, targetId: connection?.properties.privateLinkServiceId ?? '', groupId: connection?.properties.groupIds[0] ?? '' };
}

/** Private endpoints that lead to a resource. */
export function endpointsTo(resources: Resources, targetId: string): Resource[] {
  return resources.list(PRIVATE_ENDPOINTS).filter((endpoint) => isSameId(connectionOf(endpoint)?.targetId ?? '', targetId));
}

/** What a vault or an account shows of the private endpoints that lead to it. Azure leaves the list out of a vault that has none. */
export function connectionsTo(resources: Resources, targetId: string): JsonObject[] {
  return endpointsTo(resources, targetId).map((endpoint) => ({
    id: `${targetId}/privateEndpointConnections/${endpoint.name}`,
    properties: { privateEndpoint: { id: endpoint.id }, privateLinkServiceConnectionState: APPROVED, provisioningState: 'Succeeded' },
  }));
}

const APPROVED: JsonObject = { status: 'Approved', description: 'Auto-approved', actionsRequired: 'None' };
const addressesSchema = z.array(z.object({ ipAddresses: z.array(z.string()) })).catch([]);

/** The address that an endpoint has in its subnet. */
export function addressOf({ properties }: Resource): string | undefined {
  return addressesSchema.parse(properties['customDnsConfigs'])[0]?.ipAddresses[0];
}

/**
 * Private endpoints, approved at once: whoever makes one here has rights on both sides.
 * Source: learn.microsoft.com, REST API, "Private Endpoints - Create Or Update".
 */
export function privateEndpointRow(resources: Resources): ResourceType {
  return {
    type: PRIVATE_ENDPOINTS,
    token: 'network:PrivateEndpoint',
    path: PATH,
    apiVersions: NETWORK_API_VERSIONS,
    envelope: ['location', 'tags', 'extendedLocation', 'id'],
    nestedEnvelopes: { 'network.SubnetArgs': CHILD_ENVELOPE, 'network.PrivateLinkServiceConnectionArgs': CHILD_ENVELOPE },
    existence: 'created',
    asynchronous: { put: true, delete: true },
    replaceOnChange: ['subnet'],
    behaviour: {
      validate: (request) => judgeEndpoint(request, resources),
      complete: (draft) => completeEndpoint(draft, resources),
      // With a zone group the name is the zone's business.
      present: (endpoint) => (resources.list(ZONE_GROUPS, endpoint.id).length === 0 ? endpoint : { ...endpoint, properties: { ...endpoint.properties, customDnsConfigs: [] } }),
    },
  };
}

function judgeEndpoint(request: PutRequest, resources: Resources): void {
  const properties = request.body['properties'] as JsonObject;
  refuseBeyond(properties, ['subnet', 'privateLinkServiceConnections', 'customDnsConfigs', 'provisioningState', 'ipVersionType'], 'properties');
  const parsed = connectionsSchema.safeParse(properties['privateLinkServiceConnections'] ?? []);
  if (!parsed.success) throw new AzureError(400, 'InvalidRequestFormat', 'properties.privateLinkServiceConnections has to hold one connection with a name, privateLinkServiceId and one of groupIds.');
  const subnetId = referencedId(properties['subnet']) ?? '';
  const subnet = findSubnet(resources, subnetId);
  if (!subnet) throw new AzureError(400, 'InvalidResourceReference', `Resource ${subnetId} referenced by resource ${request.id} was not found. Name a subnet of a virtual network in properties.subnet.id.`);
  if (subnet.delegations.length > 0) throw new AzureError(400, 'PrivateEndpointCannotBeCreatedInSubnetWithDelegation', `Private endpoint ${request.id} cannot be created in the subnet ${subnet.id}, which is delegated to ${subnet.delegations.join(', ')}. Use another subnet.`);
  if (request.existing && !isSameId(referencedId(request.existing.properties['subnet']) ?? '', subnetId)) throw new AzureError(400, 'PrivateEndpointSubnetCannotBeChanged', `The subnet of private endpoint ${request.id} cannot be changed. Delete it, and create it in ${subnetId}.`);
  const { privateLinkServiceId: targetId, groupIds: [groupId = ''] } = parsed.data[0]?.properties ?? { privateLinkServiceId: '', groupIds: [] };
  const target = requireReferenced(resources, targetId, request.id);
  const known = SUBRESOURCES[target.type.toLowerCase()];
  if (!known) throw notSupportedLocally(`A private endpoint to ${target.type}`);
  if (groupId !== known.groupId) throw notSupportedLocally(`A private endpoint to the subresource ${groupId} of ${target.type} (${known.groupId} is what is served)`);
}

function completeEndpoint(draft: Resource, resources: Resources): void {
  const [connection] = connectionsSchema.parse(draft.properties['privateLinkServiceConnections']);
  const subnet = findSubnet(resources, referencedId(draft.properties['subnet']) ?? '');
  const target = resources.get(connection?.properties.privateLinkServiceId ?? '');
  if (!connection || !subnet || !target) throw new AzureError(400, 'InvalidResourceReference', `What ${draft.id} refers to is gone. Repeat the request.`);
  const before = resources.get(draft.id);
  const taken = resources.list(PRIVATE_ENDPOINTS).flatMap((endpoint) => addressOf(endpoint) ?? []);
  const address = (before && addressOf(before)) ?? freeAddress(readPrefix(subnet.addressPrefix, subnet.name), taken);
  if (address === undefined) throw new AzureError(400, 'SubnetIsFull', `Subnet ${subnet.name} with address prefix ${subnet.addressPrefix} does not have enough capacity for 1 IP addresses.`);
  draft.properties = {
    ipVersionType: 'IPv4',
    manualPrivateLinkServiceConnections: [],
    ...draft.properties,
    subnet: { id: subnet.id },
    privateLinkServiceConnections: [{
      id: `${draft.id}/privateLinkServiceConnections/${connection.name}`,
      name: connection.name,
      properties: { ...withoutNulls(connection.properties), privateLinkServiceConnectionState: APPROVED, provisioningState: 'Succeeded' },
    }],
    customDnsConfigs: [{ fqdn: `${target.name}.${SUBRESOURCES[target.type.toLowerCase()]?.suffix ?? ''}`, ipAddresses: [address] }],
    networkInterfaces: [{ id: `${draft.id.replace(/\/privateEndpoints\/.*$/i, '')}/networkInterfaces/${draft.name}.nic` }],
    provisioningState: 'Succeeded',
  };
}

function withoutNulls(object: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null)) as JsonObject;
}

const zoneConfigsSchema = z.array(z.object({ name: z.string(), properties: z.object({ privateDnsZoneId: z.string() }) })).min(1);

/** Ids of the zones that a zone group keeps the endpoint's address in. */
export function zonesOf({ properties }: Resource): string[] {
  return zoneConfigsSchema.catch([]).parse(properties['privateDnsZoneConfigs']).map((config) => config.properties.privateDnsZoneId);
}

/** Source: learn.microsoft.com, REST API, "Private Dns Zone Groups - Create Or Update". */
export function zoneGroupRow(resources: Resources): ResourceType {
  return {
    type: ZONE_GROUPS,
    token: 'network:PrivateDnsZoneGroup',
    path: `${PATH}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
    apiVersions: NETWORK_API_VERSIONS,
    envelope: ['id', 'name'],
    nestedEnvelopes: { 'network.PrivateDnsZoneConfigArgs': ['name'] },
    existence: 'created',
    asynchronous: { put: true, delete: true },
    behaviour: {
      validate({ id, body }) {
        const configs = zoneConfigsSchema.safeParse((body['properties'] as JsonObject)['privateDnsZoneConfigs'] ?? []);
        if (!configs.success) throw new AzureError(400, 'InvalidRequestFormat', 'properties.privateDnsZoneConfigs has to hold at least one configuration with name and properties.privateDnsZoneId.');
        for (const { properties } of configs.data) requireReferenced(resources, properties.privateDnsZoneId, id);
        if (resources.list(ZONE_GROUPS, endpointOf(id)).some((other) => !isSameId(other.id, id))) throw new AzureError(400, 'MultiplePrivateDnsZoneGroupsNotAllowed', `The private endpoint of ${id} has a zone group already; it can have one.`);
      },
      complete(draft) {
        const endpoint = resources.get(endpointOf(draft.id));
        const record = resources.get((endpoint && connectionOf(endpoint)?.targetId) ?? '')?.name ?? '';
        draft.properties = {
          provisioningState: 'Succeeded',
          privateDnsZoneConfigs: zoneConfigsSchema.parse(draft.properties['privateDnsZoneConfigs']).map(({ name, properties: { privateDnsZoneId } }): JsonObject => ({
            name,
            properties: {
              privateDnsZoneId,
              recordSets: [{ recordType: 'A', recordSetName: record, fqdn: `${record}.${privateDnsZoneId.split('/').at(-1) ?? ''}`, ttl: 10, provisioningState: 'Succeeded', ipAddresses: [(endpoint && addressOf(endpoint)) ?? ''] }],
            },
          })),
        };
      },
    },
  };
}

function endpointOf(zoneGroupId: string): string {
  return zoneGroupId.replace(/\/privateDnsZoneGroups\/[^/]*$/i, '');
}
