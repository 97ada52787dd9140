import { isIPv4 } from 'node:net';
import { AzureError, notSupportedLocally } from '../core/errors.ts';

/** A range of IPv4 addresses. */
export interface Prefix {
  readonly first: number;
  /** Bits that all of its addresses share, 0 to 32. */
  readonly length: number;
}

/** Azure keeps the first four addresses and the last one of each subnet. Source: learn.microsoft.com, "Azure Virtual Network FAQ". */
const RESERVED_AT_START = 4;

/**
 * Reads `10.0.0.0/24`.
 * @throws AzureError InvalidAddressPrefixFormat; NotSupportedByLocalAzure for IPv6
 */
export function readPrefix(text: string, place: string): Prefix {
  if (text.includes(':')) throw notSupportedLocally(`IPv6 in ${place}`);
  const [address = '', bits = ''] = text.split('/');
  const length = Number(bits);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || length > 32) throw new AzureError(400, 'InvalidAddressPrefixFormat', `Address prefix ${text} of ${place} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`);
  const first = toNumber(address);
  if (first % 2 ** (32 - length) !== 0) throw new AzureError(400, 'InvalidCIDRNotation', `The address prefix ${text} of ${place} has bits set beyond its length. Use ${toText(first - (first % 2 ** (32 - length)))}/${length}.`);
  return { first, length };
}

export function contains(outer: Prefix, inner: Prefix): boolean {
  return inner.length >= outer.length && inner.first >= outer.first && inner.first < outer.first + sizeOf(outer);
}

export function overlaps(one: Prefix, other: Prefix): boolean {
  return contains(one, other) || contains(other, one);
}

/** The first address of a subnet that may be given out and is not taken. @returns undefined when all are taken */
export function freeAddress(subnet: Prefix, taken: readonly string[]): string | undefined {
  for (let offset = RESERVED_AT_START; offset < sizeOf(subnet) - 1; offset++) {
    const address = toText(subnet.first + offset);
    if (!taken.includes(address)) return address;
  }
  return undefined;
}

function sizeOf({ length }: Prefix): number {
  return 2 ** (32 - length);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
