import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { SiteSpec } from '../siteSpec.ts';

/** Headers of one connection, not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'];
/** Only the platform's own authentication writes these. Source: "Work with user identities in Azure App Service authentication". */
const PLATFORM_ONLY = /^x-ms-(client-principal|token-)/;

/**
 * The headers that a worker sees: the client's, with what the front end adds or overrides. Host stays as the client sent it,
 * and so does X-Forwarded-Host, which App Service does not set: it proves nothing.
 * Sources: learn.microsoft.com, "Configure a Node.js app", section "Detect HTTPS session"; the other names as a deployed app receives them.
 */
export function toWorkerHeaders(incoming: IncomingMessage, spec: SiteSpec): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const dropped = hopByHop(incoming.headers.connection);
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (!values || dropped.has(name) || PLATFORM_ONLY.test(name)) continue;
    headers[name] = values.length === 1 ? (values[0] as string) : values;
  }
  // A second Host line must not reach the worker: which of the two counts would be anybody's guess.
  headers['host'] = incoming.headers.host ?? spec.host;
  // The length is unknown: without this a GET or DELETE with a body would lose it.
  if (incoming.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  const { remoteAddress = '', remotePort = 0 } = incoming.socket;
  const client = `${remoteAddress}:${remotePort}`;
  const before = incoming.headers['x-forwarded-for'];
  const url = incoming.url ?? '/';
  return {
    ...headers,
    'max-forwards': '10',
    'x-arr-log-id': randomUUID(),
    'client-ip': client,
    'x-client-ip': remoteAddress,
    'x-client-port': String(remotePort),
    'disguised-host': headers['host'],
    'x-site-deployment-id': spec.slotName === undefined ? spec.siteName : `${spec.siteName}__${spec.slotName}`,
    'was-default-hostname': spec.host,
    'x-appservice-proto': 'https',
    'x-forwarded-proto': 'https',
    'x-forwarded-tlsversion': tlsVersion(incoming),
    'x-arr-ssl': '2048|256|CN=Local Azure authority (this machine only)|CN=Local Azure',
    'x-forwarded-for': before === undefined ? client : `${Array.isArray(before) ? before.join(', ') : before}, ${client}`,
    'x-original-url': url,
    'x-waws-unencoded-url': url,
  };
}

/** A worker's response headers without those of its connection; repeated ones stay repeated. */
export function toClientHeaders(answer: IncomingMessage): [string, string][] {
  const dropped = hopByHop(answer.headers.connection);
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] as string;
    if (!dropped.has(name.toLowerCase())) headers.push([name, answer.rawHeaders[index + 1] as string]);
  }
  return headers;
}

function hopByHop(connection: string | undefined): Set<string> {
  return new Set([...HOP_BY_HOP, ...(connection ?? '').split(',').map((name) => name.trim().toLowerCase())]);
}

function tlsVersion(incoming: IncomingMessage): string {
  return (incoming.socket as Partial<TLSSocket>).getProtocol?.()?.replace('TLSv', '') ?? '';
}
