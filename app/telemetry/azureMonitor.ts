import type { RequestOptions } from 'node:http';
import { shutdownAzureMonitor, useAzureMonitor } from '@azure/monitor-opentelemetry';
import { AzureMonitorMetricExporter } from '@azure/monitor-opentelemetry-exporter';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../config.ts';
import { uninstrumentedAgents } from './uninstrumentedAgents.ts';
import { createManagedIdentity } from '../identity/managedIdentity.ts';
import type { Instance } from '../tools/toolContext.ts';
import { produceMetrics, type MetricSource } from './metricSource.ts';
import { createRequestMetrics, createRequestTelemetry } from './requestTelemetry.ts';
import { roleNameOf } from './roleName.ts';
import { createSampling, SampleRateOfParent } from './sampling.ts';
import type { RunningTelemetry } from './start.ts';

export function startAzureMonitor(config: TelemetryConfig, instance: Instance): RunningTelemetry {
  // The SDK offers no other switch for reports about itself to Microsoft.
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';
  process.env['APPLICATIONINSIGHTS_SDKSTATS_DISABLED'] = 'true';
  // The decision is made for the request, sampling.ts; what it leads to follows it.
  process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_always_on';
  const azureMonitorExporterOptions = { connectionString: config.connectionString, credential: createManagedIdentity(config.identityClientId) };
  const resource = resourceFromAttributes({
    'service.name': roleNameOf(config.serviceName, instance.slot),
    'service.version': instance.version,
    // cloud_RoleInstance, by which the spread over instances is judged.
    ...(instance.id === undefined ? {} : { 'service.instance.id': instance.id }),
  });
  useAzureMonitor({
    azureMonitorExporterOptions,
    resource,
    // The default of 5 traces a second would override the sampler.
    tracesPerSecond: 0,
    spanProcessors: [new SampleRateOfParent()],
    // They are taken from spans, also from those that are not kept; Azure Monitor computes them from what arrives.
    enableStandardMetrics: false,
    enableLiveMetrics: false,
    enablePerformanceCounters: false,
    instrumentationOptions: {
      // Requests to the server have spans of their own, requestTelemetry.ts.
      http: { enabled: true, disableIncomingRequestInstrumentation: true, ignoreOutgoingRequestHook: hasNoSpan } as HttpOptions,
      azureSdk: { enabled: false },
      mongoDb: { enabled: false },
      mySql: { enabled: false },
      postgreSql: { enabled: false },
      redis: { enabled: false },
      redis4: { enabled: false },
    },
  });
  const metrics = createRequestMetrics();
  const sources: MetricSource[] = [metrics.http, metrics.calls, metrics.refusals];
  const reader = new PeriodicExportingMetricReader({ exporter: new AzureMonitorMetricExporter(azureMonitorExporterOptions), exportIntervalMillis: METRICS_INTERVAL_MS });
  reader.setMetricProducer(produceMetrics(resource, sources, Date.now));
  return {
    requests: createRequestTelemetry(createSampling(config.samplingRatio), metrics),
    watch: (more) => {
      sources.push(...more);
    },
    flush: (timeoutMs) => withinTime(Promise.all([reader.shutdown(), shutdownAzureMonitor()]), timeoutMs),
  };
}

/** Time between two exports of metrics of ours, in milliseconds: that of the package for other metrics. */
const METRICS_INTERVAL_MS = 60_000;

/** The options of @opentelemetry/instrumentation-http that are used, which the package's type leaves open. */
interface HttpOptions {
  readonly enabled: boolean;
  readonly disableIncomingRequestInstrumentation: boolean;
  readonly ignoreOutgoingRequestHook: (request: RequestOptions) => boolean;
}

function hasNoSpan(request: RequestOptions): boolean {
  return isOwnTraffic(request) || (typeof request.agent === 'object' && uninstrumentedAgents.has(request.agent));
}

/** The exporter asks the identity endpoint for tokens and a service of Azure Monitor for its settings; neither belongs to a call. */
function isOwnTraffic(request: RequestOptions): boolean {
  const headers = request.headers;
  const names = headers && !Array.isArray(headers) ? Object.keys(headers).map((name) => name.toLowerCase()) : [];
  return names.includes('x-identity-header') || (request.hostname ?? request.host ?? '').endsWith('.sdk.monitor.azure.com');
}

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, timeoutMs).unref();
  });
  // What could not be handed over is lost at the end of the process; that is no reason to fail it.
  await Promise.race([work.catch(() => undefined), late]);
}
