import { BlockList, isIP } from 'node:net';

/**
 * What an address is to a tool. `private`: where hosts of virtual networks are. `public`: where hosts of the internet are. `never`: the rest, which no
 * tool reaches, whatever it declares.
 */
export type AddressKind = 'public' | 'private' | 'never';

type Subnets = Readonly<Record<string, string>>;

/** Sources: IANA IPv4 Special-Purpose Address Registry (RFC 6890): RFC 1918, and the shared address space of RFC 6598. */
const PRIVATE_IPV4: Subnets = {
  '10.0.0.0/8': 'private use',
  '100.64.0.0/10': 'shared address space',
  '172.16.0.0/12': 'private use',
  '192.168.0.0/16': 'private use',
};

/**
 * The rest of that registry, the multicast addresses, and a service of Azure at an address like any other. Anycast services that the registry
 * calls globally reachable (AS112, AMT, PCP, TURN) are in it: none of them speaks HTTP.
 * Source for the last: learn.microsoft.com, "What is IP address 168.63.129.16?".
 */
const NEVER_IPV4: Subnets = {
  '0.0.0.0/8': 'this network',
  '127.0.0.0/8': 'loopback',
  '169.254.0.0/16': 'link local: instance metadata at 169.254.169.254, the identity endpoint of App Service',
  '192.0.0.0/24': 'IETF protocol assignments',
  '192.0.2.0/24': 'documentation',
  '192.31.196.0/24': 'AS112',
  '192.52.193.0/24': 'AMT',
  '192.88.99.0/24': '6to4 relays, deprecated',
  '192.175.48.0/24': 'AS112',
  '198.18.0.0/15': 'benchmarking',
  '198.51.100.0/24': 'documentation',
  '203.0.113.0/24': 'documentation',
  '224.0.0.0/4': 'multicast',
  '240.0.0.0/4': 'reserved, and limited broadcast',
  '168.63.129.16/32': 'wire server of Azure',
};

/**
 * Of IPv6 only global unicast can be public. Loopback, link local, multicast and what carries an IPv4 address (mapped, compatible, the NAT64 of
 * RFC 6052 and RFC 8215) lie outside of it. Source: IANA Internet Protocol Version 6 Address Space.
 */
const GLOBAL_UNICAST_IPV6: Subnets = { '2000::/3': 'global unicast' };

/** Source: RFC 4193. */
const PRIVATE_IPV6: Subnets = { 'fc00::/7': 'unique local' };

/**
 * What is special within these two. Sources: IANA IPv6 Special-Purpose Address Registry (RFC 6890); for the last, AWS documentation, "Use the
 * Instance Metadata Service to access instance metadata".
 */
const NEVER_IPV6: Subnets = {
  '2001::/23': 'IETF protocol assignments: Teredo, benchmarking, ORCHID and others',
  '2001:db8::/32': 'documentation',
  '2002::/16': '6to4, which carries an IPv4 address',
  '2620:4f:8000::/48': 'AS112',
  '3fff::/20': 'documentation',
  'fd00:ec2::254/128': 'instance metadata of EC2',
};

/** Apart for each family: a list with IPv4 in it judges mapped addresses as the IPv4 address that they carry. */
const neverIpv4 = listOf('ipv4', NEVER_IPV4);
const privateIpv4 = listOf('ipv4', PRIVATE_IPV4);
const neverIpv6 = listOf('ipv6', NEVER_IPV6);
const privateIpv6 = listOf('ipv6', PRIVATE_IPV6);
const globalUnicastIpv6 = listOf('ipv6', GLOBAL_UNICAST_IPV6);

/**
 * Judges an address in the form in which a resolver returns it. Any other spelling (decimal, octal, hexadecimal, short, with a zone, in brackets)
 * is `never`: readers disagree on what it means.
 */
export function judgeAddress(address: string): AddressKind {
  const family = isIP(address);
  if (family === 4) return judgeIpv4(address);
  return family === 6 && !address.includes('%') ? judgeIpv6(address) : 'never';
}

/** Whether two addresses are one, however they are written. */
export function isSameAddress(left: string, right: string): boolean {
  if (isIP(left) === 0 || isIP(right) === 0) return false;
  const list = new BlockList();
  list.addAddress(left, typeOf(left));
  return list.check(right, typeOf(right));
}

function judgeIpv4(address: string): AddressKind {
  if (neverIpv4.check(address, 'ipv4')) return 'never';
  return privateIpv4.check(address, 'ipv4') ? 'private' : 'public';
}

function judgeIpv6(address: string): AddressKind {
  if (neverIpv6.check(address, 'ipv6')) return 'never';
  if (privateIpv6.check(address, 'ipv6')) return 'private';
  return globalUnicastIpv6.check(address, 'ipv6') ? 'public' : 'never';
}

function listOf(type: 'ipv4' | 'ipv6', subnets: Subnets): BlockList {
  const list = new BlockList();
  for (const subnet of Object.keys(subnets)) {
    const [network = '', prefix = ''] = subnet.split('/');
    list.addSubnet(network, Number(prefix), type);
  }
  return list;
}

function typeOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
