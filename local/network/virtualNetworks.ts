import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { CHILD_ENVELOPE, isSameId, NETWORK_API_VERSIONS, NETWORK_PROVIDER, PRIVATE_ENDPOINTS, referencedId, refuseBeyond, refuseWhileNamed, requireReferenced, VIRTUAL_NETWORKS, type Resources } from './common.ts';
import { contains, overlaps, readPrefix } from './prefix.ts';
import { subnetsOf, usersOf, type Subnet } from './subnets.ts';

const SERVED = ['addressSpace', 'subnets', 'enableDdosProtection', 'privateEndpointVNetPolicies', 'provisioningState', 'resourceGuid'];
const SERVED_OF_SUBNETS = [
  'addressPrefix', 'delegations', 'networkSecurityGroup', 'routeTable', 'privateEndpointNetworkPolicies', 'privateLinkServiceNetworkPolicies', 'defaultOutboundAccess',
  'provisioningState', 'privateEndpoints', 'purpose',
];
const DELEGATIONS = ['Microsoft.Web/serverFarms'];
/** Smallest subnet of IPv4. Source: learn.microsoft.com, "Azure Virtual Network FAQ". */
const LONGEST_SUBNET_PREFIX = 29;

const addressSpaceSchema = z.object({ addressPrefixes: z.array(z.string()).min(1) });
const writtenSubnetsSchema = z.array(z.object({ name: z.string().nullish(), properties: z.record(z.string(), z.json()).nullish() })).default([]);

/**
 * Virtual networks with their subnets inside.
 * Source: learn.microsoft.com, REST API, "Virtual Networks - Create Or Update".
 */
export function virtualNetworkRow(resources: Resources): ResourceType {
  return {
    type: VIRTUAL_NETWORKS,
    token: 'network:VirtualNetwork',
    path: `${NETWORK_PROVIDER}/virtualNetworks/{virtualNetworkName}`,
    apiVersions: NETWORK_API_VERSIONS,
    envelope: ['location', 'tags', 'extendedLocation', 'id'],
    nestedEnvelopes: {
      'network.SubnetArgs': CHILD_ENVELOPE,
      'network.DelegationArgs': CHILD_ENVELOPE,
      'network.NetworkSecurityGroupArgs': [...CHILD_ENVELOPE, 'location', 'tags'],
      'network.RouteTableArgs': [...CHILD_ENVELOPE, 'location', 'tags'],
    },
    existence: 'created',
    asynchronous: { put: true, delete: true },
    behaviour: {
      validate: (request) => judgeNetwork(request, resources),
      complete: completeNetwork,
      judgeRemoval(network, removedId) {
        for (const { id, name } of subnetsOf(network.id, network.properties)) refuseWhileNamed(usersOf(resources, id), removedId, 'InUseSubnetCannotBeDeleted', `Subnet ${name}`);
      },
      present: (network) => presentNetwork(network, resources),
    },
  };
}

function judgeNetwork(request: PutRequest, resources: Resources): void {
  const properties = request.body['properties'] as JsonObject;
  refuseBeyond(properties, SERVED, 'properties');
  const space = addressSpaceSchema.safeParse(properties['addressSpace']);
  if (!space.success) throw new AzureError(400, 'InvalidRequestFormat', 'properties.addressSpace.addressPrefixes is missing. Give at least one address prefix, such as 10.0.0.0/24.');
  const ranges = space.data.addressPrefixes.map((prefix) => readPrefix(prefix, 'properties.addressSpace'));
  for (const subnet of writtenSubnetsSchema.parse(properties['subnets'] ?? [])) judgeWritten(subnet.name, subnet.properties ?? {});
  const subnets = subnetsOf(request.id, properties);
  for (const [place, subnet] of subnets.entries()) {
    const range = readPrefix(subnet.addressPrefix, `subnet ${subnet.name}`);
    if (range.length > LONGEST_SUBNET_PREFIX) throw new AzureError(400, 'NetcfgSubnetTooSmall', `Subnet '${subnet.name}' has the prefix ${subnet.addressPrefix}; the smallest subnet has /${LONGEST_SUBNET_PREFIX}.`);
    if (!ranges.some((whole) => contains(whole, range))) throw new AzureError(400, 'NetcfgSubnetRangeOutsideVnet', `Subnet '${subnet.name}' is not valid because its IP address range ${subnet.addressPrefix} is outside the IP address range of virtual network '${request.id.split('/').at(-1) ?? ''}' (${space.data.addressPrefixes.join(', ')}).`);
    for (const other of subnets.slice(0, place)) {
      if (isSameId(other.id, subnet.id)) throw new AzureError(400, 'InvalidRequestFormat', `The subnet '${subnet.name}' stands in properties.subnets twice.`);
      if (overlaps(readPrefix(other.addressPrefix, other.name), range)) throw new AzureError(400, 'NetcfgSubnetRangesOverlap', `Subnet '${subnet.name}' is not valid because its IP address range ${subnet.addressPrefix} overlaps with that of subnet '${other.name}', ${other.addressPrefix}.`);
    }
    for (const id of [subnet.securityGroupId, subnet.routeTableId]) if (id !== undefined) judgeRegion(request, requireReferenced(resources, id, subnet.id));
  }
  judgeUsed(request, subnets, resources);
}

