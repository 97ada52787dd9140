import { toWebRequest } from '@modelcontextprotocol/node';
import { INVALID_REQUEST, INTERNAL_ERROR, PARSE_ERROR, type McpHttpHandler } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { sendProblem, toAppError } from '../plugins/errorAnswers.ts';
import { clientAddressOf } from './clientAddress.ts';
import { MCP_PATH } from './path.ts';
import { RequestContext, toAuthInfo } from './requestContext.ts';

export interface McpRoutesOptions {
  readonly endpoint: Pick<McpHttpHandler, 'fetch'>;
  /** Names the worker that answers, for callers who have shown who they are; undefined outside App Service. */
  readonly instanceId: string | undefined;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  readonly authorize: (request: FastifyRequest) => Promise<void>;
}

/** The errors that a JSON-RPC client expects in its own shape, with their codes. Source: JSON-RPC 2.0, section 5.1. */
const JSON_RPC_CODES: Partial<Record<ErrorCode, number>> = {
  MCP_BODY_NOT_JSON: PARSE_ERROR,
  MCP_BATCH_REFUSED: INVALID_REQUEST,
  MCP_BODY_TOO_LARGE: INVALID_REQUEST,
  MCP_MEDIA_TYPE: INVALID_REQUEST,
  MCP_BAD_REQUEST: INVALID_REQUEST,
  MCP_INTERNAL: INTERNAL_ERROR,
};

/** Answers to a verified caller name their worker, so that a person can see the spread and an operator can find the log. */
export const INSTANCE_HEADER = 'x-instance-id';

const METHODS_WITHOUT_POST = ['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'];

/** Mounts the endpoint: POST only, one message a request. */
export function registerMcpRoutes(app: FastifyInstance, { endpoint, instanceId, authenticate, authorize }: McpRoutesOptions): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown, request);
    const code = JSON_RPC_CODES[error.code];
    if (code === undefined) return sendProblem(error, request, reply);
    return sendJsonRpcError(error, code, reply);
  });
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (request.principal && instanceId !== undefined) reply.header(INSTANCE_HEADER, instanceId);
  });

  app.route({
    method: METHODS_WITHOUT_POST,
    url: MCP_PATH,
    exposeHeadRoute: false,
    handler: async () => {
      throw new AppError('MCP_METHOD_NOT_ALLOWED', { headers: { allow: 'POST' } });
    },
  });

  app.post(MCP_PATH, { onRequest: authenticate, preHandler: [refuseBatch, authorize], bodyLimit: LIMITS.bodyLimitBytes }, async (request, reply) => {
    if (!request.principal) throw new Error('An MCP request passed authentication without a principal.');
    const context = new RequestContext(request.principal, request.id, clientAddressOf(request.headers['x-forwarded-for'], request.raw.socket.remoteAddress));
    const webRequest = await toWebRequest(request.raw, request.body, { signal: abortedWhenClientLeaves(reply) });
    return reply.send(await endpoint.fetch(webRequest, { parsedBody: request.body, authInfo: toAuthInfo(context) }));
  });
}

/** A batch would carry several calls past a decision made for one. Protocol versions from 2025-06-18 on have none. */
async function refuseBatch(request: FastifyRequest): Promise<void> {
  if (Array.isArray(request.body)) throw new AppError('MCP_BATCH_REFUSED');
}

function sendJsonRpcError(error: AppError, code: number, reply: FastifyReply): FastifyReply {
  const body = { jsonrpc: '2.0', id: null, error: { code, message: error.detail ?? ERRORS[error.code].title, data: { code: error.code } } };
  return reply.code(error.statusCode).headers(error.headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** A closed connection is a cancellation. Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http. */
function abortedWhenClientLeaves(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('The client closed the connection.'));
  });
  return controller.signal;
}
