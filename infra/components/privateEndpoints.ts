import { PrivateDnsZoneGroup } from '@pulumi/azure-native/network/privateDnsZoneGroup.js';
import { PrivateEndpoint } from '@pulumi/azure-native/network/privateEndpoint.js';
import { PrivateZone } from '@pulumi/azure-native/privatedns/privateZone.js';
import { VirtualNetworkLink } from '@pulumi/azure-native/privatedns/virtualNetworkLink.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';

export interface PrivateEndpointsArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly virtualNetworkId: Input<string>;
  readonly subnetId: Input<string>;
  readonly vaultId: Input<string>;
  readonly stateAccountId: Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Subresources and the zones that their public names are aliases into. Source: learn.microsoft.com, "Azure Private Endpoint private DNS zone values". */
const VAULT = { groupId: 'vault', zone: 'privatelink.vaultcore.azure.net' } as const;
const BLOB = { groupId: 'blob', zone: 'privatelink.blob.core.windows.net' } as const;

/** The vault and the state account as the network has them: an address of its own each, and the zone by which their names lead there. */
export class PrivateEndpoints extends ComponentResource {
  /** What reads the vault or writes the record depends on these: until the names lead into the network, both refuse. */
  readonly reachable: readonly Resource[];

  constructor(name: string, args: PrivateEndpointsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:PrivateEndpoints', name, {}, options);
    const { resourceGroupName, tags } = args;

    const connect = (targetId: Input<string>, { groupId, zone }: typeof VAULT | typeof BLOB): Resource[] => {
      const zoneOfNames = new PrivateZone(`zone-${groupId}`, { resourceGroupName, privateZoneName: zone, location: 'global', tags }, { parent: this });
      const link = new VirtualNetworkLink(`link-${groupId}`, {
        resourceGroupName,
        privateZoneName: zoneOfNames.name,
        location: 'global',
        virtualNetwork: { id: args.virtualNetworkId },
        registrationEnabled: false,
        tags,
      }, { parent: this });
      const endpoint = new PrivateEndpoint(`${args.name}${groupId}-`, {
        resourceGroupName,
        subnet: { id: args.subnetId },
        privateLinkServiceConnections: [{ name: groupId, privateLinkServiceId: targetId, groupIds: [groupId] }],
        tags,
        // Azure shows the names here until the zone group takes them over.
      }, { parent: this, ignoreChanges: ['customDnsConfigs'] });
      const names = new PrivateDnsZoneGroup(`names-${groupId}`, {
        resourceGroupName,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: 'default',
        privateDnsZoneConfigs: [{ name: groupId, privateDnsZoneId: zoneOfNames.id }],
      }, { parent: this });
      return [link, names];
    };

    this.reachable = [...connect(args.vaultId, VAULT), ...connect(args.stateAccountId, BLOB)];
    this.registerOutputs({});
  }
}
