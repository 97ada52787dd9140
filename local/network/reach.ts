import { z } from 'zod';
import type { Resource } from '../arm/types.ts';
import { isSameId, type Resources } from './common.ts';
import { isOperatorsHost } from './origins.ts';
import { linkedNetwork, LINKS } from './privateDnsZones.ts';
import { connectionOf, endpointsTo, SUBRESOURCES, ZONE_GROUPS, zonesOf } from './privateEndpoints.ts';
import { networkOf } from './subnets.ts';

/** Where a request to a data plane comes from. */
export interface Origin {
  /** Source address of the connection. */
  readonly address: string | undefined;
  /** Object id of who asks. */
  readonly principalId: string | undefined;
}

/** Who reaches a vault or an account whose public endpoint is closed. */
export interface NetworkReach {
  /**
   * Whether a request reaches the resource: through its public endpoint, else through a private endpoint of a network that it comes from.
   * A request by a site's managed identity comes from the site; all else from this machine comes from the operator's host, which stands in every virtual network;
   * other addresses are the internet (README.md).
   */
  admits(resource: Resource, origin: Origin): boolean;
  /** The same for what App Service fetches on behalf of a site. */
  admitsSite(resource: Resource, siteId: string): boolean;
}

/** Source: learn.microsoft.com, "What is a private endpoint?"; "Azure Private Endpoint DNS integration". */
export function createNetworkReach(resources: Resources): NetworkReach {
  return {
    admits(resource, origin) {
      if (!isClosed(resource)) return true;
      const sites = sitesWith(resources, origin.principalId);
      // Which of them asks, a token does not tell: what one of them cannot reach would be found on one slot alone.
      if (sites.length > 0) return sites.every((site) => reachesPrivately(resources, resource, integratedNetwork(site)));
      return isOperatorsHost(origin.address) && reachesPrivately(resources, resource, undefined);
    },
    admitsSite(resource, siteId) {
      if (!isClosed(resource)) return true;
      const site = resources.get(siteId);
      return site !== undefined && routesAll(site) && reachesPrivately(resources, resource, integratedNetwork(site));
    },
  };
}

/** For services that stand alone, without virtual networks. */
export const OPEN_NETWORK: NetworkReach = { admits: () => true, admitsSite: () => true };

function isClosed({ properties }: Resource): boolean {
  return String(properties['publicNetworkAccess']).toLowerCase() === 'disabled';
}

/**
 * Whether the resource's name leads to its private endpoint in a network: the endpoint stands there, its zone group keeps its address in the zone that the
 * public name is an alias into, and the zone is linked to the network. Without the last two the name leads to the public endpoint, which refuses.
 * @param networkId `null` for no network at all, undefined for any
 */
function reachesPrivately(resources: Resources, resource: Resource, networkId: string | null | undefined): boolean {
  const known = SUBRESOURCES[resource.type.toLowerCase()];
  if (!known || networkId === null) return false;
  return endpointsTo(resources, resource.id).some((endpoint) => {
    const connection = connectionOf(endpoint);
    if (!connection) return false;
    const network = networkOf(connection.subnetId);
    if (networkId !== undefined && !isSameId(network, networkId)) return false;
    const zones = resources.list(ZONE_GROUPS, endpoint.id).flatMap(zonesOf).filter((zoneId) => isSameId(zoneId.split('/').at(-1) ?? '', known.zone));
    return zones.some((zoneId) => resources.list(LINKS, zoneId).some(({ properties }) => isSameId(linkedNetwork(properties) ?? '', network)));
  });
}

function integratedNetwork(site: Resource): string | null {
  const subnetId = site.properties['virtualNetworkSubnetId'];
  return typeof subnetId === 'string' && subnetId !== '' ? networkOf(subnetId) : null;
}

const routingSchema = z.object({
  outboundVnetRouting: z.object({ allTraffic: z.boolean().nullish(), applicationTraffic: z.boolean().nullish() }).nullish(),
  siteConfig: z.object({ vnetRouteAllEnabled: z.boolean().nullish() }).nullish(),
});

/**
 * Linux apps fetch references over the network only when all of their traffic goes there.
 * Source: learn.microsoft.com, "Use Key Vault references as app settings", section "Access network-restricted vaults".
 */
function routesAll({ properties }: Resource): boolean {
  const { outboundVnetRouting: routing, siteConfig } = routingSchema.parse(properties);
  return routing?.allTraffic === true || routing?.applicationTraffic === true || siteConfig?.vnetRouteAllEnabled === true;
}

const identitySchema = z.object({
  principalId: z.string().nullish(),
  userAssignedIdentities: z.record(z.string(), z.object({ principalId: z.string().nullish() })).nullish(),
});

function sitesWith(resources: Resources, principalId: string | undefined): Resource[] {
  if (principalId === undefined) return [];
  return ['Microsoft.Web/sites', 'Microsoft.Web/sites/slots'].flatMap((type) => resources.list(type)).filter((site) => {
    const identity = identitySchema.safeParse(site['identity']).data;
    return identity?.principalId === principalId || Object.values(identity?.userAssignedIdentities ?? {}).some((assigned) => assigned.principalId === principalId);
  });
}
