/** Bits that the addresses of a stack's network share. */
const NETWORK_LENGTH = 24;
/** Source: learn.microsoft.com, "Integrate your app with an Azure virtual network", subnet requirements: /26 for a plan that scales to 30 instances. */
const INTEGRATION = { offset: 0, length: 26 } as const;
const ENDPOINTS = { offset: 64, length: 27 } as const;

/** Prefixes of a stack's network and of what is in it. */
export interface AddressPlan {
  readonly network: string;
  /** Where the instances stand. */
  readonly integration: string;
  /** Where the private endpoints stand. */
  readonly endpoints: string;
}

/** A network of 256 private addresses (RFC 1918), such as `10.64.0.0/24`. */
export const NETWORK_PREFIX = new RegExp(String.raw`^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.0/${NETWORK_LENGTH}$`);

/** @param network a prefix as `NETWORK_PREFIX` has it */
export function addressPlan(network: string): AddressPlan {
  const within = ({ offset, length }: { offset: number; length: number }): string => network.replace(/\.0\/\d+$/, `.${offset}/${length}`);
  return { network, integration: within(INTEGRATION), endpoints: within(ENDPOINTS) };
}