function judgeWritten(name: string | null | undefined, properties: JsonObject): void {
  if (!name) throw new AzureError(400, 'InvalidRequestFormat', 'A subnet in properties.subnets has no name.');
  refuseBeyond(properties, SERVED_OF_SUBNETS, `The subnet ${name}: properties`);
  if (typeof properties['addressPrefix'] !== 'string') throw new AzureError(400, 'InvalidRequestFormat', `The subnet ${name} has no properties.addressPrefix.`);
  for (const reference of ['networkSecurityGroup', 'routeTable']) {
    const value = properties[reference];
    if (value && (Object.keys(value).length !== 1 || referencedId(value) === undefined)) throw notSupportedLocally(`The subnet ${name}: a ${reference} that is more than an id`);
  }
  for (const { properties: delegation } of z.array(z.object({ properties: z.object({ serviceName: z.string() }) })).default([]).parse(properties['delegations'] ?? [])) {
    if (!DELEGATIONS.some((known) => isSameId(known, delegation.serviceName))) throw notSupportedLocally(`The subnet ${name}: delegation to ${delegation.serviceName} (${DELEGATIONS.join(', ')} is what is served)`);
  }
}

function judgeRegion(request: PutRequest, named: Resource): void {
  const plain = (location: unknown): string => String(location).replaceAll(' ', '').toLowerCase();
  if (plain(named['location']) !== plain(request.body['location'])) throw new AzureError(400, 'InvalidResourceReference', `Resource ${named.id} referenced by ${request.id} is in ${String(named['location'])}, and not in ${String(request.body['location'])}.`);
}

/** What stands in a subnet keeps it, its range and its delegation as they are. */
function judgeUsed(request: PutRequest, subnets: readonly Subnet[], resources: Resources): void {
  if (!request.existing) return;
  for (const before of subnetsOf(request.existing.id, request.existing.properties)) {
    const users = usersOf(resources, before.id);
    if (users.length === 0) continue;
    const after = subnets.find(({ id }) => isSameId(id, before.id));
    if (!after) throw new AzureError(400, 'InUseSubnetCannotBeDeleted', `Subnet ${before.name} is in use by ${users.join(', ')} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet.`);
    if (after.addressPrefix !== before.addressPrefix) throw new AzureError(400, 'InUsePrefixCannotBeDeleted', `IpPrefix ${before.addressPrefix} on Subnet ${before.name} has active allocations of ${users.join(', ')} and cannot be deleted.`);
    if (before.delegations.some((service) => !after.delegations.includes(service))) throw new AzureError(400, 'SubnetMissingRequiredDelegation', `Subnet ${before.name} requires the delegation ${before.delegations.join(', ')} for ${users.join(', ')}.`);
  }
}

function completeNetwork(draft: Resource): void {
  draft.properties = {
    enableDdosProtection: false,
    virtualNetworkPeerings: [],
    ...draft.properties,
    subnets: writtenSubnetsSchema.parse(draft.properties['subnets'] ?? []).map(({ name, properties }) => completeSubnet(draft.id, name ?? '', properties ?? {})),
    provisioningState: 'Succeeded',
  };
}

function completeSubnet(networkId: string, name: string, given: JsonObject): JsonObject {
  const id = `${networkId}/subnets/${name}`;
  const delegations = z.array(z.object({ name: z.string(), properties: z.object({ serviceName: z.string() }) })).default([]).parse(given['delegations'] ?? []);
  return {
    id,
    name,
    type: 'Microsoft.Network/virtualNetworks/subnets',
    properties: {
      privateEndpointNetworkPolicies: 'Disabled',
      privateLinkServiceNetworkPolicies: 'Enabled',
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
      delegations: delegations.map((delegation) => ({
        id: `${id}/delegations/${delegation.name}`,
        name: delegation.name,
        type: 'Microsoft.Network/virtualNetworks/subnets/delegations',
        properties: { serviceName: delegation.properties.serviceName, actions: ['Microsoft.Network/virtualNetworks/subnets/action'], provisioningState: 'Succeeded' },
      })),
      provisioningState: 'Succeeded',
    },
  };
}

function presentNetwork(network: Resource, resources: Resources): Resource {
  const endpoints = resources.list(PRIVATE_ENDPOINTS);
  const subnets = z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.json()) })).default([]).parse(network.properties['subnets'] ?? []);
  return {
    ...network,
    properties: {
      ...network.properties,
      subnets: subnets.map((subnet): JsonObject => {
        const inside = endpoints.filter(({ properties }) => isSameId(referencedId(properties['subnet']) ?? '', subnet.id)).map(({ id }) => ({ id }));
        return { ...(subnet as JsonObject), properties: { ...subnet.properties, ...(inside.length > 0 ? { privateEndpoints: inside } : {}) } };
      }),
    },
  };
}
