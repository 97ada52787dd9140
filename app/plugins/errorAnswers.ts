import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERRORS, PROBLEM_MEDIA_TYPE, toProblemDetails, type ErrorCode } from '../errors.ts';

/** Errors of Fastify that a caller causes, as ours. */
const FASTIFY_ERRORS: ReadonlyMap<string, ErrorCode> = new Map([
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'MCP_BODY_NOT_JSON'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'MCP_BODY_NOT_JSON'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'MCP_BODY_TOO_LARGE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'MCP_MEDIA_TYPE'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'MCP_BAD_REQUEST'],
]);

/** Answers every error outside JSON-RPC, and every unknown path, as problem details. Internals stay in the log. */
export function registerErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(toAppError(error, request), request, reply));
  app.setNotFoundHandler((request, reply) => sendProblem(new AppError('MCP_NOT_FOUND'), request, reply));
}

/** Any thrown value as one of ours; what is unknown is logged and becomes MCP_INTERNAL. */
export function toAppError(error: unknown, request: FastifyRequest): AppError {
  if (error instanceof AppError) {
    if (ERRORS[error.code].fault === 'ours') request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed');
    return error;
  }
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = FASTIFY_ERRORS.get(code ?? '') ?? (error instanceof SyntaxError && statusCode === 400 ? 'MCP_BODY_NOT_JSON' : undefined);
  if (known !== undefined) return new AppError(known, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new AppError('MCP_BAD_REQUEST', { cause: error });
  request.log.error({ err: error }, 'request failed');
  return new AppError('MCP_INTERNAL', { cause: error });
}

export function sendProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(error.statusCode).headers(error.headers).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(toProblemDetails(error, request.id)));
}
