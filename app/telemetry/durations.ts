import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { MetricData, MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** What a histogram measures. Source: OpenTelemetry specification, metrics/data-model, "Histogram". */
export interface DurationMetric {
  readonly name: string;
  readonly description: string;
  /** Upper bounds of the buckets, in seconds; one more takes what is longer. */
  readonly boundariesSeconds: readonly number[];
}

/** Values of one set of attributes since they were last collected. */
interface Series {
  readonly attributes: Attributes;
  readonly counts: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** Sets of attributes that are counted apart; more are left out, as OpenTelemetry does beyond its cardinality limit. */
const MAX_SERIES = 2_000;

/**
 * Durations by attributes, which the caller names by a key of its own: the histograms of OpenTelemetry's SDK sort and print the attributes for each value to find
 * where it belongs, which with two values a call took a twentieth of the CPU time of a call.
 */
export class Durations {
  readonly metric: DurationMetric;
  #series = new Map<string, Series>();

  constructor(metric: DurationMetric) {
    this.metric = metric;
  }

  /**
   * @param key names the attributes
   * @param attributesOf makes them, the first time that the key is seen
   */
  record(key: string, durationMs: number, attributesOf: () => Attributes): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return;
      this.#series.set(key, (series = { attributes: attributesOf(), counts: new Array<number>(this.metric.boundariesSeconds.length + 1).fill(0), count: 0, sum: 0, min: Infinity, max: -Infinity }));
    }
    const seconds = durationMs / 1_000;
    let bucket = 0;
    // The first buckets take nearly all.
    while (bucket < this.metric.boundariesSeconds.length && seconds > (this.metric.boundariesSeconds[bucket] ?? Infinity)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.count += 1;
    series.sum += seconds;
    if (seconds < series.min) series.min = seconds;
    if (seconds > series.max) series.max = seconds;
  }

  /** Hands over what has been recorded since the last time. */
  take(): readonly Readonly<Series>[] {
    const taken = [...this.#series.values()];
    this.#series = new Map();
    return taken;
  }
}

/** The numbers of OpenTelemetry's enumerations. Their package is loaded with telemetry alone, and this module is not. */
const DELTA = 0;
const HISTOGRAM = 0;

/**
 * Gives durations to a reader of OpenTelemetry, as what came since the last collection: so Azure Monitor takes them.
 * @param now the time, in milliseconds since 1970
 */
export function produceMetrics(resource: ResourceMetrics['resource'], durations: readonly Durations[], now: () => number): MetricProducer {
  let since = toHrTime(now());
  return {
    collect() {
      const [startTime, endTime] = [since, toHrTime(now())];
      since = endTime;
      const scopeMetrics = durations.map((histogram) => ({ scope: { name: 'mcp-server' }, metrics: [toMetric(histogram, startTime, endTime)] })).filter(({ metrics }) => (metrics[0]?.dataPoints.length ?? 0) > 0);
      return Promise.resolve({ resourceMetrics: { resource, scopeMetrics }, errors: [] });
    },
  };
}

function toMetric(durations: Durations, startTime: HrTime, endTime: HrTime): MetricData {
  const { name, description, boundariesSeconds } = durations.metric;
  return {
    descriptor: { name, description, unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: DELTA,
    dataPointType: HISTOGRAM,
    dataPoints: durations.take().map(({ attributes, counts, count, sum, min, max }) => ({ startTime, endTime, attributes, value: { buckets: { boundaries: [...boundariesSeconds], counts }, count, sum, min, max } })),
  };
}

function toHrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1_000_000)];
}
