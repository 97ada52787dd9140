import { describeEgressHost, type EgressHost, type Tool } from '../../app/tools/index.ts';

/** A rule of a network security group, as azure-native takes it. */
export interface SecurityRule {
  readonly name: string;
  readonly description: string;
  /** The lowest that fits decides. */
  readonly priority: number;
  readonly direction: 'Inbound' | 'Outbound';
  readonly access: 'Allow' | 'Deny';
  readonly protocol: 'Tcp' | '*';
  readonly sourceAddressPrefix: string;
  readonly sourcePortRange: '*';
  /** A service tag, an address prefix, or `*`. */
  readonly destinationAddressPrefix: string;
  readonly destinationPortRange: string;
}

/** What the rules have to know of a tool. */
export type ReachingTool = Pick<Tool, 'name' | 'egress' | 'lifecycle'>;

export interface OutboundNeeds {
  readonly tools: readonly ReachingTool[];
  /** Addresses of the private endpoints of vault and state account; undefined when these are reached in public. */
  readonly privateEndpointsPrefix: string | undefined;
}

/** Source: learn.microsoft.com, "Network security groups", properties of a security rule. */
const LAST_PRIORITY = 4_096;
const FIRST_PLATFORM_PRIORITY = 100;
const FIRST_TOOL_PRIORITY = 1_000;
const MAX_DESCRIPTION_CHARACTERS = 140;
const HTTPS = '443';
const ANY = '*';

/**
 * What leaves the instances: what App Service and the server need, what the tools declare, and nothing else. A group knows service tags and addresses and no names:
 * a public host of a tool opens its port to the internet (`unenforcedHosts`). Identity endpoint and metadata service of an instance are not subject to groups.
 * Source: learn.microsoft.com, "Virtual network service tags"; "Integrate your app with an Azure virtual network", network security groups.
 */
export function outboundRules({ tools, privateEndpointsPrefix }: OutboundNeeds): SecurityRule[] {
  const platform: Opening[] = [
    { name: 'allow-dns', description: 'Names, those of private zones included.', protocol: ANY, to: 'AzurePlatformDNS', port: '53' },
    { name: 'allow-entra', description: 'Signing keys, and tokens of the managed identity.', to: 'AzureActiveDirectory', port: HTTPS },
    { name: 'allow-monitor', description: 'Telemetry.', to: 'AzureMonitor', port: HTTPS },
    { name: 'allow-storage', description: 'The packages; and the record of calls, where it has no private endpoint.', to: 'Storage', port: HTTPS },
    privateEndpointsPrefix === undefined
      ? { name: 'allow-key-vault', description: 'The request-state key, and signatures of the record.', to: 'AzureKeyVault', port: HTTPS }
      : { name: 'allow-private-endpoints', description: 'The vault and the record of calls, in the network itself.', to: privateEndpointsPrefix, port: HTTPS },
  ];
  return [
    ...platform.map((opening, place) => allow(opening, FIRST_PLATFORM_PRIORITY + 10 * place)),
    ...toolOpenings(tools).map((opening, place) => allow(opening, FIRST_TOOL_PRIORITY + place)),
    // Azure's own last rules let out whatever goes to the internet and to the network.
    deny('Outbound', 'deny-all-outbound', 'What neither the platform nor a tool needs.'),
  ];
}

/** What reaches the private endpoints: HTTPS from the network. They begin no connection themselves. */
export function endpointRules(): SecurityRule[] {
  return [
    { ...allow({ name: 'allow-https-from-network', description: 'The instances, and operators in the network.', to: ANY, port: HTTPS }, FIRST_PLATFORM_PRIORITY), direction: 'Inbound', sourceAddressPrefix: 'VirtualNetwork' },
    deny('Inbound', 'deny-all-inbound', 'Whatever else.'),
    deny('Outbound', 'deny-all-outbound', 'Endpoints begin no connection.'),
  ];
}

/**
 * Public hosts that tools declare, in the words of the catalogue's pages: the network lets their ports out to any public host. With a firewall, these are the names that it has to let through.
 */
export function unenforcedHosts(tools: readonly ReachingTool[]): string[] {
  return [...new Set(hostsOf(tools).filter(({ host }) => host.addresses === 'public').map(({ host }) => describeEgressHost(host)))].sort();
}

interface Opening {
  readonly name: string;
  readonly description: string;
  readonly protocol?: SecurityRule['protocol'];
  readonly to: string;
  readonly port: string;
}

function toolOpenings(tools: readonly ReachingTool[]): Opening[] {
  const hosts = hostsOf(tools);
  return (['private', 'public'] as const).flatMap((addresses) => {
    const ofKind = hosts.filter(({ host }) => host.addresses === addresses);
    const ports = [...new Set(ofKind.map(({ host }) => host.port))].sort((left, right) => left - right);
    return ports.map((port): Opening => {
      const declaring = [...new Set(ofKind.filter(({ host }) => host.port === port).map(({ tool }) => tool))].sort();
      return {
        name: `allow-tools-${addresses}-${port}`,
        description: cut(`Tools: ${declaring.join(', ')}`),
        to: addresses === 'private' ? 'VirtualNetwork' : 'Internet',
        port: String(port),
      };
    });
  });
}

/** A disabled tool cannot be called: nothing is opened for it. */
function hostsOf(tools: readonly ReachingTool[]): { tool: string; host: EgressHost }[] {
  return tools.filter(({ lifecycle }) => lifecycle.stage !== 'disabled').flatMap(({ name, egress }) => egress.map((host) => ({ tool: name, host })));
}

function allow({ name, description, protocol = 'Tcp', to, port }: Opening, priority: number): SecurityRule {
  return { name, description, priority, direction: 'Outbound', access: 'Allow', protocol, sourceAddressPrefix: ANY, sourcePortRange: ANY, destinationAddressPrefix: to, destinationPortRange: port };
}

function deny(direction: SecurityRule['direction'], name: string, description: string): SecurityRule {
  return { name, description, priority: LAST_PRIORITY, direction, access: 'Deny', protocol: ANY, sourceAddressPrefix: ANY, sourcePortRange: ANY, destinationAddressPrefix: ANY, destinationPortRange: ANY };
}

function cut(text: string): string {
  return text.length <= MAX_DESCRIPTION_CHARACTERS ? text : `${text.slice(0, MAX_DESCRIPTION_CHARACTERS - 1)}…`;
}
