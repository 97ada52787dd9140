import type { Config } from '../config.ts';
import type { MetricSource } from './metricSource.ts';
import type { RequestTelemetry } from './requestTelemetry.ts';

export interface RunningTelemetry {
  readonly requests: RequestTelemetry;
  /** Exports these metrics too. */
  watch(sources: readonly MetricSource[]): void;
  /** Hands over what is buffered; gives up after the time-out, in milliseconds. */
  flush(timeoutMs: number): Promise<void>;
}

/**
 * Starts OpenTelemetry with export to Azure Monitor. Called before Fastify is loaded: what is loaded earlier is not instrumented.
 * The package is loaded here, so that a process without a connection string does not pay for it.
 * Source: learn.microsoft.com, "Enable Azure Monitor OpenTelemetry for Node.js applications".
 * @returns undefined when no connection string is configured
 */
export async function startTelemetry(config: Pick<Config, 'telemetry' | 'instance'>): Promise<RunningTelemetry | undefined> {
  if (!config.telemetry) return undefined;
  const { startAzureMonitor } = await import('./azureMonitor.ts');
  return startAzureMonitor(config.telemetry, config.instance);
}
