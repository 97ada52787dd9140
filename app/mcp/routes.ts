import { toWebRequest } from '@modelcontextprotocol/node';
import { INVALID_REQUEST, INTERNAL_ERROR, PARSE_ERROR, type McpHttpHandler } from '@modelcontextprotocol/server';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, preHandlerHookHandler } from 'fastify';
import type { AccessDecision } from '../access/decideAccess.ts';
import { TokenRefusedError } from '../access/verifyAccessToken.ts';
import { withoutTokens } from '../access/withoutTokens.ts';
import type { Audit } from '../audit/audit.ts';
import type { CallIds } from '../audit/callIds.ts';
import type { Refusal } from '../audit/refusals.ts';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { CallLimits } from '../plugins/callLimits.ts';
import { sendProblem, toAppError } from '../plugins/errorAnswers.ts';
import type { RequestTelemetry, RequestTrace } from '../telemetry/requestTelemetry.ts';
import type { Tool } from '../tools/index.ts';
import { calledTool } from './calledTool.ts';
import { clientAddressOf } from './clientAddress.ts';
import { DepartureOfCaller, EarlierDeparture, signalOf, type Departure } from './departure.ts';
import { MODERN_VERSION, type FastPath } from './fastPath.ts';
import { HEADER_MISMATCH } from './paramHeaderCheck.ts';
import { MCP_PATH } from './path.ts';
import { RequestContext, toAuthInfo } from './requestContext.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the POST route of /mcp. */
    trace: RequestTrace | null;
    /** Of a tool call, and the id of the request otherwise. */
    callId: string;
    clientAddress: string | undefined;
    /** The decision that let it through, or found its tool unknown or retired. */
    accessDecision: AccessDecision | null;
  }
}

export interface McpRoutesOptions {
  readonly fastPath: FastPath;
  /** Serves what the fast path leaves. */
  readonly sdk: Pick<McpHttpHandler, 'fetch'>;
  /** What disagrees between `Mcp-Param-…` headers and the arguments of a tool; undefined when nothing does. */
  readonly checkParamHeaders: (toolName: string, args: unknown, headers: IncomingHttpHeaders) => string | undefined;
  /** Announced when the process ends and the calls that still run have to. */
  readonly ending: Departure;
  /** Names the worker that answers, for callers who have shown who they are; undefined outside App Service. */
  readonly instanceId: string | undefined;
  readonly telemetry: RequestTelemetry;
  readonly audit: Audit;
  readonly callIds: CallIds;
  readonly tools: readonly Tool[];
  readonly authenticate: onRequestHookHandler;
  readonly authorize: preHandlerHookHandler;
  readonly callLimits: CallLimits;
}

/** The errors that a JSON-RPC client expects in its own shape, with their codes. Source: JSON-RPC 2.0, section 5.1. */
const JSON_RPC_CODES: Partial<Record<ErrorCode, number>> = {
  MCP_BODY_NOT_JSON: PARSE_ERROR,
  MCP_JSON_LIMIT: INVALID_REQUEST,
  MCP_BATCH_REFUSED: INVALID_REQUEST,
  MCP_BODY_TOO_LARGE: INVALID_REQUEST,
  MCP_MEDIA_TYPE: INVALID_REQUEST,
  MCP_BAD_REQUEST: INVALID_REQUEST,
  MCP_INTERNAL: INTERNAL_ERROR,
};

/** The call id, for a caller that does not read `_meta`. */
export const CALL_ID_HEADER = 'mcp-call-id';

/** Refusals that tell about access, and not about a malformed message or a busy server. */
const RECORDED_STATUSES: ReadonlySet<number> = new Set([401, 403, 429]);
const MAX_NAME_CHARACTERS = 64;

/** Answers to a verified caller name their worker, so that a person can see the spread and an operator can find the log. */
export const INSTANCE_HEADER = 'x-instance-id';

/** An API answers no page: nothing of it may be kept, guessed, framed or run. Source: OWASP REST Security Cheat Sheet, "Security Headers". */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const;

