import { z } from 'zod';
import type { JsonObject } from '../arm/types.ts';
import { isSameId, PRIVATE_ENDPOINTS, referencedId, VIRTUAL_NETWORKS, type Resources } from './common.ts';

/** A subnet as its virtual network holds it. */
export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly addressPrefix: string;
  /** Services that it is delegated to, such as `Microsoft.Web/serverFarms`. */
  readonly delegations: readonly string[];
  readonly securityGroupId: string | undefined;
  readonly routeTableId: string | undefined;
}

const subnetSchema = z.object({
  name: z.string(),
  properties: z.object({
    addressPrefix: z.string(),
    delegations: z.array(z.object({ properties: z.object({ serviceName: z.string() }) })).default([]),
    networkSecurityGroup: z.unknown().optional(),
    routeTable: z.unknown().optional(),
  }),
});

/** The subnets of a virtual network, from its resource or from the body of a PUT. */
export function subnetsOf(networkId: string, properties: JsonObject): Subnet[] {
  return z.array(subnetSchema).default([]).parse(properties['subnets'] ?? []).map(({ name, properties: subnet }) => ({
    id: `${networkId}/subnets/${name}`,
    name,
    networkId,
    addressPrefix: subnet.addressPrefix,
    delegations: subnet.delegations.map((delegation) => delegation.properties.serviceName),
    securityGroupId: referencedId(subnet.networkSecurityGroup),
    routeTableId: referencedId(subnet.routeTable),
  }));
}

/** @returns undefined when there is no such subnet */
export function findSubnet(resources: Resources, subnetId: string): Subnet | undefined {
  const networkId = networkOf(subnetId);
  const network = resources.get(networkId);
  return network && subnetsOf(network.id, network.properties).find(({ id }) => isSameId(id, subnetId));
}

/** The virtual network of a subnet's id. */
export function networkOf(subnetId: string): string {
  return subnetId.replace(/\/subnets\/[^/]*$/i, '');
}

export function allSubnets(resources: Resources): Subnet[] {
  return resources.list(VIRTUAL_NETWORKS).flatMap(({ id, properties }) => subnetsOf(id, properties));
}

/** Ids of what stands in a subnet: integrated sites and slots, and private endpoints. */
export function usersOf(resources: Resources, subnetId: string): string[] {
  const sites = ['Microsoft.Web/sites', 'Microsoft.Web/sites/slots'].flatMap((type) => resources.list(type)).filter(({ properties }) => isSameId(String(properties['virtualNetworkSubnetId'] ?? ''), subnetId));
  const endpoints = resources.list(PRIVATE_ENDPOINTS).filter(({ properties }) => isSameId(referencedId(properties['subnet']) ?? '', subnetId));
  return [...sites, ...endpoints].map(({ id }) => id);
}
