import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import { AppError } from '../errors.ts';

/**
 * Makes the check of Host and Origin, against DNS rebinding and calls from foreign pages.
 * The host comes from the request and not from WEBSITE_HOSTNAME: a swapped process keeps the environment of the slot it started in.
 * An absent Origin passes, since only browsers send one.
 * @param allowedHosts lower-case `host` or `host:port`
 */
export function createHostCheck(allowedHosts: readonly string[], allowedOrigins: readonly string[]): onRequestHookHandler {
  const hosts = new Set(allowedHosts.map(withoutDefaultPort));
  const origins = new Set(allowedOrigins);
  return (request, _reply, done) => {
    if (!hosts.has(publicHostOf(request))) return done(new AppError('MCP_HOST_NOT_ALLOWED'));
    const { origin } = request.headers;
    done(origin === undefined || origins.has(origin.toLowerCase()) ? undefined : new AppError('MCP_ORIGIN_NOT_ALLOWED'));
  };
}

/** The name by which the caller reached this server; one of the allowed hosts once the check has passed. */
export function publicHostOf(request: FastifyRequest): string {
  return withoutDefaultPort((request.headers.host ?? '').toLowerCase());
}

/** TLS ends at the front end: whatever the scheme here, the caller used https. */
export function publicOriginOf(request: FastifyRequest): string {
  return `https://${publicHostOf(request)}`;
}

export function publicUrlOf(request: FastifyRequest, path: string): string {
  return `${publicOriginOf(request)}${path}`;
}

function withoutDefaultPort(host: string): string {
  return host.endsWith(':443') ? host.slice(0, -':443'.length) : host;
}
