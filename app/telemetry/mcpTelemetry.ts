import { context, metrics, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Link } from '@opentelemetry/api';
import type { ToolOutcome } from '../mcp/callTool.ts';

/** A tool call as it begins. */
export interface ToolCallStart {
  readonly tool: string;
  /** Id of the JSON-RPC request. */
  readonly requestId: string | number;
  /** `_meta` of the request, which carries the trace of the caller. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly clientAddress: string | undefined;
  /** The HTTP request that carries the call. */
  readonly httpContext: Context;
  readonly protocolVersion: string | undefined;
}

export interface ToolCallSpan {
  /** Runs the call inside the span, so that what it does becomes its child. */
  run<T>(call: () => T): T;
  end(outcome: ToolOutcome): void;
}

export interface McpTelemetry {
  startToolCall(start: ToolCallStart): ToolCallSpan;
}

/** In seconds. Source: OpenTelemetry semantic conventions for MCP, metric mcp.server.operation.duration. */
const DURATION_BUCKETS_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const METHOD = 'tools/call';

/**
 * One SERVER span and one duration a tool call, by the OpenTelemetry semantic conventions for MCP. Made after telemetry has started:
 * a meter that is taken before stays silent. Arguments and results are not recorded.
 */
export function createMcpTelemetry(): McpTelemetry {
  const tracer = trace.getTracer('mcp-server');
  const duration = metrics.getMeter('mcp-server').createHistogram('mcp.server.operation.duration', {
    description: 'Duration of an MCP request as observed by the receiver',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS_SECONDS },
  });
  return {
    startToolCall(start) {
      const startedAtMs = performance.now();
      const common: Attributes = {
        'mcp.method.name': METHOD,
        'gen_ai.tool.name': start.tool,
        'gen_ai.operation.name': 'execute_tool',
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
        ...(start.protocolVersion === undefined ? {} : { 'mcp.protocol.version': start.protocolVersion }),
      };
      const { parent, links } = parentOf(start);
      const span = tracer.startSpan(`${METHOD} ${start.tool}`, {
        kind: SpanKind.SERVER,
        links,
        attributes: {
          ...common,
          'jsonrpc.request.id': String(start.requestId),
          ...(start.clientAddress === undefined ? {} : { 'client.address': start.clientAddress }),
        },
      }, parent);
      return {
        run: (call) => context.with(trace.setSpan(parent, span), call),
        end(outcome) {
          // Azure Monitor's exporter drops error.type from the properties of a request.
          span.setAttribute('mcp_server.tool.outcome', outcome);
          const error = errorTypeOf(outcome);
          if (error !== undefined) {
            span.setAttribute('error.type', error);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          duration.record((performance.now() - startedAtMs) / 1_000, error === undefined ? common : { ...common, 'error.type': error });
          span.end();
        },
      };
    },
  };
}

/** The caller's trace is the parent, and then the HTTP request is a link; without it the HTTP request is the parent. */
function parentOf({ meta, httpContext }: ToolCallStart): { parent: Context; links: Link[] } {
  if (typeof meta?.['traceparent'] !== 'string') return { parent: httpContext, links: [] };
  const parent = propagation.extract(ROOT_CONTEXT, meta, {
    get: (carrier, key) => (typeof carrier[key] === 'string' ? carrier[key] : undefined),
    keys: (carrier) => Object.keys(carrier),
  });
  if (!trace.getSpanContext(parent)) return { parent: httpContext, links: [] };
  const http = trace.getSpanContext(httpContext);
  return { parent, links: http ? [{ context: http }] : [] };
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
    case 'refused_by_tool':
    case 'failed':
    case 'invalid_result':
      return 'tool_error';
  }
}
