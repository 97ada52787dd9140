import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Outgoing } from './outgoing.ts';

/** The span of one request, a dependency of the call that is being traced. */
export interface RequestSpan {
  /** Headers that tell the host which trace it is called in. Without `tracestate` and baggage, which may tell more than that. */
  traceHeaders(): Record<string, string>;
  answered(statusCode: number): void;
  /** Ends the span; only the first time counts. */
  end(errorType?: string): void;
}

const TRACEPARENT = 'traceparent';

/**
 * Begins a span of kind CLIENT, which Azure Monitor shows as a dependency. In a call that is not sampled it is recorded nowhere. The query stays
 * out: it may hold a key. Source: OpenTelemetry semantic conventions for HTTP, "HTTP client span".
 * @param resends how many requests of the same `fetch` came before: redirects
 */
export function startRequestSpan({ method, url }: Pick<Outgoing, 'method' | 'url'>, port: number, resends: number): RequestSpan {
  const span = trace.getTracer('mcp-egress').startSpan(method, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': port,
      'url.full': `${url.origin}${url.pathname}`,
      ...(resends === 0 ? {} : { 'http.request.resend_count': resends }),
    },
  });
  let ended = false;
  return {
    traceHeaders() {
      const headers: Record<string, string> = {};
      propagation.inject(trace.setSpan(context.active(), span), headers, {
        set: (carrier, name, value) => {
          if (name === TRACEPARENT) carrier[name] = value;
        },
      });
      return headers;
    },
    answered(statusCode) {
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode < 400) return;
      span.setAttribute('error.type', String(statusCode));
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end(errorType) {
      if (ended) return;
      ended = true;
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}
