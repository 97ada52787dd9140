import { fastify, type FastifyInstance } from 'fastify';
import { NO_AUDIT } from '../../../../app/audit/audit.ts';
import type { CallIds } from '../../../../app/audit/callIds.ts';
import { NO_EGRESS } from '../../../../app/egress/egress.ts';
import { Announced } from '../../../../app/mcp/departure.ts';
import { createFastPath, type FastPath } from '../../../../app/mcp/fastPath.ts';
import { createMethods, type Offer } from '../../../../app/mcp/methods.ts';
import { createParamHeaderCheck } from '../../../../app/mcp/paramHeaderCheck.ts';
import { registerMcpRoutes } from '../../../../app/mcp/routes.ts';
import { createSdkEndpoint } from '../../../../app/mcp/sdkEndpoint.ts';
import { registerJsonBody } from '../../../../app/plugins/jsonBody.ts';
import { NO_TELEMETRY } from '../../../../app/telemetry/requestTelemetry.ts';
import { UMBRELLA_ROLE } from '../../../../app/tools/wellKnownAccess.ts';
import type { Principal } from '../../../../app/tools/principal.ts';
import type { Instance } from '../../../../app/tools/toolContext.ts';

const principal: Principal = { kind: 'app', oid: 'o', tid: 't', azp: 'a', idtyp: 'app', name: undefined, agent: undefined, roles: [UMBRELLA_ROLE], scopes: [] };
const instance: Instance = { id: 'instance-a', slot: 'production', packageDigest: undefined, version: '1.2.3' };

const callIds: CallIds = { create: () => 'call-1', belongsTo: () => false };

export interface Pair {
  /** The routes as they are served. */
  readonly fast: FastifyInstance;
  /** The same routes, all of which the SDK serves. */
  readonly sdk: FastifyInstance;
  /** What the fast path accepted, by `era method`. */
  readonly accepted: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Two servers over one catalogue, without authentication, with the same call id for each call. */
export async function createPair(offer: Offer): Promise<Pair> {
  const log = { error: () => undefined, debug: () => undefined };
  const today = (): string => '2026-11-25';
  const methods = createMethods({ ...offer, instance, log, audit: NO_AUDIT, callIds, egress: NO_EGRESS, today });
  const sdkEndpoint = createSdkEndpoint({ methods, offer, instance, requestStateKeys: [Buffer.alloc(32, 7)], log });
  const accepted = new Map<string, number>();
  const fastPath = createFastPath({ methods, offer, instance, today });
  const counting: FastPath = {
    accept(body, headers) {
      const answer = fastPath.accept(body, headers);
      const { method } = (body ?? {}) as { method?: unknown };
      const key = `${headers['mcp-protocol-version'] === '2026-07-28' ? 'modern' : 'legacy'} ${answer?.kind === 'notification' ? 'notification' : String(method)}`;
      if (answer) accepted.set(key, (accepted.get(key) ?? 0) + 1);
      return answer;
    },
  };
  const serve = (path: FastPath): FastifyInstance => {
    const app = fastify({ genReqId: () => 'call-1' });
    registerJsonBody(app);
    app.decorateRequest('principal', null);
    registerMcpRoutes(app, {
      fastPath: path,
      sdk: sdkEndpoint,
      checkParamHeaders: createParamHeaderCheck(offer.tools),
      ending: new Announced(),
      instanceId: 'instance-a',
      telemetry: NO_TELEMETRY,
      audit: NO_AUDIT,
      callIds,
      tools: offer.tools,
      authenticate: (request, _reply, done) => {
        request.principal = principal;
        done();
      },
      authorize: (_request, _reply, done) => done(),
      callLimits: { limitCalls: (_request, _reply, done) => done(), endCall: () => undefined },
    });
    return app;
  };
  const fast = serve(counting);
  const sdk = serve({ accept: () => undefined });
  await Promise.all([fast.ready(), sdk.ready()]);
  return {
    fast, sdk, accepted,
    async close() {
      await Promise.all([fast.close(), sdk.close()]);
      await sdkEndpoint.close();
    },
  };
}
