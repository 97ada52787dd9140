// Sends two spans with the vendor's exporter, as the app does: one HTTP request and the MCP call in it.
// Environment: APPLICATIONINSIGHTS_CONNECTION_STRING, TOKEN, and what OpenTelemetry itself reads.
import { useAzureMonitor, shutdownAzureMonitor } from '@azure/monitor-opentelemetry';
import { SpanKind, trace } from '@opentelemetry/api';

useAzureMonitor({
  azureMonitorExporterOptions: {
    disableOfflineStorage: true,
    credential: { getToken: async () => ({ token: process.env['TOKEN'] ?? '', expiresOnTimestamp: Date.now() + 3_600_000 }) },
  },
  enableLiveMetrics: false,
  tracesPerSecond: 0, // the default of 5 a second would leave spans out
  samplingRatio: 1,
});
const tracer = trace.getTracer('test');
tracer.startActiveSpan('POST /mcp', { kind: SpanKind.SERVER }, (http) => {
  tracer.startActiveSpan('tools/call whoami', { kind: SpanKind.SERVER }, (call) => call.end());
  http.end();
});
await shutdownAzureMonitor();
