import {
  createMcpHandler, createRequestStateCodec, ProtocolError, ProtocolErrorCode, Server,
  type McpHttpHandler, type McpServerFactory, type ServerOptions, type Tool as ListedTool,
} from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import type { McpTelemetry } from '../telemetry/mcpTelemetry.ts';
import type { Tool } from '../tools/index.ts';
import type { Instance } from '../tools/toolContext.ts';
import { callTool, type ToolCallEnd } from './callTool.ts';
import { requestContextOf } from './requestContext.ts';

export interface McpEndpointOptions {
  readonly tools: readonly Tool[];
  readonly instance: Instance;
  readonly requestStateKey: Uint8Array;
  readonly telemetry: McpTelemetry;
  readonly log: EndpointLog;
}

export interface EndpointLog {
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** How long a client may keep the tool list and the discovery answer, in milliseconds. */
const LIST_TTL_MS = 60_000;

/**
 * The protocol endpoint, stateless: 2026-07-28, and 2025-11-25 clients from the same factory. Each request gets a fresh server of the SDK;
 * all that does not vary is computed here, once.
 * It does not verify tokens, decide about access, or check Host and Origin: the routes in front do.
 */
export function createMcpEndpoint(options: McpEndpointOptions): McpHttpHandler {
  const { instance, log, telemetry } = options;
  const served = options.tools.filter((tool) => tool.lifecycle.stage !== 'disabled');
  const byName = new Map(served.map((tool) => [tool.name, tool]));
  const list = { tools: served.map(toListedTool) };
  const serverInfo = { name: 'mcp-server', title: 'MCP server on Azure App Service', version: instance.version };
  const serverOptions = createServerOptions(options.requestStateKey);

  const factory: McpServerFactory = ({ authInfo, requestInfo }) => {
    const { principal, callId, clientAddress } = requestContextOf(authInfo);
    const server = new Server(serverInfo, serverOptions);
    server.setRequestHandler('tools/list', () => list);
    server.setRequestHandler('tools/call', async (request, { mcpReq }) => {
      const { name, arguments: args } = request.params;
      const tool = byName.get(name);
      if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 64)}. tools/list names the tools of this server.`);
      const span = telemetry.startToolCall({
        tool: tool.name,
        requestId: mcpReq.id,
        meta: mcpReq._meta,
        clientAddress,
        // The SDK has compared the header with the body.
        protocolVersion: requestInfo?.headers.get('mcp-protocol-version') ?? undefined,
      });
      const end = await span.run(() => callTool(tool, args, { principal, instance, callId, signal: mcpReq.signal }));
      span.end(end.outcome);
      logEnd(log, tool, callId, end);
      return end.result;
    });
    return server;
  };

  return createMcpHandler(factory, {
    legacy: 'stateless',
    keepAliveMs: LIMITS.streamKeepAliveMs,
    // No change of a list is ever announced (lists are fixed per process), so that a subscription would hold a stream open for nothing.
    maxSubscriptions: 0,
    onerror: (error) => log.debug({ err: error }, 'MCP request refused'),
  });
}

function createServerOptions(requestStateKey: Uint8Array): ServerOptions {
  const requestState = createRequestStateCodec({
    key: requestStateKey,
    // State minted for one caller and method is refused from another.
    bind: ({ mcpReq, http }) => {
      const { principal } = requestContextOf(http?.authInfo);
      return JSON.stringify([mcpReq.method, principal.tid, principal.oid, principal.azp]);
    },
  });
  const cacheHint = { ttlMs: LIST_TTL_MS, cacheScope: 'private' } as const;
  return {
    capabilities: { tools: {} },
    // The default makes a validator per server, which is per request.
    jsonSchemaValidator: new AjvJsonSchemaValidator(),
    cacheHints: { 'tools/list': cacheHint, 'server/discover': cacheHint },
    requestState: { verify: (state, context) => requestState.verify(state, context) },
  };
}

function toListedTool(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: z.toJSONSchema(tool.input, { io: 'input' }) as ListedTool['inputSchema'],
    outputSchema: z.toJSONSchema(tool.output, { io: 'output' }),
    annotations: { ...tool.annotations },
  };
}

function logEnd(log: EndpointLog, tool: Tool, callId: string, end: ToolCallEnd): void {
  if (end.outcome === 'failed' || end.outcome === 'invalid_result' || end.outcome === 'timeout') {
    log.error({ err: end.error, tool: tool.name, callId, outcome: end.outcome }, 'tool call failed');
  }
}