const METHODS_WITHOUT_POST = ['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'];
const JSON_TYPE = 'application/json';

/** Mounts the endpoint: POST only, one message a request. */
export function registerMcpRoutes(app: FastifyInstance, { fastPath, sdk, checkParamHeaders, ending, instanceId, telemetry, audit, callIds, tools, authenticate, authorize, callLimits }: McpRoutesOptions): void {
  const toolsByName = new Map(tools.map((tool) => [tool.name, tool]));
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = toAppError(thrown, request);
    await recordRefusal(audit, toolsByName, error, request);
    const code = JSON_RPC_CODES[error.code];
    if (code === undefined) return sendProblem(error, request, reply);
    return sendJsonRpcError(error, code, reply);
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });

  app.decorateRequest('trace', null);
  app.decorateRequest('callId', '');
  app.decorateRequest('clientAddress', undefined);
  app.decorateRequest('accessDecision', null);
  app.decorateRequest('heldPlace', null);

  app.route({
    method: METHODS_WITHOUT_POST,
    url: MCP_PATH,
    exposeHeadRoute: false,
    handler: async () => {
      throw new AppError('MCP_METHOD_NOT_ALLOWED', { headers: { allow: 'POST' } });
    },
  });

  const nameInstance: preHandlerHookHandler = (_request, reply, done) => {
    if (instanceId !== undefined) reply.header(INSTANCE_HEADER, instanceId);
    done();
  };
  const startTrace: onRequestHookHandler = (request, reply, done) => {
    request.clientAddress = clientAddressOf(request.headers['x-forwarded-for'], request.raw.socket.remoteAddress);
    const trace = telemetry.start({ headers: request.headers, clientAddress: request.clientAddress });
    request.trace = trace;
    // 'close' comes once for every response, also when the caller goes away before there is one.
    reply.raw.once('close', () => {
      callLimits.endCall(request);
      trace.end(reply.raw.headersSent ? reply.raw.statusCode : undefined);
    });
    done();
  };
  const nameCall: preHandlerHookHandler = (request, reply, done) => {
    const isCall = (request.body as { method?: unknown } | null)?.method === 'tools/call';
    request.callId = isCall && request.principal ? callIds.create(request.principal) : request.id;
    if (isCall) reply.header(CALL_ID_HEADER, request.callId);
    done();
  };
  app.route({
    method: 'POST',
    url: MCP_PATH,
    onRequest: [startTrace, authenticate, nameInstance],
    preHandler: [refuseBatch, nameCall, authorize, callLimits.limitCalls],
    bodyLimit: LIMITS.bodyLimitBytes,
    handler(request, reply) {
      const departure = new EarlierDeparture(new DepartureOfCaller(reply.raw), ending);
      const context = contextOf(request, departure);
      const mismatch = paramMismatchOf(request, checkParamHeaders);
      if (mismatch !== undefined) {
        audit.refused({ code: 'HEADER_MISMATCH', status: 400, ...callerOf(request) });
        return sendHeaderMismatch(mismatch, request.body, reply);
      }
      const accepted = fastPath.accept(request.body, request.headers);
      if (!accepted) return serveBySdk(sdk, request, reply, context, audit);
      if (accepted.kind === 'notification') return reply.code(202).send();
      const answer = accepted.answer(context);
      return typeof answer === 'string' ? sendJson(answer, reply) : answer.then((text) => sendJson(text, reply));
    },
  });
}

