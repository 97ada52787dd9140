import type { Agent } from 'node:http';
import { z } from 'zod';
import { CommandError } from '../../../commandError.ts';
import { headerOf, send } from '../http.ts';

/** The protocol versions that a server is verified in: the one without a handshake, and the one with it. */
export const VERSIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;
export type Era = keyof typeof VERSIONS;

export type JsonObject = Readonly<Record<string, unknown>>;

/** A request of the protocol, without what differs by version. */
export interface McpRequest {
  readonly method: string;
  readonly params?: JsonObject;
}

export interface McpAnswer {
  readonly status: number;
  /** The instance that answered, as it says itself. */
  readonly instance: string | undefined;
  readonly callId: string | undefined;
  /** Of a server that keeps sessions. */
  readonly sessionId: string | undefined;
  /** `result` or `error` of the JSON-RPC answer; undefined when there is none, as for a notification. */
  readonly body: { readonly result: JsonObject } | { readonly error: JsonObject } | undefined;
  readonly durationMs: number;
}

export interface SendOptions {
  readonly era: Era;
  readonly agent?: Agent;
  /** The header of a session that the server has opened. */
  readonly sessionId?: string | undefined;
}

/** An MCP endpoint, asked message by message, so that each may go to another instance. */
export interface McpEndpoint {
  readonly url: string;
  send(request: McpRequest, options: SendOptions): Promise<McpAnswer>;
}

/** What answers to verified callers say of where they come from. A test holds these names and those of the server together. */
export const INSTANCE_HEADER = 'x-instance-id';
export const CALL_ID_HEADER = 'mcp-call-id';
const SESSION_HEADER = 'mcp-session-id';

const CLIENT_INFO = { name: 'mcp-app-service-release', version: '1.0.0' };
/** The client can be asked by a form; what verification answers is "declined". */
const CAPABILITIES = { elicitation: {} };
/** The parameter that the Mcp-Name header repeats. Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http, "Standard headers". */
const NAMED_BY: Readonly<Record<string, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };

const object = z.record(z.string(), z.unknown());
const answerSchema = z.union([z.looseObject({ result: object }).transform(({ result }) => ({ result })), z.looseObject({ error: object }).transform(({ error }) => ({ error }))]);

/** @param token of a caller who may call every tool */
export function createMcpEndpoint(url: string, token: string): McpEndpoint {
  let lastId = 0;
  return {
    url,
    async send(request, { era, agent, sessionId }) {
      const isNotification = request.method.startsWith('notifications/');
      const id = isNotification ? undefined : ++lastId;
      const answer = await send(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
          ...versionHeaders(era, request), ...(sessionId === undefined ? {} : { [SESSION_HEADER]: sessionId }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method: request.method, params: paramsOf(era, request) }),
        ...(agent === undefined ? {} : { agent }),
      });
      return {
        status: answer.status,
        instance: headerOf(answer.headers, INSTANCE_HEADER),
        callId: headerOf(answer.headers, CALL_ID_HEADER),
        sessionId: headerOf(answer.headers, SESSION_HEADER),
        body: id === undefined ? undefined : parseAnswer(answer.text, id),
        durationMs: answer.durationMs,
      };
    },
  };
}

/** The result of an answer. @throws CommandError RELEASE_ANSWER_UNEXPECTED with status and error */
export function resultOf(what: string, { status, body }: McpAnswer): JsonObject {
  if (body !== undefined && 'result' in body) return body.result;
  throw new CommandError('RELEASE_ANSWER_UNEXPECTED', `${what} was answered by HTTP ${status}${body === undefined ? ' without a JSON-RPC answer' : ` with the error ${JSON.stringify(body.error)}`}.`);
}

function versionHeaders(era: Era, { method, params }: McpRequest): Record<string, string> {
  // The handshake names the version in its body.
  if (era === 'legacy') return method === 'initialize' ? {} : { 'mcp-protocol-version': VERSIONS.legacy };
  const name = params?.[NAMED_BY[method] ?? ''];
  return { 'mcp-protocol-version': VERSIONS.modern, 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}) };
}

function paramsOf(era: Era, { method, params }: McpRequest): JsonObject | undefined {
  if (era === 'legacy') return method === 'initialize' ? { protocolVersion: VERSIONS.legacy, capabilities: CAPABILITIES, clientInfo: CLIENT_INFO } : params;
  const meta = { 'io.modelcontextprotocol/protocolVersion': VERSIONS.modern, 'io.modelcontextprotocol/clientCapabilities': CAPABILITIES, 'io.modelcontextprotocol/clientInfo': CLIENT_INFO };
  return { ...params, _meta: meta };
}

/** JSON, or the last message of an event stream that answers the request: progress and log messages go before it. */
function parseAnswer(text: string, id: number): McpAnswer['body'] {
  const messages = text.trimStart().startsWith('{') ? [text] : [...text.matchAll(/^data: ?(\{.*)$/gm)].map(([, data = '']) => data);
  for (const message of messages.reverse()) {
    const json = parseJson(message);
    if (typeof json !== 'object' || json === null || (json as { id?: unknown }).id !== id) continue;
    const parsed = answerSchema.safeParse(json);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
