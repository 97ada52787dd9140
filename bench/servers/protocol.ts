import { fastify } from 'fastify';
import { createMcpEndpoint } from '../../app/mcp/endpoint.ts';
import { registerMcpRoutes } from '../../app/mcp/routes.ts';
import { createMcpTelemetry } from '../../app/telemetry/mcpTelemetry.ts';
import { lookupFact } from '../../app/tools/lookup-fact/tool.ts';
import type { Principal } from '../../app/tools/principal.ts';
import { listenOnLoopback } from './listen.ts';

/**
 * The MCP routes of the app alone: one declared tool with checked arguments and checked structured output, a fixed caller,
 * OpenTelemetry that nobody has started, no log. The one place of the benchmark that knows app/mcp.
 */
const caller: Principal = { kind: 'app', oid: 'caller', tid: 'tenant', azp: 'client', idtyp: 'app', name: undefined, roles: [], scopes: [] };

const http = fastify();
http.decorateRequest('principal', null);
registerMcpRoutes(http, {
  endpoint: createMcpEndpoint({
    tools: [lookupFact],
    instance: { id: undefined, slot: 'production', packageDigest: undefined, version: '1.0.0' },
    requestStateKey: new Uint8Array(32),
    telemetry: createMcpTelemetry(),
    log: { error: () => undefined, debug: () => undefined },
  }),
  instanceId: undefined,
  authenticate: async (request) => {
    request.principal = caller;
  },
  authorize: async () => undefined,
});
await listenOnLoopback(http);