/** Denials of a verified caller are records of their own; what else is refused is gathered. */
async function recordRefusal(audit: Audit, tools: ReadonlyMap<string, Tool>, error: AppError, request: FastifyRequest): Promise<void> {
  const status = error.statusCode;
  if (!RECORDED_STATUSES.has(status) && error.code !== 'MCP_BATCH_REFUSED') return;
  const { principal } = request;
  const tool = tools.get(calledTool(request.body) ?? '');
  // A batch is a malformed message: it is recorded because it may be an attempt, and says nothing about who asked.
  if (RECORDED_STATUSES.has(status)) request.trace?.refused({ code: error.code, status, tool: tool?.name });
  if (principal && tool && status === 403) {
    const kept = audit.begin({ callId: request.callId, tool, principal, arguments: argumentsOf(request.body), decision: { allowed: false, code: error.code }, traceId: undefined, agentSession: undefined })
      .end({ outcome: 'denied', durationMs: 0, result: undefined });
    if (audit.isDurable) await kept;
    return;
  }
  const reason = error.cause instanceof TokenRefusedError ? error.cause.reason : undefined;
  audit.refused({ code: error.code, status, ...callerOf(request), ...(reason === undefined ? {} : { reason }) });
}

function callerOf({ principal, body, headers, raw, clientAddress = clientAddressOf(headers['x-forwarded-for'], raw.socket.remoteAddress) }: FastifyRequest): Omit<Refusal, 'code' | 'status'> {
  const name = calledTool(body);
  const tool = name === undefined ? undefined : withoutTokens(name).slice(0, MAX_NAME_CHARACTERS);
  return { ...(tool === undefined ? {} : { tool }), ...(principal ? { oid: principal.oid, azp: principal.azp } : {}), ...(clientAddress === undefined ? {} : { clientAddress }) };
}

function argumentsOf(body: unknown): unknown {
  return (body as { params?: { arguments?: unknown } }).params?.arguments;
}

function contextOf(request: FastifyRequest, departure: Departure): RequestContext {
  const { principal, trace } = request;
  if (!principal || !trace) throw new Error('An MCP request passed authentication without a principal.');
  return new RequestContext(principal, request.callId, departure, request.bodyBytes, trace, request.accessDecision);
}

async function serveBySdk(sdk: Pick<McpHttpHandler, 'fetch'>, request: FastifyRequest, reply: FastifyReply, context: RequestContext, audit: Audit): Promise<FastifyReply> {
  // The SDK cuts the stream of an aborted request off; at the end of the process the call is to give its last answer first.
  const webRequest = await toWebRequest(request.raw, request.body, { signal: signalOf(new DepartureOfCaller(reply.raw)) });
  const answer = await sdk.fetch(webRequest, { parsedBody: request.body, authInfo: toAuthInfo(context) });
  if (!answer.ok) audit.refused({ code: 'PROTOCOL', status: answer.status, ...callerOf(request) });
  return reply.send(answer);
}

/** Protocol versions before 2026-07-28 know no such headers. */
function paramMismatchOf({ body, headers }: FastifyRequest, check: McpRoutesOptions['checkParamHeaders']): string | undefined {
  if (headers['mcp-protocol-version'] !== MODERN_VERSION) return undefined;
  const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown; arguments?: unknown } | null };
  return method === 'tools/call' && typeof params?.name === 'string' ? check(params.name, params.arguments, headers) : undefined;
}

function sendHeaderMismatch(problem: string, body: unknown, reply: FastifyReply): FastifyReply {
  const { id } = body as { id?: unknown };
  const error = { code: HEADER_MISMATCH, message: `Bad Request: the request headers and body disagree: ${problem}` };
  return sendJson(JSON.stringify({ jsonrpc: '2.0', id: typeof id === 'string' || typeof id === 'number' ? id : null, error }), reply.code(400));
}

function sendJson(text: string, reply: FastifyReply): FastifyReply {
  return reply.header('content-type', JSON_TYPE).send(text);
}

/** A batch would carry several calls past a decision made for one. Protocol versions from 2025-06-18 on have none. */
const refuseBatch: preHandlerHookHandler = (request, _reply, done) => {
  done(Array.isArray(request.body) ? new AppError('MCP_BATCH_REFUSED') : undefined);
};

function sendJsonRpcError(error: AppError, code: number, reply: FastifyReply): FastifyReply {
  const body = { jsonrpc: '2.0', id: null, error: { code, message: error.detail ?? ERRORS[error.code].title, data: { code: error.code } } };
  return reply.code(error.statusCode).headers(error.headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
