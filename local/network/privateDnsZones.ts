import type { JsonObject, ResourceType } from '../arm/types.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { isSameId, NETWORK_PROVIDER, referencedId, requireReferenced, VIRTUAL_NETWORKS, type Resources } from './common.ts';
import { ZONE_GROUPS, zonesOf } from './privateEndpoints.ts';

const API_VERSIONS = ['2024-06-01', '2020-06-01'] as const;
const PATH = `${NETWORK_PROVIDER}/privateDnsZones/{privateZoneName}`;
export const LINKS = 'Microsoft.Network/privateDnsZones/virtualNetworkLinks';
const ZONE_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Source: learn.microsoft.com, "Azure subscription and service limits", private DNS zones. */
const MOST = { maxNumberOfRecordSets: 25_000, maxNumberOfVirtualNetworkLinks: 1_000, maxNumberOfVirtualNetworkLinksWithRegistration: 100 } as const;

/** Source: learn.microsoft.com, REST API, "Private Zones - Create Or Update". */
export function privateDnsZoneRow(resources: Resources): ResourceType {
  return {
    type: 'Microsoft.Network/privateDnsZones',
    token: 'privatedns:PrivateZone',
    path: PATH,
    apiVersions: API_VERSIONS,
    envelope: ['location', 'tags', 'etag'],
    existence: 'created',
    asynchronous: { put: true, delete: true },
    behaviour: {
      validate({ parameters, body }) {
        const { privateZoneName = '' } = parameters;
        if (!ZONE_NAME.test(privateZoneName)) throw new AzureError(400, 'InvalidResourceName', `The zone name ${JSON.stringify(privateZoneName)} is no domain name of two labels or more.`);
        requireGlobal(body['location'], 'Microsoft.Network/privateDnsZones');
      },
      complete(draft) {
        draft.properties = { ...MOST, provisioningState: 'Succeeded' };
      },
      judgeRemoval({ id }, removedId) {
        if (isSameId(id, removedId) && resources.list(LINKS, id).length > 0) throw new AzureError(409, 'CannotDeleteResource', `Can not delete resource before nested resources are deleted: the zone ${id} has virtual network links.`);
      },
      present(zone) {
        const records = resources.list(ZONE_GROUPS).filter((group) => zonesOf(group).some((zoneId) => isSameId(zoneId, zone.id))).length;
        // The record of the zone's own authority is the first.
        return { ...zone, properties: { ...zone.properties, numberOfRecordSets: records + 1, numberOfVirtualNetworkLinks: resources.list(LINKS, zone.id).length, numberOfVirtualNetworkLinksWithRegistration: 0 } };
      },
    },
  };
}

/** Source: learn.microsoft.com, REST API, "Virtual Network Links - Create Or Update". */
export function virtualNetworkLinkRow(resources: Resources): ResourceType {
  return {
    type: LINKS,
    token: 'privatedns:VirtualNetworkLink',
    path: `${PATH}/virtualNetworkLinks/{virtualNetworkLinkName}`,
    apiVersions: API_VERSIONS,
    envelope: ['location', 'tags', 'etag'],
    existence: 'created',
    asynchronous: { put: true, delete: true },
    replaceOnChange: ['virtualNetwork'],
    behaviour: {
      validate({ id, body }) {
        requireGlobal(body['location'], LINKS);
        const properties = body['properties'] as JsonObject;
        if (properties['registrationEnabled'] === true) throw notSupportedLocally('properties.registrationEnabled (records of virtual machines)');
        const networkId = referencedId(properties['virtualNetwork']);
        if (networkId === undefined) throw new AzureError(400, 'BadRequest', 'properties.virtualNetwork.id is missing. Name the virtual network that resolves by the zone.');
        if (requireReferenced(resources, networkId, id).type !== VIRTUAL_NETWORKS) throw new AzureError(400, 'BadRequest', `${networkId} is no virtual network.`);
        const zoneName = id.split('/').at(-3) ?? '';
        const other = resources.list(LINKS).find((link) => !isSameId(link.id, id) && isSameId(linkedNetwork(link.properties) ?? '', networkId) && isSameId(link.id.split('/').at(-3) ?? '', zoneName));
        if (other) throw new AzureError(409, 'Conflict', `A virtual network cannot be linked to multiple zones with overlapping namespaces: ${networkId} is linked by ${other.id}.`);
      },
      complete(draft) {
        draft.properties = { registrationEnabled: false, ...draft.properties, virtualNetworkLinkState: 'Completed', provisioningState: 'Succeeded' };
      },
    },
  };
}

export function linkedNetwork(properties: JsonObject): string | undefined {
  return referencedId(properties['virtualNetwork']);
}

function requireGlobal(location: unknown, type: string): void {
  if (String(location).toLowerCase() !== 'global') throw new AzureError(400, 'LocationNotAvailableForResourceType', `The provided location '${String(location)}' is not available for resource type '${type}'. List of available regions for the resource type is 'global'.`);
}
