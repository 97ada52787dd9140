import { context, isSpanContextValid, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api';
import type { IncomingHttpHeaders } from 'node:http';
import { withoutTokens } from '../access/withoutTokens.ts';
import type { ToolOutcome } from '../mcp/callTool.ts';
import { MCP_PATH } from '../mcp/path.ts';
import type { Principal } from '../tools/principal.ts';
import { Counts } from './counts.ts';
import { Durations } from './durations.ts';
import type { Sampling } from './sampling.ts';

/** A request to the MCP endpoint as it begins. */
export interface RequestStart {
  readonly headers: IncomingHttpHeaders;
  readonly clientAddress: string | undefined;
}

/** A tool call as it begins. */
export interface ToolCallStart {
  readonly tool: string;
  readonly principal: Pick<Principal, 'oid' | 'azp'>;
  /** Whether the tool reaches out, so that what it does becomes part of the trace. */
  readonly reachesOut: boolean;
  /** Id of the JSON-RPC request. */
  readonly requestId: string | number;
  /** `_meta` of the request, which carries the trace of the caller. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly protocolVersion: string | undefined;
}

export interface ToolCallSpan {
  /** Runs the call inside the span, so that what it does becomes its child. */
  run<T>(call: () => T): T;
  /** Undefined when the call is not sampled and continues no trace. */
  readonly traceId: string | undefined;
  end(outcome: ToolOutcome): void;
}

/** A request that was refused over access. */
export interface AccessRefusal {
  /** Code of app/errors.ts. */
  readonly code: string;
  readonly status: number;
  /** Name of a tool of this server: what callers invent would grow without limit. */
  readonly tool: string | undefined;
}

/** One request to the MCP endpoint. */
export interface RequestTrace {
  refused(refusal: AccessRefusal): void;
  /** Of the request that carries one. */
  startToolCall(start: ToolCallStart): ToolCallSpan;
  /** @param statusCode undefined when the caller left before there was one */
  end(statusCode: number | undefined): void;
}

export interface RequestTelemetry {
  start(request: RequestStart): RequestTrace;
}

/** What is recorded of every request and of every tool call, sampled or not. */
export interface RequestMetrics {
  readonly http: Durations;
  readonly calls: Durations;
  readonly refusals: Counts;
}

/** Source: OpenTelemetry semantic conventions for HTTP, metric http.server.request.duration, and for MCP, metric mcp.server.operation.duration. */
export function createRequestMetrics(): RequestMetrics {
  return {
    refusals: new Counts({ name: 'mcp_server.access.refusals', description: 'Requests that were refused because of who asked', unit: '{request}' }),
    http: new Durations({
      name: 'http.server.request.duration', description: 'Duration of HTTP server requests.',
      boundariesSeconds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    }),
    calls: new Durations({
      name: 'mcp.server.operation.duration', description: 'Duration of an MCP request as observed by the receiver',
      boundariesSeconds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    }),
  };
}

const TOOLS_CALL = 'tools/call';
const HTTP_COMMON: Attributes = { 'http.request.method': 'POST', 'http.route': MCP_PATH, 'url.scheme': 'https' };
const META_GETTER = {
  get: (carrier: Readonly<Record<string, unknown>>, key: string): string | undefined => {
    const value = carrier[key];
    return typeof value === 'string' ? value : undefined;
  },
  keys: (carrier: Readonly<Record<string, unknown>>): string[] => Object.keys(carrier),
};

/**
 * One SERVER span a request: that of the tool call, by the OpenTelemetry semantic conventions for MCP, or that of the HTTP request when
 * it carries none. With both, Azure Monitor would count each call twice. Durations of both kinds are recorded for every request, sampled or
 * not. The instrumentation of node:http does the same for any server, at several times the cost: it binds listeners and context for code
 * that it cannot know. Arguments and results are not recorded.
 */
export function createRequestTelemetry(sampling: Sampling, metrics: RequestMetrics): RequestTelemetry {
  const instruments = { sampling, tracer: trace.getTracer('mcp-server'), metrics };
  return { start: (request) => new RunningRequest(instruments, request) };
}

interface Instruments {
  readonly sampling: Sampling;
  readonly tracer: ReturnType<typeof trace.getTracer>;
  readonly metrics: RequestMetrics;
}

class RunningRequest implements RequestTrace {
  readonly #instruments: Instruments;
  readonly #request: RequestStart;
  readonly #startedAtMs = performance.now();
  /** The trace that the headers continue. */
  readonly #remote: Context | undefined;
  #hasCall = false;

  constructor(instruments: Instruments, request: RequestStart) {
    this.#instruments = instruments;
    this.#request = request;
    this.#remote = request.headers['traceparent'] === undefined ? undefined : remoteOf(propagation.extract(ROOT_CONTEXT, request.headers));
  }

  startToolCall(start: ToolCallStart): ToolCallSpan {
    this.#hasCall = true;
    const { sampling, tracer, metrics } = this.#instruments;
    // The trace in the message is the parent, and then the one of the HTTP request a link.
    const ofMessage = typeof start.meta?.['traceparent'] === 'string' ? remoteOf(propagation.extract(ROOT_CONTEXT, start.meta, META_GETTER)) : undefined;
    const remote = ofMessage ?? this.#remote;
    if (!sampling.keeps(remote)) return new ToolCall(metrics.calls, start, undefined, start.reachesOut ? droppedContext(remote) : undefined, remote && trace.getSpanContext(remote)?.traceId);
    const parent = remote ? asKept(remote) : ROOT_CONTEXT;
    const attributes: Attributes = {
      ...attributesOfCall(start), ...sampling.attributes,
      'jsonrpc.request.id': withoutTokens(String(start.requestId)),
      // Becomes user_AuthenticatedId. Object ids, no names: who that is, the directory tells whom it may concern.
      'enduser.id': start.principal.oid,
      'mcp_server.client.id': start.principal.azp,
    };
    if (this.#request.clientAddress !== undefined) attributes['client.address'] = this.#request.clientAddress;
    const span = tracer.startSpan(`${TOOLS_CALL} ${start.tool}`, { kind: SpanKind.SERVER, links: ofMessage ? linksTo(this.#remote) : [], attributes }, parent);
    return new ToolCall(metrics.calls, start, span, start.reachesOut ? trace.setSpan(parent, span) : undefined, span.spanContext().traceId);
  }

  refused({ code, status, tool }: AccessRefusal): void {
    this.#instruments.metrics.refusals.add(`${code} ${tool}`, () => ({ 'error.type': code, 'http.response.status_code': status, ...(tool === undefined ? {} : { 'gen_ai.tool.name': tool }) }));
  }

  end(statusCode: number | undefined): void {
    const { sampling, metrics } = this.#instruments;
    metrics.http.record(String(statusCode), performance.now() - this.#startedAtMs, () => ({ ...HTTP_COMMON, ...resultOf(statusCode) }));
    if (!this.#hasCall && sampling.keeps(this.#remote)) this.#spanOfHttp(resultOf(statusCode), statusCode === undefined || statusCode >= 500);
  }

  /** Written when all is known: nothing that such a request does has spans. */
  #spanOfHttp(result: Attributes, failed: boolean): void {
    const { tracer, sampling } = this.#instruments;
    const { headers, clientAddress } = this.#request;
    const attributes: Attributes = { ...HTTP_COMMON, ...sampling.attributes, ...result, 'url.path': MCP_PATH, 'server.address': headers.host ?? '' };
    if (clientAddress !== undefined) attributes['client.address'] = clientAddress;
    if (headers['user-agent'] !== undefined) attributes['user_agent.original'] = withoutTokens(headers['user-agent']);
    const span = tracer.startSpan(`POST ${MCP_PATH}`, { kind: SpanKind.SERVER, startTime: this.#startedAtMs, attributes }, this.#remote ? asKept(this.#remote) : ROOT_CONTEXT);
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

class ToolCall implements ToolCallSpan {
  readonly #durations: Durations;
  readonly #start: ToolCallStart;
  readonly #span: Span | undefined;
  readonly #context: Context | undefined;
  readonly traceId: string | undefined;
  readonly #startedAtMs = performance.now();

  /**
   * @param span undefined when the call is not sampled
   * @param inside where the call runs; undefined when nothing that it does is traced
   */
  constructor(durations: Durations, start: ToolCallStart, span: Span | undefined, inside: Context | undefined, traceId: string | undefined) {
    this.#durations = durations;
    this.#start = start;
    this.#span = span;
    this.#context = inside;
    this.traceId = traceId;
  }

  run<T>(call: () => T): T {
    return this.#context ? context.with(this.#context, call) : call();
  }

  end(outcome: ToolOutcome): void {
    const error = errorTypeOf(outcome);
    const { tool, protocolVersion } = this.#start;
    this.#durations.record(`${tool} ${protocolVersion} ${error}`, performance.now() - this.#startedAtMs, () => ({ ...attributesOfCall(this.#start), ...(error === undefined ? {} : { 'error.type': error }) }));
    if (!this.#span) return;
    // Azure Monitor's exporter drops error.type from the properties of a request.
    this.#span.setAttribute('mcp_server.tool.outcome', outcome);
    if (error !== undefined) {
      this.#span.setAttribute('error.type', error);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

/** Source: OpenTelemetry semantic conventions for MCP, server spans. */
function attributesOfCall({ tool, protocolVersion }: ToolCallStart): Attributes {
  return {
    'mcp.method.name': TOOLS_CALL,
    'gen_ai.tool.name': tool,
    'gen_ai.operation.name': 'execute_tool',
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    ...(protocolVersion === undefined ? {} : { 'mcp.protocol.version': protocolVersion }),
  };
}

function resultOf(statusCode: number | undefined): Attributes {
  return statusCode === undefined ? { 'error.type': 'client_closed_request' } : { 'http.response.status_code': statusCode };
}

function remoteOf(extracted: Context): Context | undefined {
  const parent = trace.getSpanContext(extracted);
  return parent && isSpanContextValid(parent) ? extracted : undefined;
}

/** The trace of a caller as parent of a kept span: the caller's own choice, which its flag tells, is not ours. */
function asKept(remote: Context): Context {
  const parent = trace.getSpanContext(remote);
  return parent ? trace.setSpanContext(remote, { ...parent, traceFlags: parent.traceFlags | TraceFlags.SAMPLED }) : remote;
}

function linksTo(remote: Context | undefined): Link[] {
  const linked = remote && trace.getSpanContext(remote);
  return linked ? [{ context: linked }] : [];
}

/** Where nothing is traced: a request that leaves from here tells so to whom it reaches. */
function droppedContext(remote: Context | undefined): Context {
  const parent = remote && trace.getSpanContext(remote);
  return trace.setSpanContext(remote ?? ROOT_CONTEXT, { ...(parent ?? { traceId: randomHex(32), spanId: randomHex(16) }), traceFlags: TraceFlags.NONE });
}

/** Identifiers of traces protect nothing. */
function randomHex(length: number): string {
  let text = '';
  while (text.length < length) text += Math.floor(Math.random() * 0x1_0000).toString(16).padStart(4, '0');
  return text;
}

function errorTypeOf(outcome: ToolOutcome): string | undefined {
  switch (outcome) {
    case 'ok':
    case 'input_required':
      return undefined;
    case 'timeout':
      return 'timeout';
    case 'cancelled':
      return 'cancelled';
    case 'invalid_arguments':
    case 'arguments_too_large':
    case 'busy':
    case 'result_too_large':
    case 'unrecorded':
    case 'refused_by_tool':
    case 'egress_refused':
    case 'egress_failed':
    case 'denied':
    case 'failed':
    case 'invalid_result':
      return 'tool_error';
  }
}

const NO_TOOL_CALL: ToolCallSpan = { run: (call) => call(), traceId: undefined, end: () => undefined };
const NO_REQUEST: RequestTrace = { startToolCall: () => NO_TOOL_CALL, refused: () => undefined, end: () => undefined };

/** For a process without telemetry. */
export const NO_TELEMETRY: RequestTelemetry = { start: () => NO_REQUEST };
