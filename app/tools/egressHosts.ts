import { z } from 'zod';

/** Which addresses the name of a host may lead to. */
export type EgressAddresses = 'public' | 'private';

/** A host that a tool reaches over HTTPS. The client that the tool is given reaches no other; rules of the network derive from it. */
export interface EgressHost {
  /** Its name in ASCII and lower case. */
  readonly host: string;
  readonly port: number;
  /** `public`: hosts of the internet; `private`: hosts of the virtual network and what it is peered with. */
  readonly addresses: EgressAddresses;
  /** Largest body of an answer, in bytes, after decompression. */
  readonly maxResponseBytes: number;
  /** Whether the host is told which trace it is called in. For services of one's own: a stranger learns nothing of our traces. */
  readonly traceContext: boolean;
}

/** A host as a tool declares it: its name alone for HTTPS on port 443 at public addresses. */
export type EgressDeclaration = string | (Pick<EgressHost, 'host'> & Partial<EgressHost>);

const HTTPS_PORT = 443;
const LOWEST_OTHER_PORT = 1_024;
const DEFAULT_RESPONSE_BYTES = 1_048_576;
const MAX_RESPONSE_BYTES = 67_108_864;
const DEFAULTS = { port: HTTPS_PORT, addresses: 'public', maxResponseBytes: DEFAULT_RESPONSE_BYTES, traceContext: false } as const;

/** The last label begins with a letter: otherwise a URL takes the name for an IPv4 address. Source: URL Standard, "ends in a number checker". */
const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST_RULE = 'allowed: lower-case host names without scheme, port, path or wildcard, and no addresses; a name beyond ASCII in its xn-- form';
const PORT_RULE = `allowed: ${HTTPS_PORT}, or a whole number from ${LOWEST_OTHER_PORT} to 65535`;

export const egressHostSchema = z.strictObject({
  host: z.string({ error: 'a host name, or an object with a host name, is needed' }).regex(HOST, HOST_RULE),
  port: z.int(PORT_RULE).max(65_535, PORT_RULE).refine((port) => port === HTTPS_PORT || port >= LOWEST_OTHER_PORT, PORT_RULE),
  addresses: z.enum(['public', 'private'], { error: 'allowed: public, private' }),
  maxResponseBytes: z.int('a whole number of bytes is needed').min(1, 'at least 1 byte').max(MAX_RESPONSE_BYTES, `at most ${MAX_RESPONSE_BYTES} bytes`),
  traceContext: z.boolean({ error: 'allowed: true, false' }),
});

/** Completes what a tool declares, and freezes it; what is no list stays as it is, to be refused. */
export function toEgressHosts(declared: readonly EgressDeclaration[]): readonly EgressHost[] {
  if (!Array.isArray(declared)) return declared as never;
  return Object.freeze(declared.map((entry: EgressDeclaration): EgressHost => Object.freeze({ ...DEFAULTS, ...(typeof entry === 'object' ? entry : { host: entry }) })));
}

/** What is wrong with a list whose entries are each in order. */
export function egressContradictions(hosts: readonly EgressHost[]): string[] {
  const origins = hosts.map(originOf);
  return origins.flatMap((origin, place) => {
    const first = origins.indexOf(origin);
    return first === place ? [] : [`egress.${place}: ${origin} stands in egress.${first} already; declare it once`];
  });
}

/** A declared host in the words of a message or a page, such as `api.example.com` or `orders.internal.example.com:8443 (private)`. */
export function describeEgressHost(host: EgressHost): string {
  return `${originOf(host)}${host.addresses === 'private' ? ' (private)' : ''}`;
}

function originOf({ host, port }: EgressHost): string {
  return port === HTTPS_PORT ? host : `${host}:${port}`;
}
