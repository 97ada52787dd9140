/** What the health check knows of one instance. */
export interface InstanceHealth {
  readonly number: number;
  /** Failed pings in a row. */
  readonly failures: number;
  /** When it failed often enough to be unhealthy. */
  readonly unhealthySince: Date | undefined;
}

/**
 * Which unhealthy instances are taken out of the load balancer: at most the given share of all, the longest unhealthy first;
 * none when all are unhealthy or when there is only one.
 * Source: learn.microsoft.com, "Monitor App Service instances by using Health check", sections "Configuration" and "FAQ".
 */
export function chooseEvicted(instances: readonly InstanceHealth[], maxUnhealthyWorkerPercent: number): ReadonlySet<number> {
  const unhealthy = instances.filter((instance) => instance.unhealthySince !== undefined);
  if (instances.length <= 1 || unhealthy.length === instances.length) return new Set();
  const most = Math.floor((instances.length * maxUnhealthyWorkerPercent) / 100);
  return new Set(
    unhealthy
      .toSorted((a, b) => Number(a.unhealthySince) - Number(b.unhealthySince) || a.number - b.number)
      .slice(0, most)
      .map((instance) => instance.number),
  );
}

/** The health after one more ping. @param status HTTP status, or why there is none: 2xx is healthy, a redirect is not */
export function afterPing(health: InstanceHealth, status: number | string, maxPingFailures: number, now: Date): InstanceHealth {
  if (typeof status === 'number' && status >= 200 && status <= 299) return { number: health.number, failures: 0, unhealthySince: undefined };
  const failures = health.failures + 1;
  return { number: health.number, failures, unhealthySince: health.unhealthySince ?? (failures >= maxPingFailures ? now : undefined) };
}
