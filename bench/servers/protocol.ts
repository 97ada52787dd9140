import { fastify } from 'fastify';
import { NO_AUDIT } from '../../app/audit/audit.ts';
import { createCallIds } from '../../app/audit/callIds.ts';
import { NO_EGRESS } from '../../app/egress/egress.ts';
import { Announced } from '../../app/mcp/departure.ts';
import { createFastPath } from '../../app/mcp/fastPath.ts';
import { createMethods, type Offer } from '../../app/mcp/methods.ts';
import { createParamHeaderCheck } from '../../app/mcp/paramHeaderCheck.ts';
import { registerMcpRoutes } from '../../app/mcp/routes.ts';
import { createSdkEndpoint } from '../../app/mcp/sdkEndpoint.ts';
import { registerJsonBody } from '../../app/plugins/jsonBody.ts';
import { NO_TELEMETRY } from '../../app/telemetry/requestTelemetry.ts';
import { lookupFact } from '../../app/tools/lookup-fact/tool.ts';
import { UMBRELLA_ROLE } from '../../app/tools/wellKnownAccess.ts';
import type { Principal } from '../../app/tools/principal.ts';
import { listenOnLoopback } from './listen.ts';

/**
 * The MCP routes of the app alone: one declared tool with checked arguments and checked structured output, a fixed caller,
 * OpenTelemetry that nobody has started, no log. The one place of the benchmark that knows app/mcp.
 */
const caller: Principal = { kind: 'app', oid: 'caller', tid: 'tenant', azp: 'client', idtyp: 'app', name: undefined, agent: undefined, roles: [UMBRELLA_ROLE], scopes: [] };
const offer: Offer = { tools: [lookupFact], resources: [], prompts: [] };
const instance = { id: undefined, slot: 'production', packageDigest: undefined, version: '1.0.0' };
const log = { error: () => undefined, debug: () => undefined };
const callIds = createCallIds(new Uint8Array(32));
const methods = createMethods({ ...offer, instance, log, audit: NO_AUDIT, callIds, egress: NO_EGRESS });

const http = fastify();
registerJsonBody(http);
http.decorateRequest('principal', null);
registerMcpRoutes(http, {
  fastPath: createFastPath({ methods, offer, instance }),
  sdk: createSdkEndpoint({ methods, offer, instance, requestStateKey: new Uint8Array(32), log }),
  checkParamHeaders: createParamHeaderCheck(offer.tools),
  ending: new Announced(),
  instanceId: undefined,
  telemetry: NO_TELEMETRY,
  audit: NO_AUDIT,
  callIds,
  tools: offer.tools,
  authenticate: (request, _reply, done) => {
    request.principal = caller;
    done();
  },
  authorize: (_request, _reply, done) => done(),
});
await listenOnLoopback(http);
