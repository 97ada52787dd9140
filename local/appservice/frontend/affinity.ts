import type { IncomingHttpHeaders } from 'node:http';
import type { Affinity } from '../siteSpec.ts';

const NAMES = ['ARRAffinity', 'ARRAffinitySameSite'] as const;

/**
 * The instance that a request asks for by its affinity cookies. A site without affinity does not look at them.
 * Source: learn.microsoft.com, "Configure an App Service app", section "Configure general settings", Session affinity.
 */
export function readAffinity(affinity: Affinity, headers: IncomingHttpHeaders): string | undefined {
  if (!affinity.enabled) return undefined;
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    if (NAMES.some((known) => known === name) && /^[0-9a-f]{64}$/.test(value)) return value;
  }
  return undefined;
}

/**
 * The Set-Cookie lines that tie a client to an instance.
 * @param host the site's own host, with or without port: the cookies' domain unless a proxy in front names another
 */
export function affinityCookies(affinity: Affinity, instanceId: string, host: string, headers: IncomingHttpHeaders): string[] {
  const domain = domainOf((affinity.proxy && readForwardedHost(headers)) || host);
  const partitioned = affinity.partitioned ? ';Partitioned' : '';
  return [
    `ARRAffinity=${instanceId};Path=/;HttpOnly;Secure;Domain=${domain}${partitioned}`,
    `ARRAffinitySameSite=${instanceId};Path=/;HttpOnly;SameSite=None;Secure;Domain=${domain}${partitioned}`,
  ];
}

function readForwardedHost(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-forwarded-host'];
  const first = (Array.isArray(given) ? given[0] : given)?.split(',')[0]?.trim();
  // It comes from the client: nothing but a host may reach the cookie.
  return first !== undefined && /^[\w.-]+(:\d+)?$/.test(first) ? first : undefined;
}

function domainOf(host: string): string {
  return host.replace(/:\d+$/, '');
}
