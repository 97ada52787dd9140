import { LATEST_PROTOCOL_VERSION, ProtocolError, PROTOCOL_VERSION_META_KEY, SERVER_INFO_META_KEY, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../tools/principal.ts';
import type { Exchange, Instance } from '../tools/toolContext.ts';
import { UMBRELLA_ROLE } from '../tools/wellKnownAccess.ts';
import { CACHE_HINT, CACHEABLE_METHODS, capabilitiesOf, serverInfoOf } from './identity.ts';
import { createMessageChecks, isJsonMethod, type Era, type JsonMethod, type RequestMessage } from './messages.ts';
import type { MethodCall, Methods, Offer } from './methods.ts';
import type { RequestContext } from './requestContext.ts';

/** The protocol version that needs no handshake. */
export const MODERN_VERSION = '2026-07-28';

export interface FastPathOptions {
  readonly methods: Methods;
  readonly offer: Offer;
  readonly instance: Instance;
  /** YYYY-MM-DD, in UTC. */
  readonly today: () => string;
}

/** What the fast path does with a request: a notification needs no answer, `undefined` leaves it to the SDK. */
export type FastAnswer =
  | { readonly kind: 'notification' }
  | { readonly kind: 'request'; answer(context: RequestContext): string | Promise<string> };

export interface FastPath {
  /**
   * Decides by the body, and by what the catalogue declares; headers are compared only.
   * @returns undefined for what streams, asks, or is not well-formed: the SDK serves or refuses it
   */
  accept(body: unknown, headers: IncomingHttpHeaders): FastAnswer | undefined;
}

const LEGACY_VERSIONS: ReadonlySet<string> = new Set(SUPPORTED_PROTOCOL_VERSIONS);
/** The parameter that the Mcp-Name header repeats. Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http, "Standard headers". */
const NAMED_BY: Partial<Record<JsonMethod, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };
/** For tools that declare no interaction: what they say beside the answer reaches nobody. */
const NO_EXCHANGE: Exchange = {
  progress: () => undefined,
  log: () => undefined,
  clientCapabilities: undefined,
  inputResponses: undefined,
  state: undefined,
  sealState: () => Promise.reject(new Error('A tool seals state only when it declares interaction "asking".')),
};

/**
 * Answers what JSON can answer without a server, a transport or a web request per call: the same methods as the SDK's endpoint, answers
 * spliced from precomputed parts. docs/decisions/016-fast-path.md.
 */
