import { setTimeout as delay } from 'node:timers/promises';
import { startServerProcess, type Launch } from '../process/serverProcess.ts';
import { MEASUREMENTS, type Measurement } from '../requests.ts';
import type { StandIn } from '../standIn.ts';
import type { Bench } from './bench.ts';
import { callOnce } from './starts.ts';

/** Telemetry of requests (not of metrics or logs) that reached the ingestion endpoint. */
export interface TelemetryCount {
  readonly samplingRatio: number;
  readonly calls: number;
  /** How many items that many calls yield at this ratio; with a ratio below 1 the one to be expected on average. */
  readonly expected: number;
  readonly exported: number;
  /** Undefined with a ratio below 1, where what was sampled out and what was dropped look alike. */
  readonly dropped: number | undefined;
}

/** Spans of requests become items of this type. Source: learn.microsoft.com, "Application Insights telemetry data model". */
const REQUEST_ITEM = 'RequestData';
/** Longer than the five seconds after which OpenTelemetry's batch processor hands on what it holds. */
const QUIET_MS = 6_000;
const POLL_MS = 250;
const MAX_WAIT_MS = 60_000;

/** Items that one call of each measurement yields when every trace is kept, by calling a fresh process once. */
export async function countItemsPerCall(name: string, launchNamed: (name: string) => Launch, bench: Bench): Promise<Record<Measurement, number>> {
  const items: [Measurement, number][] = [];
  for (const [index, measurement] of MEASUREMENTS.entries()) {
    const counted = `${name}-single-${index}`;
    const server = await startServerProcess(name, launchNamed(counted), bench.cores);
    try {
      await callOnce(name, server, measurement, bench);
    } finally {
      // Ending hands over what is held.
      await server.stop();
    }
    items.push([measurement, bench.standIn.itemsOf(counted)[REQUEST_ITEM] ?? 0]);
  }
  return Object.fromEntries(items) as Record<Measurement, number>;
}

/** Waits until no telemetry has arrived for longer than it is held back. */
export async function telemetryHasSettled(standIn: StandIn, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const startedAtMs = performance.now();
  let quietSinceMs = startedAtMs;
  let last = -1;
  while (performance.now() - quietSinceMs < QUIET_MS && performance.now() - startedAtMs < MAX_WAIT_MS) {
    const count = names.reduce((sum, name) => sum + (standIn.itemsOf(name)[REQUEST_ITEM] ?? 0), 0);
    if (count !== last) quietSinceMs = performance.now();
    last = count;
    await delay(POLL_MS);
  }
}

export function countTelemetry(name: string, samplingRatio: number, callsSent: Readonly<Record<Measurement, number>>, itemsPerCall: Readonly<Record<Measurement, number>>, standIn: StandIn): TelemetryCount {
  const calls = MEASUREMENTS.reduce((sum, measurement) => sum + callsSent[measurement], 0);
  const expected = MEASUREMENTS.reduce((sum, measurement) => sum + callsSent[measurement] * itemsPerCall[measurement], 0) * samplingRatio;
  const exported = standIn.itemsOf(name)[REQUEST_ITEM] ?? 0;
  return { samplingRatio, calls, expected, exported, dropped: samplingRatio < 1 ? undefined : expected - exported };
}
