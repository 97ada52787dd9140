import { isIP } from 'node:net';
import type { EgressHost } from '../tools/egressHosts.ts';

/** Where the platform hands out tokens of the managed identity. */
export interface IdentityEndpoint {
  /** As in a URL: a name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** @param text an http or https URL */
export function toIdentityEndpoint(text: string): IdentityEndpoint {
  const url = new URL(text);
  return { host: withoutBrackets(url.hostname), port: portOf(url) };
}

export type UrlVerdict =
  | { readonly host: EgressHost; readonly refusal?: undefined }
  /** Why, in words that fit after "may not reach it: ". */
  | { readonly host?: undefined; readonly refusal: string };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Judges a URL, by the tool or by a redirect, before any name is resolved. A host is declared when its name is the same, letter by letter, once the
 * URL is parsed: that makes upper case and IDN equal, and not a name with a dot at its end.
 */
export function judgeUrl(url: URL, declared: readonly EgressHost[], identityEndpoints: readonly IdentityEndpoint[]): UrlVerdict {
  if (url.protocol !== 'https:') return { refusal: 'only https is spoken' };
  if (url.username !== '' || url.password !== '') return { refusal: 'the URL holds a user name or a password; credentials go into a header' };
  const port = portOf(url);
  if (identityEndpoints.some((endpoint) => endpoint.port === port && endpoint.host === withoutBrackets(url.hostname))) return { refusal: 'the platform hands out tokens there' };
  if (isAddress(url.hostname)) return { refusal: 'an address stands in place of a host name' };
  const ofName = declared.filter(({ host }) => host === url.hostname);
  if (ofName.length === 0) return { refusal: 'the host is not declared' };
  const host = ofName.find((entry) => entry.port === port);
  return host ? { host } : { refusal: `port ${port} of the host is not declared` };
}

/** Whether the host of a parsed URL is an address: the parser has already made dotted decimals of decimal, octal, hexadecimal and short ones. */
export function isAddress(hostname: string): boolean {
  return isIP(withoutBrackets(hostname)) !== 0;
}

function portOf({ protocol, port }: URL): number {
  return port === '' ? DEFAULT_PORTS[protocol] ?? 0 : Number(port);
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
