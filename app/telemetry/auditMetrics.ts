import { ValueType, type HrTime } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DELTA, GAUGE, SUM, type MetricSource } from './metricSource.ts';

/** How it stands with the record of calls, as far as metrics tell. */
export interface RecordHealth {
  /** Bytes that wait on disk until storage answers. */
  readonly spooledBytes: number;
  /** Records that could be kept nowhere since the start. */
  readonly lost: number;
  /** Heads of the record that could not be signed or stored since the start. */
  readonly anchorFailures: number;
}

/**
 * What of the record an operator is to be told. Each instance reports all three at each collection, zeros included: that it reports nothing means that it
 * is not there, which is how the spread over instances knows of those that got no request.
 * @param health asked at each collection
 */
export function createAuditMetrics(health: () => RecordHealth): readonly MetricSource[] {
  return [
    gauge('mcp_server.audit.spooled', 'Records that wait on disk until storage answers', 'By', () => health().spooledBytes),
    growth('mcp_server.audit.lost', 'Records that could be kept nowhere', '{record}', () => health().lost),
    growth('mcp_server.audit.anchor_failures', 'Heads of the record that could not be signed or stored', '{head}', () => health().anchorFailures),
  ];
}

function gauge(name: string, description: string, unit: string, read: () => number): MetricSource {
  return {
    toMetric: (startTime, endTime): MetricData => ({
      descriptor: { name, description, unit, valueType: ValueType.INT },
      aggregationTemporality: DELTA,
      dataPointType: GAUGE,
      dataPoints: [point(startTime, endTime, read())],
    }),
  };
}

/** How much a total has grown since the last collection. */
function growth(name: string, description: string, unit: string, read: () => number): MetricSource {
  let before = 0;
  return {
    toMetric(startTime, endTime): MetricData {
      const total = read();
      const value = total - before;
      before = total;
      return { descriptor: { name, description, unit, valueType: ValueType.INT }, aggregationTemporality: DELTA, dataPointType: SUM, isMonotonic: true, dataPoints: [point(startTime, endTime, value)] };
    },
  };
}

function point(startTime: HrTime, endTime: HrTime, value: number) {
  return { startTime, endTime, attributes: {}, value };
}
