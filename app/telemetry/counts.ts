import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DELTA, MAX_SERIES, SUM, type MetricSource } from './metricSource.ts';

/** What is counted. Source: OpenTelemetry specification, metrics/data-model, "Sums". */
export interface CountMetric {
  readonly name: string;
  readonly description: string;
  /** In UCUM's notation for things that are counted, `{refusal}`. */
  readonly unit: string;
}

/** Counts by attributes, which the caller names by a key of its own. */
export class Counts implements MetricSource {
  readonly metric: CountMetric;
  #series = new Map<string, { readonly attributes: Attributes; count: number }>();

  constructor(metric: CountMetric) {
    this.metric = metric;
  }

  /**
   * @param key names the attributes
   * @param attributesOf makes them, the first time that the key is seen
   */
  add(key: string, attributesOf: () => Attributes): void {
    const series = this.#series.get(key);
    if (series) series.count += 1;
    else if (this.#series.size < MAX_SERIES) this.#series.set(key, { attributes: attributesOf(), count: 1 });
  }

  /** Hands over what has been counted since the last time. */
  take(): readonly { readonly attributes: Attributes; readonly count: number }[] {
    const taken = [...this.#series.values()];
    this.#series = new Map();
    return taken;
  }

  toMetric(startTime: HrTime, endTime: HrTime): MetricData {
    return {
      descriptor: { ...this.metric, valueType: ValueType.INT },
      aggregationTemporality: DELTA,
      dataPointType: SUM,
      isMonotonic: true,
      dataPoints: this.take().map(({ attributes, count }) => ({ startTime, endTime, attributes, value: count })),
    };
  }
}
