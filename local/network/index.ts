import type { ResourceType } from '../arm/types.ts';
import type { Resources } from './common.ts';
import { privateDnsZoneRow, virtualNetworkLinkRow } from './privateDnsZones.ts';
import { privateEndpointRow, zoneGroupRow } from './privateEndpoints.ts';
import { routeTableRow } from './routeTables.ts';
import { securityGroupRow } from './securityGroups.ts';
import { virtualNetworkRow } from './virtualNetworks.ts';

export { createNetworkReach, OPEN_NETWORK, type NetworkReach, type Origin } from './reach.ts';

/** Microsoft.Network: virtual networks, what guards and routes their subnets, private endpoints and their names. */
export function networkResourceTypes(resources: Resources): ResourceType[] {
  return [virtualNetworkRow, securityGroupRow, routeTableRow, privateEndpointRow, zoneGroupRow, privateDnsZoneRow, virtualNetworkLinkRow].map((row) => row(resources));
}
