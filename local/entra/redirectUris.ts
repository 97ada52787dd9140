import type { Application } from './records.ts';

/** How a client authenticates when it redeems a code: by secret (web), or as a public client. */
export type ClientType = 'web' | 'spa' | 'publicClient';

/**
 * The kind of client that a redirect URI belongs to; undefined when the application has not registered it.
 * URIs are compared as strings, except that the port of a loopback URI is ignored.
 * Source: learn.microsoft.com, "Redirect URI (reply URL) outline and restrictions", section "Localhost exceptions".
 */
export function matchRedirectUri(application: Application, redirectUri: string): ClientType | undefined {
  const registered: [ClientType, readonly string[]][] = [
    ['web', application.web.redirectUris],
    ['spa', application.spa.redirectUris],
    ['publicClient', application.publicClient.redirectUris],
  ];
  return registered.find(([, uris]) => uris.some((uri) => uri === redirectUri || isSameLoopback(uri, redirectUri)))?.[0];
}

function isSameLoopback(registered: string, given: string): boolean {
  const a = parseUrl(registered);
  const b = parseUrl(given);
  if (!a || !b || !isLoopback(a) || b.hash !== '' || b.username !== '' || b.password !== '') return false;
  return a.protocol === b.protocol && a.hostname === b.hostname && a.pathname === b.pathname && a.search === b.search;
}

/** http on localhost or 127.0.0.1. */
export function isLoopback(url: URL): boolean {
  return url.protocol === 'http:' && (url.hostname === 'localhost' || url.hostname === '127.0.0.1');
}

/** The URL, or undefined when the text is none. */
export function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}
