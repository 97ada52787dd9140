import { isIPv4 } from 'node:net';
import type { SecurityRule } from '../../../infra/network/securityRules.ts';

/** What wants to leave: where to, by all that is known of the destination. */
export interface Flow {
  readonly protocol: 'Tcp' | 'Udp';
  readonly address: string;
  readonly port: number;
  /** Service tags that the address is in, beside `VirtualNetwork` and `Internet`. */
  readonly tags: readonly string[];
  /** Whether it is in the network, or in one that the network is peered with. */
  readonly isInNetwork: boolean;
}

/** Azure's own rules behind those of a group. Source: learn.microsoft.com, "Network security groups", default security rules, outbound. */
const DEFAULTS = [
  { name: 'AllowVnetOutBound', priority: 65_000, access: 'Allow', destinationAddressPrefix: 'VirtualNetwork' },
  { name: 'AllowInternetOutBound', priority: 65_001, access: 'Allow', destinationAddressPrefix: 'Internet' },
  { name: 'DenyAllOutBound', priority: 65_500, access: 'Deny', destinationAddressPrefix: '*' },
] as const;

/** What the platform provides at 168.63.129.16 and 169.254.169.254 is subject only to rules that name its own tag. Source: as above, Azure platform considerations. */
const PLATFORM: Readonly<Record<string, string>> = { '168.63.129.16': 'AzurePlatformDNS', '169.254.169.254': 'AzurePlatformIMDS' };

/**
 * The decision of Azure on a flow out of a subnet: the rule with the lowest priority number that fits.
 * Written from the documentation, without the code that makes the rules.
 */
export function evaluateOutbound(rules: readonly SecurityRule[], flow: Flow): { readonly access: 'Allow' | 'Deny'; readonly rule: string } {
  const own = rules.filter(({ direction }) => direction === 'Outbound').map((rule) => ({ ...rule, ports: rule.destinationPortRange }));
  const all = [...own, ...DEFAULTS.map((rule) => ({ ...rule, protocol: '*' as const, ports: '*' }))].sort((left, right) => left.priority - right.priority);
  const platform = PLATFORM[flow.address];
  const candidates = platform === undefined ? all : all.filter(({ destinationAddressPrefix }) => destinationAddressPrefix === platform);
  const deciding = candidates.find((rule) => fitsProtocol(rule.protocol, flow) && fitsPorts(rule.ports, flow.port) && (platform !== undefined || fitsAddress(rule.destinationAddressPrefix, flow)));
  return deciding === undefined ? { access: 'Allow', rule: 'not subject to the group' } : { access: deciding.access, rule: deciding.name };
}

function fitsProtocol(protocol: string, flow: Flow): boolean {
  return protocol === '*' || protocol === flow.protocol;
}

function fitsPorts(range: string, port: number): boolean {
  if (range === '*') return true;
  const [first = '', last = first] = range.split('-');
  return port >= Number(first) && port <= Number(last);
}

function fitsAddress(prefix: string, flow: Flow): boolean {
  if (prefix === '*') return true;
  if (prefix === 'VirtualNetwork') return flow.isInNetwork;
  // All that is outside of the network and reachable in public, Azure's own services included.
  if (prefix === 'Internet') return !flow.isInNetwork;
  const [network = '', bits = '32'] = prefix.split('/');
  if (isIPv4(network)) return toBits(flow.address).slice(0, Number(bits)) === toBits(network).slice(0, Number(bits));
  return flow.tags.includes(prefix);
}

function toBits(address: string): string {
  return address.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
}
