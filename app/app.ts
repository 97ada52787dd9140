import { randomUUID } from 'node:crypto';
import { fastify, LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { createSigningKeys } from './access/signingKeys.ts';
import { createAccessTokenVerifier } from './access/verifyAccessToken.ts';
import type { Config } from './config.ts';
import { LIMITS } from './limits.ts';
import { createMcpEndpoint } from './mcp/endpoint.ts';
import { registerMcpRoutes } from './mcp/routes.ts';
import { createAuthentication } from './plugins/authentication.ts';
import { createToolAuthorization } from './plugins/authorization.ts';
import { registerDraining } from './plugins/draining.ts';
import { registerErrorAnswers, sendProblem, toAppError } from './plugins/errorAnswers.ts';
import { registerHealth } from './plugins/health.ts';
import { createHostCheck } from './plugins/hosts.ts';
import { registerResourceMetadata } from './plugins/resourceMetadata.ts';
import { createMcpTelemetry } from './telemetry/mcpTelemetry.ts';
import { tools as catalogue, type Tool } from './tools/index.ts';

/** What a test may replace. */
export interface Dependencies {
  readonly tools?: readonly Tool[];
  readonly fetch?: typeof fetch;
  readonly now?: () => Date;
  /** Where log lines go; standard output when absent. */
  readonly logStream?: { write(line: string): void };
}

export interface App {
  readonly http: FastifyInstance;
  /** Ends the calls that are still running; the answers to them are errors. */
  readonly abortCalls: () => Promise<void>;
}

/**
 * Builds the server without listening: `http.inject` takes requests, `http.listen` opens the port.
 * @param config from readConfig
 */
export function buildApp(config: Config, dependencies: Dependencies = {}): App {
  const tools = dependencies.tools ?? catalogue;
  const now = dependencies.now ?? (() => new Date());
  const http = fastify({
    logger: loggerOptions(config, dependencies.logStream),
    // Two lines a request would bury what matters; the trace has every request.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: LIMITS.bodyLimitBytes,
    keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
    requestTimeout: LIMITS.requestTimeoutMs,
    http: { maxHeaderSize: LIMITS.maxHeaderBytes, headersTimeout: LIMITS.headersTimeoutMs },
    forceCloseConnections: 'idle',
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
  const endpoint = createMcpEndpoint({
    tools,
    instance: config.instance,
    requestStateKey: config.requestStateKey,
    telemetry: createMcpTelemetry(),
    log: http.log,
  });

  http.removeContentTypeParser('text/plain');
  http.decorateRequest('principal', null);
  http.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  registerDraining(http);
  registerErrorAnswers(http);
  registerHealth(http, config.instance);
  // Host is checked on these routes alone: the platform's probes of /health do not carry the public name.
  http.register(async (scope) => {
    scope.addHook('onRequest', createHostCheck(config.allowedHosts, config.allowedOrigins));
    registerResourceMetadata(scope, { ...config.entra, tools });
  });
  http.register(async (scope) => {
    scope.addHook('onRequest', createHostCheck(config.allowedHosts, config.allowedOrigins));
    registerMcpRoutes(scope, {
      endpoint,
      instanceId: config.instance.id,
      authenticate: createAuthentication(createAccessTokenVerifier({ ...config.entra, findKey, now })),
      authorize: createToolAuthorization(tools),
    });
  });
  return { http, abortCalls: () => endpoint.close() };
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
