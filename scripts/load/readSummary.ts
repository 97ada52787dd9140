import { z } from 'zod';

/** What a load run measured. */
export interface LoadResult {
  readonly calls: number;
  readonly failed: number;
  readonly callsPerSecond: number;
  /** Milliseconds from request to answer. */
  readonly latencyMs: { readonly median: number; readonly p95: number; readonly p99: number };
  /** Answered calls by instance. */
  readonly spread: Readonly<Record<string, number>>;
}

const metricsSchema = z.record(z.string(), z.looseObject({ values: z.record(z.string(), z.number()) }));
const PREFIX = 'calls_';

/**
 * Reads the end-of-test summary that the k6 script prints.
 * Source: grafana.com, k6 documentation, "Custom summary": `data.metrics`.
 */
export function readSummary(text: string): LoadResult {
  const metrics = metricsSchema.parse(JSON.parse(text));
  const count = (name: string): number => metrics[name]?.values['count'] ?? 0;
  const duration = metrics['http_req_duration']?.values ?? {};
  const instances = Object.keys(metrics).filter((name) => name.startsWith(PREFIX) && name !== 'calls_failed');
  return {
    calls: count('http_reqs'),
    failed: count('calls_failed'),
    callsPerSecond: round(metrics['http_reqs']?.values['rate'] ?? 0),
    latencyMs: { median: round(duration['med'] ?? 0), p95: round(duration['p(95)'] ?? 0), p99: round(duration['p(99)'] ?? 0) },
    spread: Object.fromEntries(instances.map((name) => [name.slice(PREFIX.length), count(name)])),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
