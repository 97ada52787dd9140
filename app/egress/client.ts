import { lookup as resolveName } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { LIMITS } from '../limits.ts';
import { describeEgressHost, type EgressAddresses, type EgressHost } from '../tools/egressHosts.ts';
import { uninstrumentedAgents } from '../telemetry/uninstrumentedAgents.ts';
import { judgeAddress, type AddressKind } from './addresses.ts';
import { ACCEPTED_ENCODINGS, decoded, limited } from './answerBody.ts';
import type { EgressCall } from './egress.ts';
import { EgressError } from './errors.ts';
import { AddressRefusedError, createJudgedLookup, type Resolve } from './judgedLookup.ts';
import { isAddress, judgeUrl, type IdentityEndpoint } from './judgeUrl.ts';
import { clientHeaderIn, locationOf, redirected, toOutgoing, type EgressInit, type Outgoing } from './outgoing.ts';
import { startRequestSpan, type RequestSpan } from './requestSpan.ts';
import { ConnectTimeoutError, unreachable } from './unreachable.ts';

/** Where the client meets the machine and the network; a test puts loopback in their place. */
export interface EgressEdge {
  readonly resolve: Resolve;
  readonly judge: (address: string) => AddressKind;
  /** Authorities in PEM; those of Node when absent. */
  readonly ca?: string;
  readonly connectTimeoutMs: number;
}

/** What was refused, for the record and the log. */
export interface EgressRefusal {
  readonly host: string | undefined;
  readonly reason: string;
  /** What the name led to. For the log alone. */
  readonly address?: string;
}

export interface EgressClientOptions {
  readonly identityEndpoints: readonly IdentityEndpoint[];
  readonly onRefused: (call: EgressCall, refusal: EgressRefusal) => void;
  readonly edge?: Partial<EgressEdge>;
}

export interface EgressClient {
  fetch(call: EgressCall, url: string | URL, init?: EgressInit): Promise<Response>;
  /** Closes every connection. */
  close(): void;
}

const MACHINE: EgressEdge = { resolve: (host) => resolveName(host, { all: true }), judge: judgeAddress, connectTimeoutMs: LIMITS.egressConnectTimeoutMs };
const DEFAULT_HEADERS: Readonly<Record<string, string>> = { accept: '*/*', 'accept-encoding': ACCEPTED_ENCODINGS, 'user-agent': 'mcp-app-service' };
const MAX_HOST_CHARACTERS = 253;
/** Answers that have no body. Source: Fetch Standard, "null body status". */
const BODYLESS = new Set([204, 205, 304]);
const REASON_PHRASE = /^[\t\x20-\x7e]*$/;

/**
 * The client that tools reach out with. It is built on node:https and not on the platform's `fetch`, which cannot be told how to resolve a name. Each
 * request, and each one that a redirect leads to, goes to a host that the tool declares, over TLS under the name of that host, to an address
 * that was judged. Neither proxies nor the environment have a say in it. docs/decisions/022-egress.md.
 */
