import { NetworkSecurityGroup } from '@pulumi/azure-native/network/networkSecurityGroup.js';
import { RouteTable } from '@pulumi/azure-native/network/routeTable.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import { ComponentResource, interpolate, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { addressPlan } from '../network/addressPlan.ts';
import { endpointRules, outboundRules, unenforcedHosts, type ReachingTool } from '../network/securityRules.ts';

export interface NetworkArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  /** 256 private addresses, such as `10.64.0.0/24`. */
  readonly prefix: string;
  readonly tools: readonly ReachingTool[];
  /** Whether vault and state account have private endpoints here. */
  readonly privateEndpoints: boolean;
  /** Address of a firewall that everything leaving the network goes through. */
  readonly firewallIp: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const INTEGRATION_SUBNET = 'integration';
const ENDPOINTS_SUBNET = 'endpoints';

/** The virtual network of a stack: the instances stand in one subnet, private endpoints in the other. docs/network.md. */
export class Network extends ComponentResource {
  readonly virtualNetworkId: Output<string>;
  readonly virtualNetworkName: Output<string>;
  readonly integrationSubnetId: Output<string>;
  readonly endpointsSubnetId: Output<string>;
  /** Ids of the network security groups, by the subnet that they belong to. */
  readonly securityGroupIds: Readonly<Record<typeof INTEGRATION_SUBNET | typeof ENDPOINTS_SUBNET, Output<string>>>;
  /** Public hosts of tools that no rule of the network tells from any other public host. */
  readonly egressNotEnforced: readonly string[];

  constructor(name: string, args: NetworkArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Network', name, {}, options);
    const { resourceGroupName, tags } = args;
    const plan = addressPlan(args.prefix);
    const child = { parent: this };

    const outbound = new NetworkSecurityGroup(args.name, {
      resourceGroupName,
      securityRules: outboundRules({ tools: args.tools, privateEndpointsPrefix: args.privateEndpoints ? plan.endpoints : undefined }),
      tags,
    }, child);
    const inbound = new NetworkSecurityGroup(`${args.name}endpoints-`, { resourceGroupName, securityRules: endpointRules(), tags }, child);
    const routes = args.firewallIp === undefined ? undefined : new RouteTable(args.name, {
      resourceGroupName,
      routes: [{ name: 'all-through-firewall', addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance', nextHopIpAddress: args.firewallIp }],
      tags,
    }, child);
    // Subnets stand inside of the network: as resources of their own they would have to be made one after the other.
    const network = new VirtualNetwork(args.name, {
      resourceGroupName,
      addressSpace: { addressPrefixes: [plan.network] },
      subnets: [
        {
          name: INTEGRATION_SUBNET,
          addressPrefix: plan.integration,
          delegations: [{ name: 'app-service', serviceName: 'Microsoft.Web/serverFarms' }],
          networkSecurityGroup: { id: outbound.id },
          ...(routes === undefined ? {} : { routeTable: { id: routes.id } }),
        },
        {
          name: ENDPOINTS_SUBNET,
          addressPrefix: plan.endpoints,
          networkSecurityGroup: { id: inbound.id },
          // Without it a group says nothing to private endpoints.
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
        },
      ],
      tags,
    }, child);

    this.virtualNetworkId = network.id;
    this.virtualNetworkName = network.name;
    this.integrationSubnetId = interpolate`${network.id}/subnets/${INTEGRATION_SUBNET}`;
    this.endpointsSubnetId = interpolate`${network.id}/subnets/${ENDPOINTS_SUBNET}`;
    this.securityGroupIds = { [INTEGRATION_SUBNET]: outbound.id, [ENDPOINTS_SUBNET]: inbound.id };
    this.egressNotEnforced = args.firewallIp === undefined ? unenforcedHosts(args.tools) : [];
    this.registerOutputs({ virtualNetworkName: this.virtualNetworkName, egressNotEnforced: this.egressNotEnforced });
  }
}
