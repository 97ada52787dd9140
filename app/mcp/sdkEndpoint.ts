import {
  CLIENT_CAPABILITIES_META_KEY, createMcpHandler, createRequestStateCodec, Server,
  type ClientCapabilities, type McpHttpHandler, type McpServerFactory, type RequestStateCodec, type ServerContext, type ServerOptions,
} from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { withoutTokens } from '../access/withoutTokens.ts';
import type { AcceptedKeys } from '../identity/requestStateKeys.ts';
import { LIMITS } from '../limits.ts';
import type { Exchange, Instance } from '../tools/toolContext.ts';
import { CACHE_HINT, CACHEABLE_METHODS, capabilitiesOf, serverInfoOf } from './identity.ts';
import type { MethodCall, Methods, Offer } from './methods.ts';
import { requestContextOf } from './requestContext.ts';

export interface SdkEndpointOptions {
  readonly methods: Methods;
  readonly offer: Offer;
  readonly instance: Instance;
  readonly requestStateKeys: AcceptedKeys;
  readonly log: { debug(fields: object, message: string): void };
}

/**
 * The protocol endpoint of the SDK over the methods, stateless: 2026-07-28, and 2025-11-25 clients from the same factory. It serves what
 * streams, asks or is malformed; the rest takes the fast path, whose answers it defines (test/app/mcp/differential.test.ts).
 * Each request gets a fresh server. It does not verify tokens, decide about access, or check Host and Origin: the routes in front do.
 */
export function createSdkEndpoint({ methods, offer, instance, requestStateKeys, log }: SdkEndpointOptions): McpHttpHandler {
  const serverInfo = serverInfoOf(instance);
  const requestState = createStateCodec(requestStateKeys);
  const serverOptions: ServerOptions = {
    capabilities: capabilitiesOf(offer),
    // The default makes a validator per server, which is per request.
    jsonSchemaValidator: new AjvJsonSchemaValidator(),
    cacheHints: Object.fromEntries(CACHEABLE_METHODS.map((method) => [method, CACHE_HINT])),
    requestState: { verify: (state, context) => requestState.verify(state, context) },
  };

  const factory: McpServerFactory = ({ authInfo, requestInfo }) => {
    const context = requestContextOf(authInfo);
    // The SDK has compared the header with the body.
    const protocolVersion = requestInfo?.headers.get('mcp-protocol-version') ?? undefined;
    const callOf = (ctx: ServerContext): MethodCall => ({
      context, protocolVersion, requestId: ctx.mcpReq.id, meta: ctx.mcpReq._meta, exchange: exchangeOf(ctx, requestState),
    });
    const server = new Server(serverInfo, serverOptions);
    server.setRequestHandler('tools/list', ({ params }) => methods.listTools(params, context.principal));
    server.setRequestHandler('tools/call', ({ params }, ctx) => methods.callTool(params, callOf(ctx)));
    if (offer.resources.length > 0) {
      server.setRequestHandler('resources/list', ({ params }) => methods.listResources(params, context.principal));
      server.setRequestHandler('resources/templates/list', ({ params }) => methods.listResourceTemplates(params, context.principal));
      server.setRequestHandler('resources/subscribe', ({ params }) => methods.acceptSubscription(params));
      server.setRequestHandler('resources/unsubscribe', ({ params }) => methods.acceptSubscription(params));
      server.setRequestHandler('resources/read', ({ params }, ctx) => methods.readResource(params, callOf(ctx)));
    }
    if (offer.prompts.length > 0) {
      server.setRequestHandler('prompts/list', ({ params }) => methods.listPrompts(params, context.principal));
      server.setRequestHandler('prompts/get', ({ params }, ctx) => methods.getPrompt(params, callOf(ctx)));
    }
    if (serverOptions.capabilities?.completions) server.setRequestHandler('completion/complete', ({ params }) => methods.complete(params));
    return server;
  };

  return createMcpHandler(factory, {
    legacy: 'stateless',
    keepAliveMs: LIMITS.streamKeepAliveMs,
    // They are acknowledged and stay silent: no list and no resource changes while a process lives.
    maxSubscriptions: LIMITS.maxSubscriptions,
    // The message quotes what was sent, and stands in the stack as well.
    onerror: (error) => log.debug({ error: error.name, reason: withoutTokens(error.message) }, 'MCP request refused'),
  });
}

/** State minted for one caller and method is refused from another. The first key mints; what any of them minted is accepted. */
function createStateCodec(keys: AcceptedKeys): RequestStateCodec {
  const bind = ({ mcpReq, http }: ServerContext): string => {
    const { principal } = requestContextOf(http?.authInfo);
    return JSON.stringify([mcpReq.method, principal.tid, principal.oid, principal.azp]);
  };
  const codecOf = (key: Uint8Array): RequestStateCodec => createRequestStateCodec({ key, ttlSeconds: LIMITS.requestStateTtlSeconds, bind });
  const [first, ...others] = keys;
  const minting = codecOf(first);
  const accepting = others.map(codecOf);
  return {
    mint: (state, context) => minting.mint(state, context),
    async verify(state, context) {
      try {
        return await minting.verify(state, context);
      } catch (error) {
        let reason = error;
        for (const codec of accepting) {
          // Only what another key may have sealed: what this one has sealed, and is expired or another's, stays refused.
          if (!isOfAnotherKey(reason)) break;
          try {
            return await codec.verify(state, context);
          } catch (refusal) {
            reason = refusal;
          }
        }
        throw reason;
      }
    },
  };
}

/** The codec's word for a seal that is not by its key. Source: @modelcontextprotocol/server, RequestStateCodec.verify. */
function isOfAnotherKey(error: unknown): boolean {
  return error instanceof Error && error.message === 'mac';
}

function exchangeOf(ctx: ServerContext, requestState: RequestStateCodec): Exchange {
  const token = ctx.mcpReq._meta?.progressToken;
  return {
    progress(update) {
      if (token === undefined) return;
      // The stream may be gone; the departure of the call tells the tool.
      void ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, ...update } }).catch(() => undefined);
    },
    log(level, data) {
      void ctx.mcpReq.log(level, data).catch(() => undefined);
    },
    clientCapabilities: (ctx.mcpReq.envelope as Partial<Record<string, ClientCapabilities>> | undefined)?.[CLIENT_CAPABILITIES_META_KEY],
    inputResponses: ctx.mcpReq.inputResponses,
    get state() {
      return ctx.mcpReq.requestState();
    },
    sealState: (state) => requestState.mint(state, ctx),
  };
}
