import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import { CHILD_ENVELOPE, isSameId, NETWORK_API_VERSIONS, NETWORK_PROVIDER, refuseBeyond, refuseWhileNamed, type Resources } from './common.ts';
import { readPrefix } from './prefix.ts';
import { subnetList } from './securityGroups.ts';
import { allSubnets } from './subnets.ts';

const routesSchema = z.array(z.object({
  name: z.string(),
  properties: z.object({ addressPrefix: z.string(), nextHopType: z.string(), nextHopIpAddress: z.string().nullish() }),
})).default([]);

/**
 * Route tables with their routes inside.
 * Source: learn.microsoft.com, REST API, "Route Tables - Create Or Update".
 */
export function routeTableRow(resources: Resources): ResourceType {
  const naming = (tableId: string): string[] => allSubnets(resources).filter(({ routeTableId }) => isSameId(routeTableId ?? '', tableId)).map(({ id }) => id);
  return {
    type: 'Microsoft.Network/routeTables',
    token: 'network:RouteTable',
    path: `${NETWORK_PROVIDER}/routeTables/{routeTableName}`,
    apiVersions: NETWORK_API_VERSIONS,
    envelope: ['location', 'tags', 'id'],
    nestedEnvelopes: { 'network.RouteArgs': CHILD_ENVELOPE },
    existence: 'created',
    asynchronous: { put: true, delete: true },
    behaviour: {
      validate: judgeTable,
      complete: completeTable,
      judgeRemoval: (table, removedId) => refuseWhileNamed(naming(table.id), removedId, 'InUseRouteTableCannotBeDeleted', `Route table ${table.name}`),
      present: (table) => ({ ...table, properties: { ...table.properties, ...subnetList(naming(table.id)) } }),
    },
  };
}

function judgeTable({ body }: PutRequest): void {
  const properties = body['properties'] as JsonObject;
  refuseBeyond(properties, ['routes', 'disableBgpRoutePropagation', 'provisioningState', 'resourceGuid'], 'properties');
  const routes = routesSchema.safeParse(properties['routes'] ?? []);
  if (!routes.success) throw new AzureError(400, 'InvalidRequestFormat', `properties.routes is not as the API has it: ${routes.error.issues.map(({ path }) => path.join('.')).join(', ')}.`);
  for (const { name, properties: { addressPrefix, nextHopType, nextHopIpAddress } } of routes.data) {
    readPrefix(addressPrefix, `route ${name}`);
    const needsAddress = nextHopType.toLowerCase() === 'virtualappliance';
    if (needsAddress !== isIPv4(nextHopIpAddress ?? '')) throw new AzureError(400, 'InvalidRouteNextHop', `Route ${name} has nextHopType ${nextHopType} and nextHopIpAddress ${JSON.stringify(nextHopIpAddress ?? null)}; a VirtualAppliance has an IPv4 address, and nothing else has one.`);
  }
}

function completeTable(draft: Resource): void {
  draft.properties = {
    disableBgpRoutePropagation: false,
    ...draft.properties,
    routes: routesSchema.parse(draft.properties['routes'] ?? []).map(({ name, properties: { addressPrefix, nextHopType, nextHopIpAddress } }): JsonObject => ({
      id: `${draft.id}/routes/${name}`,
      name,
      type: 'Microsoft.Network/routeTables/routes',
      properties: { addressPrefix, nextHopType, ...(nextHopIpAddress == null ? {} : { nextHopIpAddress }), provisioningState: 'Succeeded' },
    })),
    provisioningState: 'Succeeded',
  };
}
