import { randomUUID } from 'node:crypto';
import { fastify, LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { NOBODY_DENIED, type DenyList } from './access/denyList.ts';
import { rememberTokens } from './access/rememberTokens.ts';
import { createSigningKeys } from './access/signingKeys.ts';
import { createAccessTokenVerifier } from './access/verifyAccessToken.ts';
import { NO_AUDIT } from './audit/audit.ts';
import { createCallIds, type CallIds } from './audit/callIds.ts';
import type { AuditHealth, RunningAudit } from './audit/start.ts';
import type { WriterLog } from './audit/streamWriter.ts';
import type { Config } from './config.ts';
import type { EgressEdge } from './egress/client.ts';
import { createEgress } from './egress/egress.ts';
import { acceptedKeys, requestStateKeyIds } from './identity/requestStateKeys.ts';
import { LIMITS } from './limits.ts';
import { Announced } from './mcp/departure.ts';
import { createFastPath } from './mcp/fastPath.ts';
import { createMethods, type Offer } from './mcp/methods.ts';
import { createParamHeaderCheck } from './mcp/paramHeaderCheck.ts';
import { registerMcpRoutes } from './mcp/routes.ts';
import { createSdkEndpoint } from './mcp/sdkEndpoint.ts';
import { createAuthentication, createVerifiedCheck } from './plugins/authentication.ts';
import { createAuthorization } from './plugins/authorization.ts';
import { createEntraIssuer, facadeIssuer, registerAuthorizationServerMetadata } from './plugins/authorizationServerMetadata.ts';
import { createCallLimits } from './plugins/callLimits.ts';
import { registerDraining } from './plugins/draining.ts';
import { registerErrorAnswers, sendProblem, toAppError } from './plugins/errorAnswers.ts';
import { registerHealth } from './plugins/health.ts';
import { createHostCheck } from './plugins/hosts.ts';
import { registerJsonBody } from './plugins/jsonBody.ts';
import { registerOverload, type OverloadLimits } from './plugins/overload.ts';
import { refuseWhen, registerReadiness } from './plugins/readiness.ts';
import { registerResourceMetadata } from './plugins/resourceMetadata.ts';
import { answerUnreadableRequest } from './plugins/unreadableRequests.ts';
import { prompts, type Prompt } from './prompts/index.ts';
import { resources, type Resource } from './resources/index.ts';
import { createRequestLog } from './telemetry/requestLog.ts';
import { NO_TELEMETRY, type RequestTelemetry } from './telemetry/requestTelemetry.ts';
import { tools, type Tool } from './tools/index.ts';
import { createUtcDay } from './utcDay.ts';

/** What the process hands in, and what a test may replace. */
export interface Dependencies {
  readonly tools?: readonly Tool[];
  readonly resources?: readonly Resource[];
  readonly prompts?: readonly Prompt[];
  readonly overloadLimits?: Partial<OverloadLimits>;
  readonly telemetry?: RequestTelemetry;
  /** Opens the record of calls; none is kept when absent. */
  readonly startAudit?: (log: WriterLog) => RunningAudit;
  /** Begins to read whom the operators have blocked; nobody when absent. */
  readonly startDenyList?: (log: WriterLog) => DenyList;
  readonly callIds?: CallIds;
  /** How tools resolve, judge and trust the hosts that they reach; the machine's way when absent. */
  readonly egressEdge?: Partial<EgressEdge>;
  readonly fetch?: typeof fetch;
  readonly now?: () => Date;
  /** Milliseconds of a clock that never goes back, for the limits of calls. */
  readonly monotonicMs?: () => number;
  /** Where log lines go; standard output when absent. */
  readonly logStream?: { write(line: string): void };
}

export interface App {
  readonly http: FastifyInstance;
  /** Ends the calls that are still running: each gets its last answer, which says so. */
  readonly endCalls: () => void;
  /** How it stands with the record; undefined when none is kept. */
  readonly auditHealth: (() => AuditHealth) | undefined;
  /** Stores what of the record is held. */
  readonly closeAudit: () => Promise<void>;
  /** Cuts off the streams that still are open. */
  readonly abortCalls: () => Promise<void>;
}

/**
 * Builds the server without listening: `http.inject` takes requests, `http.listen` opens the port.
 * @param config from readConfig
 */
export function buildApp(config: Config, dependencies: Dependencies = {}): App {
  const offer: Offer = { tools: dependencies.tools ?? tools, resources: dependencies.resources ?? resources, prompts: dependencies.prompts ?? prompts };
  const now = dependencies.now ?? (() => new Date());
  const monotonicMs = dependencies.monotonicMs ?? (() => performance.now());
  const builtAtMs = monotonicMs();
  const http: FastifyInstance = fastify({
    logger: loggerOptions(config, dependencies.logStream),
    // Two lines a request would bury what matters; the trace has every request.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: createRequestLog,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: LIMITS.bodyLimitBytes,
    keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
    requestTimeout: LIMITS.requestTimeoutMs,
    http: { maxHeaderSize: LIMITS.maxHeaderBytes, headersTimeout: LIMITS.headersTimeoutMs },
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => answerUnreadableRequest(error, socket, http.log),
    // Paths that cannot be decoded never reach a route or the error handler.
    frameworkErrors: (error, request, reply) => {
      sendProblem(toAppError(error, request), request, reply);
    },
  });
  const findKey = createSigningKeys({
    url: `${config.entra.authorityHost}/${config.entra.tenantId}/discovery/v2.0/keys`,
    now: () => now().getTime(),
    ...(dependencies.fetch ? { fetch: dependencies.fetch } : {}),
    onReadFailure: (error) => http.log.warn({ err: error }, 'the signing keys of the tenant could not be read'),
  });
  const tokens = rememberTokens(createAccessTokenVerifier({ ...config.entra, findKey, now }), {
    capacity: LIMITS.rememberedTokens,
    durationMs: LIMITS.rememberedTokenMs,
    now: () => now().getTime(),
  });
  const { instance } = config;
  const runningAudit = dependencies.startAudit?.(http.log);
  const audit = runningAudit?.audit ?? NO_AUDIT;
  const denyList = dependencies.startDenyList?.(http.log) ?? NOBODY_DENIED;
  http.addHook('onClose', async () => denyList.close());
  const keys = acceptedKeys(config.requestStateKeys);
  const keyIds = requestStateKeyIds(config.requestStateKeys);
  const callIds = dependencies.callIds ?? createCallIds(keys);
  const egress = createEgress({ identityEndpoints: config.identityEndpoints, audit, log: http.log, ...(dependencies.egressEdge ? { edge: dependencies.egressEdge } : {}) });
  http.addHook('onClose', async () => egress.close());
  const today = createUtcDay(now);
  const methods = createMethods({ ...offer, instance, log: http.log, audit, callIds, egress, today });
  const fastPath = createFastPath({ methods, offer, instance, today });
  const sdk = createSdkEndpoint({ methods, offer, instance, requestStateKeys: keys, log: http.log });
  const ending = new Announced();

  registerJsonBody(http);
  http.decorateRequest('principal', null);
  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  registerDraining(http);
  registerErrorAnswers(http);
  registerHealth(http, instance);
  const checkHost = createHostCheck(config.allowedHosts, config.allowedOrigins);
  // Host is checked on these routes alone: the platform's probes do not carry the public name.
  http.register(async (scope) => {
    scope.addHook('onRequest', checkHost);
    if (config.authorizationServer === 'facade') registerAuthorizationServerMetadata(scope, config.entra);
    registerResourceMetadata(scope, config.authorizationServer === 'facade' ? facadeIssuer : createEntraIssuer(config.entra));
  });
  http.register(async (scope) => {
    const overload = await registerOverload(scope, { ...LIMITS, ...dependencies.overloadLimits });
    registerReadiness(http, {
      checks: [
        { name: 'signing keys', check: () => findKey.ready() },
        { name: 'record of calls', check: () => checkAudit(runningAudit) },
        { name: 'list of the denied', check: () => checkDenyList(denyList, config) },
        { name: 'capacity', check: () => refuseWhen(overload.isShedding(), 'calls are being told to come back') },
      ],
      isVerified: createVerifiedCheck(tokens),
      // By this a rotation sees that every process has its keys, and since when (docs/secrets.md), and a release of which package each instance is.
      describe: () => ({
        instance: instance.id, slot: instance.slot, packageDigest: instance.packageDigest, version: instance.version,
        requestStateKeys: { ...keyIds, heldSeconds: Math.floor((monotonicMs() - builtAtMs) / 1_000) },
      }),
    });
    scope.addHook('onRequest', checkHost);
    registerMcpRoutes(scope, {
      fastPath, sdk, ending, audit, callIds,
      tools: offer.tools,
      checkParamHeaders: createParamHeaderCheck(offer.tools),
      instanceId: instance.id,
      telemetry: dependencies.telemetry ?? NO_TELEMETRY,
      authenticate: createAuthentication(tokens),
      authorize: createAuthorization(offer, denyList, today),
      callLimits: createCallLimits(offer.tools, { capacity: LIMITS.meteredCallersPerTool, nowMs: monotonicMs }),
    });
  });
  return {
    http,
    auditHealth: runningAudit?.health,
    closeAudit: async () => runningAudit?.close(),
    endCalls: () => ending.announce(new Error('The server is shutting down; another instance takes the call when it is sent again.')),
    abortCalls: () => sdk.close(),
  };
}

/** A server that spools still serves what does not insist on a stored record: not ready would take all instances out at once. */
function checkAudit(audit: RunningAudit | undefined): string | undefined {
  if (!audit) return 'no record is kept: MCP_STATE_BLOB_URL is not set';
  const { stream, isReachable, spooledBytes, lost, anchorAgeMs } = audit.health();
  const anchored = anchorAgeMs === undefined ? 'not anchored yet' : `anchored ${Math.round(anchorAgeMs / 1_000)} s ago`;
  return `${stream}: ${isReachable ? 'stored' : `storage does not answer, ${spooledBytes} bytes wait on disk`}, ${lost} records lost, ${anchored}`;
}

/** An old list holds, so that this is a notice and no reason to take the instance out. */
function checkDenyList(denyList: DenyList, { audit }: Config): string {
  if (!audit) return 'none is read: MCP_STATE_BLOB_URL is not set';
  const ageMs = denyList.ageMs();
  return ageMs === undefined ? 'not read yet' : `read ${Math.round(ageMs / 1_000)} s ago`;
}

/** JSON lines. Headers, bodies and query strings never reach the log; what a later change adds by mistake is redacted by name. */
function loggerOptions(config: Config, stream: Dependencies['logStream']): NonNullable<FastifyServerOptions['logger']> {
  return {
    level: config.logLevel,
    base: { slot: config.instance.slot, instance: config.instance.id, version: config.instance.version },
    redact: { paths: ['*.authorization', '*.token', '*.access_token', 'headers', '*.headers', '*.cookie'], censor: '[redacted]' },
    serializers: { req: (request: { method: string; routeOptions?: { url?: string } }) => ({ method: request.method, route: request.routeOptions?.url }) },
    ...(stream ? { stream } : {}),
  };
}
