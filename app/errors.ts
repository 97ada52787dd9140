import { LIMITS } from './limits.ts';

/**
 * The closed list of what the server refuses or fails with outside of tools, and what a caller may see of it.
 * `yours`: the caller can change something. `ours`: the details stay in the log.
 * A code, once published, keeps its meaning.
 */
export const ERRORS = {
  MCP_HOST_NOT_ALLOWED: { status: 403, fault: 'yours', title: 'The Host header does not name this server.' },
  MCP_ORIGIN_NOT_ALLOWED: { status: 403, fault: 'yours', title: 'The Origin of the request is not allowed.' },
  MCP_TOKEN_MISSING: { status: 401, fault: 'yours', title: 'An access token is needed. Send it as "Authorization: Bearer <token>"; the resource metadata names the authorization server.' },
  MCP_TOKEN_INVALID: { status: 401, fault: 'yours', title: 'The access token is not accepted. Get a new one from the authorization server that the resource metadata names.' },
  MCP_ROLE_MISSING: { status: 403, fault: 'yours', title: 'The caller does not hold the app role that this tool needs. An administrator assigns it; new consent does not help.' },
  MCP_SCOPE_MISSING: { status: 403, fault: 'yours', title: 'The access token lacks a scope that this tool needs. Ask the authorization server for the scopes in the challenge.' },
  MCP_DENIED: { status: 403, fault: 'yours', title: 'The operators of this server have blocked the caller, its client, or the tool. Ask them, and name the rule.' },
  MCP_RATE_LIMITED: { status: 429, fault: 'yours', title: 'The caller has made more calls of this tool than its declaration allows. Try again after the time in Retry-After.' },
  MCP_CONCURRENCY_LIMITED: { status: 429, fault: 'yours', title: 'As many calls of this tool as its declaration allows are running for the caller. Try again when one of them has ended.' },
  MCP_NOT_FOUND: { status: 404, fault: 'yours', title: 'There is nothing at this path. The MCP endpoint is /mcp.' },
  MCP_METHOD_NOT_ALLOWED: { status: 405, fault: 'yours', title: 'The MCP endpoint takes POST only: this server keeps no sessions and offers no stream to resume.' },
  MCP_BODY_NOT_JSON: { status: 400, fault: 'yours', title: 'Parse error: the request body is not valid JSON' },
  MCP_BATCH_REFUSED: { status: 400, fault: 'yours', title: 'Invalid Request: batches are not supported; send one JSON-RPC message per request' },
  MCP_JSON_LIMIT: { status: 400, fault: 'yours', title: 'The JSON of the request exceeds a limit of this server.' },
  MCP_BODY_TOO_LARGE: { status: 413, fault: 'yours', title: `The request body is larger than the ${LIMITS.bodyLimitBytes} bytes that this server takes.` },
  MCP_MEDIA_TYPE: { status: 415, fault: 'yours', title: 'Unsupported Media Type: Content-Type must be application/json' },
  MCP_BAD_REQUEST: { status: 400, fault: 'yours', title: 'The request is malformed.' },
  MCP_OVERLOADED: { status: 503, fault: 'yours', title: 'The server has more work than it can take on. Try again after the time in Retry-After.' },
  MCP_SIGNING_KEYS_UNAVAILABLE: { status: 503, fault: 'ours', title: 'Access tokens cannot be verified at the moment. Try again in a few seconds.' },
  MCP_INTERNAL: { status: 500, fault: 'ours', title: 'The server failed. The request id names the failure in its log.' },
} as const satisfies Record<string, { status: number; fault: 'yours' | 'ours'; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal on its way to the caller. `detail` is written by us, for the caller; the `cause` stays in the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, more: { detail?: string; headers?: Record<string, string>; cause?: unknown } = {}) {
    super(more.detail ?? ERRORS[code].title, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'AppError';
    this.code = code;
    this.statusCode = ERRORS[code].status;
    this.headers = more.headers ?? {};
    this.detail = more.detail;
  }
}

/** A problem document. Source: RFC 9457, Problem Details for HTTP APIs. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly requestId: string;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

export function toProblemDetails(error: Pick<AppError, 'code' | 'detail'>, requestId: string): ProblemDetails {
  const { status, title } = ERRORS[error.code];
  return { type: 'about:blank', title, status, code: error.code, ...(error.detail === undefined ? {} : { detail: error.detail }), requestId };
}
