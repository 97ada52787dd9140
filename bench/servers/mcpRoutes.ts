import type { FastifyInstance, onRequestHookHandler } from 'fastify';
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

const offer: Offer = { tools: [lookupFact], resources: [], prompts: [] };
const instance = { id: undefined, slot: 'production', packageDigest: undefined, version: '1.0.0' };
const today = (): string => '2026-11-25';
const log = { error: () => undefined, debug: () => undefined };

/**
 * The MCP routes of the app alone: one declared tool with checked arguments and checked structured output,
 * OpenTelemetry that nobody has started, no log. The one place of the benchmark that knows app/mcp.
 * @param authenticate tells who calls
 */
export function registerRoutes(http: FastifyInstance, authenticate: onRequestHookHandler): void {
  const callIds = createCallIds([new Uint8Array(32)]);
  const methods = createMethods({ ...offer, instance, log, audit: NO_AUDIT, callIds, egress: NO_EGRESS, today });
  registerJsonBody(http);
  http.decorateRequest('principal', null);
  registerMcpRoutes(http, {
    fastPath: createFastPath({ methods, offer, instance, today }),
    sdk: createSdkEndpoint({ methods, offer, instance, requestStateKeys: [new Uint8Array(32)], log }),
    checkParamHeaders: createParamHeaderCheck(offer.tools),
    ending: new Announced(),
    instanceId: undefined,
    telemetry: NO_TELEMETRY,
    audit: NO_AUDIT,
    callIds,
    tools: offer.tools,
    authenticate,
    authorize: (_request, _reply, done) => done(),
    callLimits: { limitCalls: (_request, _reply, done) => done(), endCall: () => undefined },
  });
}
