import { BlockList } from 'node:net';
import { LOOPBACK } from '../core/listeners.ts';

/*
 * All of loopback is this machine, and a client chooses which of its addresses it sends from (`curl --interface`, `localAddress` of Node): so the address tells
 * where a request would come from in Azure. README.md has the table.
 */

const FRONT_DOOR_BACKENDS = new BlockList();
FRONT_DOOR_BACKENDS.addSubnet('127.64.0.0', 16);

/** The operator's host, which stands in every virtual network. */
export function isOperatorsHost(address: string | undefined): boolean {
  return address === LOOPBACK;
}

/** The addresses that Azure Front Door's requests come from: the service tag AzureFrontDoor.Backend. */
export function isFrontDoorBackend(address: string): boolean {
  return FRONT_DOOR_BACKENDS.check(address);
}
