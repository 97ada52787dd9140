import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DELTA, HISTOGRAM, MAX_SERIES, type MetricSource } from './metricSource.ts';

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

/**
 * Durations by attributes, which the caller names by a key of its own: the histograms of OpenTelemetry's SDK sort and print the attributes for each value to find
 * where it belongs, which with two values a call took a twentieth of the CPU time of a call.
 */
export class Durations implements MetricSource {
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

  toMetric(startTime: HrTime, endTime: HrTime): MetricData {
    const { name, description, boundariesSeconds } = this.metric;
    return {
      descriptor: { name, description, unit: 's', valueType: ValueType.DOUBLE },
      aggregationTemporality: DELTA,
      dataPointType: HISTOGRAM,
      dataPoints: this.take().map(({ attributes, counts, count, sum, min, max }) => ({ startTime, endTime, attributes, value: { buckets: { boundaries: [...boundariesSeconds], counts }, count, sum, min, max } })),
    };
  }
}
