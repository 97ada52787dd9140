import type { QueryName } from './queries/index.ts';

/** An alert on what a query finds. */
export interface QueryAlert {
  readonly query: QueryName;
  /** Whom it is for: what happened, in a few words. */
  readonly displayName: string;
  /** Column of the query that is measured. */
  readonly measure: string;
  readonly aggregation: 'Maximum' | 'Total';
  /** More than this much raises it, in the unit of the measure. */
  readonly threshold: number;
  /** Columns by which it is judged, and told, apart. */
  readonly splitBy: readonly string[];
  /** Time between two looks, and the time that one look covers, as an ISO 8601 duration. */
  readonly every: 'PT5M' | 'PT15M';
  /** Looks of which all have to exceed the threshold. */
  readonly periods: number;
  /** 0 critical, 1 error, 2 warning, 3 informational. */
  readonly severity: 0 | 1 | 2 | 3;
}

/** Share of requests with a 5xx status, in percent: a client tries again, so that one in twenty is felt and not yet an outage. */
export const MAX_SERVER_ERROR_PERCENT = 5;
/** 95th percentile of the duration of tool calls, in milliseconds: an agent makes dozens of calls for one answer, and shipped tools take a few milliseconds. */
export const MAX_P95_MS = 2_000;
/** How much more than its even share an instance may serve, in percent. Random routing stays within 10 (docs/benchmarks.md); with one of three instances idle it is 50. Of ten, one idle shows as 11: the health check finds that one. */
export const MAX_UNEVEN_PERCENT = 40;
/** Records lost, heads unsigned, instances that write to disk: none is normal. */
export const MAX_AUDIT_FAILURES = 0;
/** Refusals over access in five minutes: somebody who sets up a client makes a handful, a prober or a lost role assignment hundreds. */
export const MAX_DENIED_CALLS = 50;
/** Average of the health check over the instances, in percent: below, at least one is unhealthy. */
export const MIN_HEALTHY_PERCENT = 100;
/** Places from which the server cannot be reached at once: one alone may be the place's own trouble. */
export const MAX_FAILED_LOCATIONS = 1;

/** The alerts on queries, by the name of their rule. docs/operations.md says what to do about each. */
export const QUERY_ALERTS: Readonly<Record<string, QueryAlert>> = {
  'server-errors': { query: 'server-errors', displayName: 'Requests end with 5xx', measure: 'errorPercent', aggregation: 'Maximum', threshold: MAX_SERVER_ERROR_PERCENT, splitBy: ['cloud_RoleName'], every: 'PT5M', periods: 2, severity: 1 },
  'slow-calls': { query: 'latency', displayName: 'Tool calls are slow', measure: 'p95Ms', aggregation: 'Maximum', threshold: MAX_P95_MS, splitBy: ['cloud_RoleName'], every: 'PT5M', periods: 3, severity: 2 },
  'uneven-spread': { query: 'uneven-spread', displayName: 'Requests spread unevenly over the instances', measure: 'unevenPercent', aggregation: 'Maximum', threshold: MAX_UNEVEN_PERCENT, splitBy: ['cloud_RoleName'], every: 'PT15M', periods: 2, severity: 2 },
  'audit-failures': { query: 'audit-failures', displayName: 'The record of calls is in trouble', measure: 'failures', aggregation: 'Total', threshold: MAX_AUDIT_FAILURES, splitBy: ['cloud_RoleName'], every: 'PT5M', periods: 1, severity: 1 },
  'denied-calls': { query: 'denied-calls', displayName: 'Many calls are denied', measure: 'denied', aggregation: 'Total', threshold: MAX_DENIED_CALLS, splitBy: ['cloud_RoleName'], every: 'PT5M', periods: 1, severity: 2 },
};
