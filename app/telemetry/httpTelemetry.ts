import type { IncomingHttpHeaders } from 'node:http';
import { metrics, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context } from '@opentelemetry/api';
import { MCP_PATH } from '../mcp/path.ts';

/** A request to the MCP endpoint as it begins. */
export interface HttpRequestStart {
  readonly headers: IncomingHttpHeaders;
  readonly clientAddress: string | undefined;
}

export interface HttpRequestSpan {
  /** For what the request leads to. */
  readonly context: Context;
  /** @param statusCode undefined when the caller left before there was one */
  end(statusCode: number | undefined): void;
}

export interface HttpTelemetry {
  start(request: HttpRequestStart): HttpRequestSpan;
}

/** Source: OpenTelemetry semantic conventions for HTTP, metric http.server.request.duration. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const COMMON: Attributes = { 'http.request.method': 'POST', 'http.route': MCP_PATH, 'url.scheme': 'https' };

/**
 * One SERVER span and one duration for each POST to the endpoint. The instrumentation of node:http does the same for any server, at several
 * times the cost: it binds listeners and context for code that it cannot know.
 * Made after telemetry has started: a meter that is taken before stays silent.
 */
export function createHttpTelemetry(): HttpTelemetry {
  const tracer = trace.getTracer('http-server');
  const duration = metrics.getMeter('http-server').createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS_SECONDS },
  });
  return {
    start({ headers, clientAddress }) {
      const startedAtMs = performance.now();
      const parent = headers['traceparent'] === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);
      const span = tracer.startSpan(`POST ${MCP_PATH}`, {
        kind: SpanKind.SERVER,
        attributes: {
          ...COMMON,
          'url.path': MCP_PATH,
          'server.address': headers.host ?? '',
          ...(clientAddress === undefined ? {} : { 'client.address': clientAddress }),
          ...(headers['user-agent'] === undefined ? {} : { 'user_agent.original': headers['user-agent'] }),
        },
      }, parent);
      return {
        context: trace.setSpan(parent, span),
        end(statusCode) {
          const result: Attributes = statusCode === undefined ? { 'error.type': 'client_closed_request' } : { 'http.response.status_code': statusCode };
          span.setAttributes(result);
          if (statusCode === undefined || statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          duration.record((performance.now() - startedAtMs) / 1_000, { ...COMMON, ...result });
          span.end();
        },
      };
    },
  };
}

const NO_SPAN: HttpRequestSpan = { context: ROOT_CONTEXT, end: () => undefined };

/** For a process without telemetry. */
export const NO_HTTP_TELEMETRY: HttpTelemetry = { start: () => NO_SPAN };
