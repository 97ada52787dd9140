/** Days on which calls happened, each as YYYY-MM-DD (UTC), both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
/** How far the clocks of storage and of the machines may be apart; more than they are. */
export const CLOCK_SKEW_MS = 3_600_000;

export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** First millisecond of the period. */
export function beginOf({ from }: Period): number {
  return Date.parse(`${from}T00:00:00Z`);
}

/** First millisecond after the period. */
export function endOf({ to }: Period): number {
  return Date.parse(`${to}T00:00:00Z`) + DAY_MS;
}

/** Makes the test whether a time of a record, in ISO 8601, lies in the period. */
export function isWithin(period: Period): (at: string) => boolean {
  const [beginMs, endMs] = [beginOf(period), endOf(period)];
  return (at) => {
    const timeMs = Date.parse(at);
    return timeMs >= beginMs && timeMs < endMs;
  };
}

/** The last days, today included. */
export function lastDays(count: number, now: Date): Period {
  return { from: dayOf(new Date(now.getTime() - (count - 1) * DAY_MS)), to: dayOf(now) };
}