export function createFastPath({ methods, offer, instance, today }: FastPathOptions): FastPath {
  const checks = createMessageChecks(MODERN_VERSION);
  const serverInfo = serverInfoOf(instance);
  const capabilities = capabilitiesOf(offer);
  const withInteraction = new Set(offer.tools.filter((tool) => tool.interaction !== 'none').map((tool) => tool.name));
  const askingPrompts = new Set(offer.prompts.filter((prompt) => prompt.interaction !== 'none').map((prompt) => prompt.name));
  const tails = tailsOf(serverInfo);
  const callTail = `,${JSON.stringify({ [SERVER_INFO_META_KEY]: serverInfo }).slice(1)},"resultType":"complete"}`;
  const firstPages = createFirstPages(methods, offer, tails, today);
  const discovery = finish({ supportedVersions: [MODERN_VERSION], capabilities }, tails['server/discover']);

  const isServed = (method: JsonMethod): boolean => {
    if (method.startsWith('resources/')) return offer.resources.length > 0;
    if (method.startsWith('prompts/')) return offer.prompts.length > 0;
    return method !== 'completion/complete' || capabilities.completions !== undefined;
  };

  const resultOf = (era: Era, method: JsonMethod, params: RequestMessage['params'], call: MethodCall): string | Promise<string> => {
    const tail = era === 'modern' ? tails[method] : '';
    if (params?.['cursor'] === undefined) {
      const page = firstPages(era, method, call.context.principal);
      if (page !== undefined) return page;
    }
    // The parameters have been checked against the schema of the method.
    switch (method) {
      case 'server/discover':
        return discovery;
      case 'initialize':
        return JSON.stringify({ protocolVersion: negotiate(params?.['protocolVersion']), capabilities, serverInfo });
      case 'ping':
        return '{}';
      case 'tools/list':
        return finish(methods.listTools(params as never, call.context.principal), tail);
      case 'resources/list':
        return finish(methods.listResources(params as never, call.context.principal), tail);
      case 'resources/templates/list':
        return finish(methods.listResourceTemplates(params as never, call.context.principal), tail);
      case 'prompts/list':
        return finish(methods.listPrompts(params as never, call.context.principal), tail);
      case 'completion/complete':
        return finish(methods.complete(params as never), tail);
      case 'tools/call':
        return finishCall(methods.callToolAsJson(params as never, call), era === 'modern' ? callTail : CALL_END);
      case 'resources/read':
        return finishWhenDone(methods.readResource(params as never, call), tail);
      case 'prompts/get':
        return finishWhenDone(methods.getPrompt(params as never, call), tail);
    }
  };

  return {
    accept(body, headers) {
      if (!isRecord(body)) return undefined;
      const { method } = body;
      const era = eraOf(body, headers);
      if (era === undefined || (era === 'legacy' && !acceptsBoth(headers.accept))) return undefined;
      if (!('id' in body)) {
        return headersFit(era, body, headers, undefined) && checks.isNotification(era, body) ? { kind: 'notification' } : undefined;
      }
      if (!isJsonMethod(method) || !isServed(method) || !headersFit(era, body, headers, NAMED_BY[method])) return undefined;
      if (!checks.isRequest(era, method, body)) return undefined;
      const message = body as unknown as RequestMessage;
      const name = message.params?.['name'];
      if (method === 'tools/call' && withInteraction.has(name as string)) return undefined;
      if (method === 'prompts/get' && askingPrompts.has(name as string)) return undefined;
      return {
        kind: 'request',
        answer(context) {
          const call: MethodCall = {
            context,
            requestId: message.id,
            meta: message.params?._meta,
            protocolVersion: era === 'modern' ? MODERN_VERSION : headerOf(headers, 'mcp-protocol-version'),
            exchange: NO_EXCHANGE,
          };
          try {
            const result = resultOf(era, method, message.params, call);
            return typeof result === 'string' ? answerWith(message.id, result) : result.then((text) => answerWith(message.id, text), (error: unknown) => errorAnswer(message.id, error));
          } catch (error) {
            return errorAnswer(message.id, error);
          }
        },
      };
    },
  };
}

/** What follows a result of 2026-07-28: that it is complete, how long it may be kept, and who answered. */
function tailsOf(serverInfo: object): Record<string, string> {
  const common = { resultType: 'complete', _meta: { [SERVER_INFO_META_KEY]: serverInfo } };
  const cacheable: ReadonlySet<string> = new Set(CACHEABLE_METHODS);
  const tail = (method: string): string => JSON.stringify({ ...common, ...(cacheable.has(method) ? CACHE_HINT : {}) }).slice(1);
  return Object.fromEntries(['tools/call', 'prompts/get', 'completion/complete', ...CACHEABLE_METHODS].map((method) => [method, tail(method)]));
}

/** Joins a result with its tail, both JSON objects; a result of an earlier version has none. */
function finish(result: object, tail: string | undefined): string {
  const text = JSON.stringify(result);
  if (!tail) return text;
  return text === '{}' ? `{${tail}` : `${text.slice(0, -1)},${tail}`;
}

function finishWhenDone(result: object | Promise<object>, tail: string | undefined): string | Promise<string> {
  return result instanceof Promise ? result.then((settled: object) => finish(settled, tail)) : finish(result, tail);
}

/** Ends the `_meta` and the result of a tool call, where nothing is to be added. */
const CALL_END = '}}';

function finishCall(result: string | Promise<string>, tail: string): string | Promise<string> {
  return typeof result === 'string' ? result + tail : result.then((text) => text + tail);
}

/** Sets of roles whose lists are kept; beyond them they are made for each request. */
const MAX_KEPT_SETS = 64;
/** The methods whose first pages are kept; no other asks for the day. */
const LISTS: ReadonlySet<JsonMethod> = new Set<JsonMethod>(['tools/list', 'resources/templates/list', 'prompts/list']);
type Page = (era: Era, method: JsonMethod, caller: Principal) => string | undefined;

