import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { EgressAddresses } from '../tools/egressHosts.ts';
import { isSameAddress, type AddressKind } from './addresses.ts';
import type { IdentityEndpoint } from './judgeUrl.ts';

/** All addresses of a name, as the machine resolves it. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** The name of a declared host leads to an address that the tool may not reach. The address is for the log alone. */
export class AddressRefusedError extends Error {
  readonly address: string;
  constructor(address: string) {
    super(`The address ${address} may not be reached.`);
    this.name = 'AddressRefusedError';
    this.address = address;
  }
}

export interface JudgedLookup {
  readonly resolve: Resolve;
  readonly judge: (address: string) => AddressKind;
  /** The kind that the tool declares; its host has no other. */
  readonly addresses: EgressAddresses;
  readonly port: number;
  readonly identityEndpoints: readonly IdentityEndpoint[];
}

/**
 * Resolves a name for a connection and judges every address of the answer: one that is refused refuses them all. The socket is given what was
 * judged and connects to nothing else, so that a name that answers otherwise a moment later changes nothing.
 */
export function createJudgedLookup(options: JudgedLookup): LookupFunction {
  return (host, { all }, callback) => {
    resolveJudged(host, options).then(
      (addresses) => {
        const [first] = addresses;
        if (all) callback(null, [...addresses]);
        else if (first) callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

/** @throws AddressRefusedError, or what the resolver rejects with */
async function resolveJudged(host: string, { resolve, judge, addresses, port, identityEndpoints }: JudgedLookup): Promise<readonly LookupAddress[]> {
  const [found, taken] = await Promise.all([resolve(host), addressesAt(port, identityEndpoints, resolve)]);
  if (found.length === 0) throw Object.assign(new Error(`${host} has no address.`), { code: 'ENOTFOUND' });
  const refused = found.find(({ address }) => judge(address) !== addresses || taken.some((other) => isSameAddress(address, other)));
  if (refused) throw new AddressRefusedError(refused.address);
  return found;
}

/** Addresses of the identity endpoints on a port: another name must not lead there either. */
async function addressesAt(port: number, endpoints: readonly IdentityEndpoint[], resolve: Resolve): Promise<readonly string[]> {
  const hosts = endpoints.filter((endpoint) => endpoint.port === port).map(({ host }) => host);
  const addresses = await Promise.all(hosts.map(async (host) => (isIP(host) !== 0 ? [host] : (await resolve(host)).map(({ address }) => address))));
  return addresses.flat();
}
