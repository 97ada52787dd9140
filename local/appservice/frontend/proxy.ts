import { request, type Agent, type ClientRequest, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { SiteSpec } from '../siteSpec.ts';
import { affinityCookies, readAffinity } from './affinity.ts';
import { toClientHeaders, toWorkerHeaders } from './headers.ts';
import { sendPage, type Page } from './pages.ts';
import { chooseSlot, routingCookie } from './slotRouting.ts';

/** A worker as the front end sees it. */
export interface RouteTarget {
  readonly instanceId: string;
  readonly port: number;
  readonly agent: Agent;
  /** A request is sent there. @returns to be called when its answer begins, or none will come; again is harmless */
  enter(): () => void;
}

/** Where requests of one host go at this moment. A swap or a restart changes what is behind it, never the front end. */
export interface Route {
  readonly spec: SiteSpec;
  /**
   * @param preferred instance id that the client is tied to
   * @param refused targets that did not take the connection
   */
  pick(preferred: string | undefined, refused: ReadonlySet<RouteTarget>): RouteTarget | undefined;
  /** The page for when there is no target. */
  readonly pageWithoutTarget: Page;
}

/**
 * The front end of one site or slot: ends TLS, chooses an instance, streams the request there and the answer back.
 * It does not speak plain HTTP, HTTP/2 or WebSockets.
 */
export function createFrontEnd({ route, routeOfHost, random, idleLimitMs }: FrontEndOptions): RequestListener {
  return (incoming, response) => {
    const current = route();
    if (!current) return sendPage(response, 'unavailable');
    const address = incoming.socket.remoteAddress ?? '';
    if (!current.spec.admits({ address, headers: incoming.headers })) {
      response.setHeader('x-ms-forbidden-ip', address);
      return sendPage(response, 'blocked');
    }
    const slot = chooseSlot(current.spec.slotRules, { url: incoming.url ?? '/', headers: incoming.headers }, random);
    forward({
      incoming,
      response,
      site: current.spec,
      route: (slot?.host === undefined ? undefined : routeOfHost(slot.host)) ?? current,
      cookies: slot?.isNew ? [routingCookie(slot.name, current.spec.host)] : [],
      idleLimitMs,
      refused: new Set(),
      preferred: readAffinity(current.spec.affinity, incoming.headers),
    });
  };
}

export interface FrontEndOptions {
  /** Asked anew for each request; undefined when the site is gone. */
  readonly route: () => Route | undefined;
  /** The route of another slot of the site, by its host with port. */
  readonly routeOfHost: (host: string) => Route | undefined;
  /** Draws the slot of a client where the site has rules for it: a number from 0 to below 1. */
  readonly random: () => number;
  readonly idleLimitMs: number;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** The site that was asked. */
  readonly site: SiteSpec;
  /** The slot that answers. */
  readonly route: Route;
  /** Set-Cookie lines beside the affinity's. */
  readonly cookies: readonly string[];
  readonly idleLimitMs: number;
  readonly refused: Set<RouteTarget>;
  readonly preferred: string | undefined;
}

function forward(exchange: Exchange): void {
  const { incoming, response, site, route, idleLimitMs } = exchange;
  const target = route.pick(exchange.preferred, exchange.refused);
  if (!target) return sendPage(response, exchange.refused.size > 0 ? 'badGateway' : route.pageWithoutTarget);
  const outgoing = request({
    host: '127.0.0.1',
    port: target.port,
    agent: target.agent,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: toWorkerHeaders(incoming, route.spec),
    setHost: false,
  });
  const answered = target.enter();
  outgoing.once('close', answered);
  let finished = false;
  const finish = (page: Page): void => {
    if (finished) return;
    finished = true;
    outgoing.destroy();
    // Part of an answer is out: only a cut connection tells the client that it is not whole.
    if (response.headersSent) response.destroy();
    else sendPage(response, page);
  };
  const abandon = (): void => {
    finished = true;
    outgoing.destroy();
  };
  // The client has gone before its answer was complete: the worker is told.
  response.once('close', abandon);
  outgoing.setTimeout(idleLimitMs, () => finish('timedOut'));
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    if (finished) return;
    // The process has probably gone: idle connections to it would fail one request each, where a new connection is refused and the
    // request goes to another worker.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') closeIdleConnections(target.agent);
    if (mayRetry(error, outgoing, incoming, response)) {
      finished = true;
      response.off('close', abandon);
      exchange.refused.add(target);
      forward(exchange);
    } else finish('badGateway');
  });
  outgoing.once('response', (answer) => {
    answered();
    answer.once('error', () => finish('badGateway'));
    answer.once('aborted', () => finish('badGateway'));
    const cookies = site.affinity.enabled && target.instanceId !== exchange.preferred ? affinityCookies(site.affinity, target.instanceId, site.host, incoming.headers) : [];
    const headers = [...toClientHeaders(answer), ...[...exchange.cookies, ...cookies].map((cookie): [string, string] => ['Set-Cookie', cookie])];
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers.flat());
    // An event stream may say nothing for long: its head goes out at once.
    response.flushHeaders();
    answer.pipe(response);
  });
  whenConnected(outgoing, () => incoming.pipe(outgoing));
}

/** The body is touched only once a worker has taken the connection: until then another worker can have the request. */
function whenConnected(outgoing: ClientRequest, act: () => void): void {
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', act);
    else act();
  });
}

function closeIdleConnections(agent: Agent): void {
  for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

/**
 * A request that certainly reached no worker goes to another one; so does a harmless one without a body whose
 * kept connection turned out to be closed.
 */
function mayRetry(error: NodeJS.ErrnoException, outgoing: ClientRequest, incoming: IncomingMessage, response: ServerResponse): boolean {
  if (response.headersSent || response.destroyed) return false;
  if (error.code === 'ECONNREFUSED') return true;
  const harmless = ['GET', 'HEAD', 'OPTIONS'].includes(incoming.method ?? '') && incoming.headers['content-length'] === undefined && incoming.headers['transfer-encoding'] === undefined;
  return harmless && outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
