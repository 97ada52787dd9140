import type { HrTime } from '@opentelemetry/api';
import type { MetricData, MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** What has been counted or measured here, for a reader of OpenTelemetry. */
export interface MetricSource {
  /** Hands over what has come since the last time. */
  toMetric(startTime: HrTime, endTime: HrTime): MetricData;
}

/** Sets of attributes that are counted apart; more are left out, as OpenTelemetry does beyond its cardinality limit. */
export const MAX_SERIES = 2_000;

/** The numbers of OpenTelemetry's enumerations. Their package is loaded with telemetry alone, and these modules are not. */
export const DELTA = 0;
export const HISTOGRAM = 0;
export const GAUGE = 2;
export const SUM = 3;

/**
 * Gives metrics to a reader of OpenTelemetry, as what came since the last collection: so Azure Monitor takes them.
 * @param sources read anew at each collection, so that one may join later
 * @param now the time, in milliseconds since 1970
 */
export function produceMetrics(resource: ResourceMetrics['resource'], sources: readonly MetricSource[], now: () => number): MetricProducer {
  let since = toHrTime(now());
  return {
    collect() {
      const [startTime, endTime] = [since, toHrTime(now())];
      since = endTime;
      const metrics = sources.map((source) => source.toMetric(startTime, endTime)).filter(({ dataPoints }) => dataPoints.length > 0);
      return Promise.resolve({ resourceMetrics: { resource, scopeMetrics: metrics.map((metric) => ({ scope: { name: 'mcp-server' }, metrics: [metric] })) }, errors: [] });
    },
  };
}

function toHrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1_000_000)];
}