export function createEgressClient({ identityEndpoints, onRefused, edge: replaced }: EgressClientOptions): EgressClient {
  const edge = { ...MACHINE, ...replaced };
  // One for each kind of address: a connection to a private address is never used for a host that is declared public.
  const agents: Readonly<Record<EgressAddresses, Agent>> = { public: createAgent(edge.ca), private: createAgent(edge.ca) };

  const refuse = (call: EgressCall, host: string | undefined, reason: string, address?: string): EgressError => {
    onRefused(call, { host: host?.slice(0, MAX_HOST_CHARACTERS), reason, ...(address === undefined ? {} : { address }) });
    const what = host === undefined || isAddress(host) ? 'what the URL names' : `"${host.slice(0, MAX_HOST_CHARACTERS)}"`;
    const declared = call.hosts.length === 0 ? 'It declares no hosts' : `It declares ${call.hosts.map(describeEgressHost).join(', ')}`;
    return new EgressError('MCP_EGRESS_REFUSED', `Tool ${call.tool} may not reach ${what}: ${reason}. ${declared}.`);
  };

  const send = async (call: EgressCall, host: EgressHost, outgoing: Outgoing, signal: AbortSignal, span: RequestSpan): Promise<IncomingMessage> => {
    const lookup = createJudgedLookup({ ...edge, addresses: host.addresses, port: host.port, identityEndpoints });
    const options = {
      ...optionsOf(outgoing, host, host.traceContext ? span.traceHeaders() : {}),
      agent: agents[host.addresses], lookup, connectTimeoutMs: edge.connectTimeoutMs, signal,
    };
    try {
      return await exchange(options);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof AddressRefusedError
        ? refuse(call, host.host, 'its name leads to an address that the tool may not reach', error.address)
        : unreachable(call.tool, host.host, error);
    }
  };

  /** One request and the beginning of its answer, in a span that ends with the answer's body, or with the call. */
  const sendInSpan = async (call: EgressCall, host: EgressHost, outgoing: Outgoing, signal: AbortSignal, resends: number): Promise<Received> => {
    const span = startRequestSpan(outgoing, host.port, resends);
    try {
      const answer = await send(call, host, outgoing, signal, span);
      span.answered(answer.statusCode ?? 0);
      return { answer, host, outgoing, isRedirected: resends > 0, signal, span };
    } catch (error) {
      span.end(errorTypeOf(error));
      throw error;
    }
  };

  return {
    async fetch(call, given, init = {}) {
      const text = String(given);
      if (!URL.canParse(text)) throw refuse(call, undefined, 'it is no URL');
      const signal = init.signal ? AbortSignal.any([call.signal, init.signal]) : call.signal;
      signal.throwIfAborted();
      const url = new URL(text);
      let verdict = judgeUrl(url, call.hosts, identityEndpoints);
      if (!verdict.host) throw refuse(call, url.hostname, verdict.refusal);
      let outgoing = await toOutgoing(url, init);
      const header = clientHeaderIn(outgoing.headers);
      if (header !== undefined) throw refuse(call, url.hostname, `the header "${header}" is not the tool's to set`);
      for (let redirects = 0; ; redirects += 1) {
        const received = await sendInSpan(call, verdict.host, outgoing, signal, redirects);
        const { answer, span } = received;
        const location = init.redirect === 'manual' ? undefined : locationOf(answer.statusCode ?? 0, answer.headers.location);
        if (location === undefined) return toResponse(call, received);
        // Its body may have no end.
        answer.destroy();
        span.end();
        if (init.redirect === 'error') throw new EgressError('MCP_EGRESS_REDIRECTED', `"${outgoing.url.hostname}" answers tool ${call.tool} with a redirect, which the tool does not follow.`);
        if (redirects === LIMITS.egressRedirects) throw new EgressError('MCP_EGRESS_REDIRECTED', `"${url.hostname}" answers tool ${call.tool} with more than ${LIMITS.egressRedirects} redirects.`);
        if (!URL.canParse(location, outgoing.url.href)) throw refuse(call, undefined, `"${outgoing.url.hostname}" redirects to what is no URL`);
        const next = redirected(outgoing, answer.statusCode ?? 0, location);
        verdict = judgeUrl(next.url, call.hosts, identityEndpoints);
        if (!verdict.host) throw refuse(call, next.url.hostname, `"${outgoing.url.hostname}" redirects there, and ${verdict.refusal}`);
        if (next.body !== undefined && next.url.origin !== outgoing.url.origin) throw refuse(call, next.url.hostname, `"${outgoing.url.hostname}" redirects a request with a body there, which goes to no other host than the tool sends it to`);
        outgoing = next;
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Verification of certificates is on whatever the environment says. */
function createAgent(ca: string | undefined): Agent {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: LIMITS.egressSocketsPerOrigin,
    maxFreeSockets: LIMITS.egressIdleSockets,
    timeout: LIMITS.egressIdleSocketMs,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  });
  uninstrumentedAgents.add(agent);
  return agent;
}

function optionsOf({ url, method, headers, body }: Outgoing, { host, port }: EgressHost, traceHeaders: Record<string, string>) {
  return { host, port, servername: host, method, path: `${url.pathname}${url.search}`, headers: { ...DEFAULT_HEADERS, ...Object.fromEntries(headers), ...traceHeaders }, body };
}

interface ExchangeOptions extends ReturnType<typeof optionsOf> {
  readonly agent: Agent;
  readonly lookup: ReturnType<typeof createJudgedLookup>;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Sends a request and waits for the head of its answer. The signal ends it until the body is read. */
async function exchange(options: ExchangeOptions): Promise<IncomingMessage> {
  const { body, connectTimeoutMs, signal, ...rest } = options;
  const answered = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({ ...rest, maxHeaderSize: LIMITS.egressHeaderBytes });
  const stop = (): void => {
    outgoing.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  let connectTimer: NodeJS.Timeout | undefined;
  outgoing
    .once('socket', (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(() => outgoing.destroy(new ConnectTimeoutError(connectTimeoutMs)), connectTimeoutMs);
      socket.once('secureConnect', () => clearTimeout(connectTimer));
    })
    .once('response', (answer) => {
      // A reader hears of it; without one there is nobody to tell.
      answer.on('error', () => undefined);
      answered.resolve(answer);
    })
    .on('error', answered.reject)
    .once('close', () => {
      clearTimeout(connectTimer);
      signal.removeEventListener('abort', stop);
    });
  outgoing.end(body);
  try {
    return await answered.promise;
  } catch (error) {
    // The host has closed an idle connection at the moment in which it was used again. A new one ends this: it is not used again.
    if (outgoing.reusedSocket && !signal.aborted && body === undefined && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return exchange(options);
    throw error;
  }
}

interface Received {
  readonly answer: IncomingMessage;
  readonly host: EgressHost;
  readonly outgoing: Outgoing;
  readonly isRedirected: boolean;
  readonly signal: AbortSignal;
  readonly span: RequestSpan;
}

/** The answer as the platform's class, its body no longer than the tool declares. */
function toResponse({ tool }: EgressCall, { answer, host, outgoing, isRedirected, signal, span }: Received): Response {
  const { statusCode: status = 0, statusMessage = '', rawHeaders } = answer;
  const { maxResponseBytes } = host;
  const endWithCall = (): void => span.end('cancelled');
  const onEnd = (error: unknown): void => {
    signal.removeEventListener('abort', endWithCall);
    span.end(error === undefined ? undefined : errorTypeOf(error));
  };
  const broken = (error: unknown): unknown => (signal.aborted ? signal.reason : unreachable(tool, host.host, error));
  const tooLarge = (): EgressError =>
    new EgressError('MCP_EGRESS_TOO_LARGE', `"${host.host}" answers tool ${tool} with more than the ${maxResponseBytes} bytes that the tool takes from it. Ask for less.`);
  const fail = (error: unknown): never => {
    answer.destroy();
    onEnd(error);
    throw error;
  };
  if (status < 200 || status > 599) return fail(unreachable(tool, host.host, { code: 'HPE_INVALID_STATUS' }));
  const hasBody = outgoing.method !== 'HEAD' && !BODYLESS.has(status);
  if (hasBody && Number(answer.headers['content-length']) > maxResponseBytes) return fail(tooLarge());
  const init = { status, statusText: REASON_PHRASE.test(statusMessage) ? statusMessage : '', headers: headersOf(rawHeaders) };
  const response = new Response(hasBody ? limited(decoded(answer), { maxBytes: maxResponseBytes, tooLarge, broken, onEnd }) : null, init);
  if (hasBody) signal.addEventListener('abort', endWithCall, { once: true });
  else {
    answer.resume();
    onEnd(undefined);
  }
  // The class has no other way to say it.
  return Object.defineProperties(response, { url: { value: outgoing.url.href }, redirected: { value: isRedirected } });
}

function headersOf(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let place = 0; place + 1 < rawHeaders.length; place += 2) headers.append(rawHeaders[place] ?? '', rawHeaders[place + 1] ?? '');
  return headers;
}

function errorTypeOf(error: unknown): string {
  return error instanceof EgressError ? error.code : 'cancelled';
}
