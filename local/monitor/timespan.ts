import { AzureError } from '../core/errors.ts';
import { durationMs } from './iso8601.ts';

/** Bounds of a query in time, in milliseconds since 1970. */
export interface Timespan {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the `timespan` of a query: an ISO 8601 duration up to now, or two times, or a time and a duration, with a slash between.
 * Source: learn.microsoft.com, Application Insights REST API, "Query - Execute", parameter timespan.
 */
export function parseTimespan(text: string, now: Date): Timespan {
  const [first = '', second] = text.split('/');
  if (second === undefined) return { from: now.getTime() - duration(first, text), to: now.getTime() };
  if (second.startsWith('P')) return { from: time(first, text), to: time(first, text) + duration(second, text) };
  if (first.startsWith('P')) return { from: time(second, text) - duration(first, text), to: time(second, text) };
  return { from: time(first, text), to: time(second, text) };
}

export function within({ from, to }: Timespan, timestamp: string): boolean {
  const at = Date.parse(timestamp);
  return at >= from && at <= to;
}

function duration(part: string, whole: string): number {
  const ms = durationMs(part);
  if (ms === undefined) throw refuse(whole);
  return ms;
}

function time(part: string, whole: string): number {
  const at = Date.parse(part);
  if (Number.isNaN(at)) throw refuse(whole);
  return at;
}

function refuse(text: string): AzureError {
  return new AzureError(400, 'BadArgumentError', `The timespan "${text}" is not allowed. Allowed: an ISO 8601 duration such as PT1H, or two times with a slash between.`);
}