/**
 * The first pages of the lists, by what the caller holds roles for: most callers hold one of a few sets. They are fixed for a day: on the next,
 * a tool may be retired.
 */
function createFirstPages(methods: Methods, offer: Offer, tails: Record<string, string>, today: () => string): Page {
  const opening = [...new Set([...offer.tools, ...offer.resources, ...offer.prompts].map(({ access }) => access.role)), UMBRELLA_ROLE];
  const sets = new WeakMap<Principal, string>();
  const kept = new Map<string, Record<Era, ReadonlyMap<JsonMethod, string>>>();
  let day = '';
  const setOf = (caller: Principal): string => {
    let set = sets.get(caller);
    if (set === undefined) sets.set(caller, (set = opening.map((role) => (caller.roles.includes(role) ? '1' : '0')).join('')));
    return set;
  };
  return (era, method, caller) => {
    if (!LISTS.has(method)) return undefined;
    const current = today();
    if (current !== day) {
      day = current;
      kept.clear();
    }
    const set = setOf(caller);
    let pages = kept.get(set);
    if (!pages) {
      if (kept.size >= MAX_KEPT_SETS) return undefined;
      kept.set(set, (pages = pagesFor(caller, methods, offer, tails)));
    }
    return pages[era].get(method);
  };
}

function pagesFor(caller: Principal, methods: Methods, offer: Offer, tails: Record<string, string>): Record<Era, ReadonlyMap<JsonMethod, string>> {
  const lists: [JsonMethod, object][] = [['tools/list', methods.listTools(undefined, caller)]];
  if (offer.resources.length > 0) lists.push(['resources/templates/list', methods.listResourceTemplates(undefined, caller)]);
  if (offer.prompts.length > 0) lists.push(['prompts/list', methods.listPrompts(undefined, caller)]);
  return {
    modern: new Map(lists.map(([method, list]) => [method, finish(list, tails[method])])),
    legacy: new Map(lists.map(([method, list]) => [method, finish(list, undefined)])),
  };
}

function answerWith(id: string | number, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

function errorAnswer(id: string | number, error: unknown): string {
  // Anything else is a defect of ours, for the error handler of the routes.
  if (!(error instanceof ProtocolError)) throw error;
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code: error.code, message: error.message, ...(error.data === undefined ? {} : { data: error.data }) } });
}

/** The era that the body claims, with a header that does not contradict it; undefined when they do not fit. */
function eraOf(body: Readonly<Record<string, unknown>>, headers: IncomingHttpHeaders): Era | undefined {
  const version = headerOf(headers, 'mcp-protocol-version');
  if (claimOf(body) === undefined) {
    if (version === undefined) return 'legacy';
    return LEGACY_VERSIONS.has(version) ? 'legacy' : undefined;
  }
  return version === MODERN_VERSION ? 'modern' : undefined;
}

function claimOf({ params }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(params) && isRecord(params['_meta']) ? params['_meta'][PROTOCOL_VERSION_META_KEY] : undefined;
}

/** In 2026-07-28 the headers repeat what the body says. An encoded or missing one is for the SDK to read. */
function headersFit(era: Era, body: Readonly<Record<string, unknown>>, headers: IncomingHttpHeaders, namedBy: string | undefined): boolean {
  if (era === 'legacy') return true;
  if (headerOf(headers, 'mcp-method') !== body['method']) return false;
  return namedBy === undefined || (isRecord(body['params']) && headerOf(headers, 'mcp-name') === body['params'][namedBy]);
}

/** Source: Model Context Protocol 2025-11-25, basic/transports, "Sending Messages to the Server": the client accepts both. */
function acceptsBoth(accept: string | undefined): boolean {
  return accept !== undefined && accept.includes('application/json') && accept.includes('text/event-stream');
}

function negotiate(requested: unknown): string {
  return typeof requested === 'string' && LEGACY_VERSIONS.has(requested) ? requested : LATEST_PROTOCOL_VERSION;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
