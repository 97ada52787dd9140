import type { CallCosts } from './measure/cpuTurns.ts';
import { PRIMES_CALLERS, type Latencies } from './measure/latency.ts';
import type { MemoryUse } from './measure/memory.ts';
import type { TelemetryCount } from './measure/telemetry.ts';
import { MEASUREMENTS } from './requests.ts';
import type { ServerName } from './serverNames.ts';

/** All that was measured; what was left out is absent. */
export interface Measured {
  readonly costs: CallCosts;
  readonly startMs: ReadonlyMap<ServerName, number>;
  readonly memory: ReadonlyMap<ServerName, MemoryUse>;
  readonly latencies: Latencies | undefined;
  readonly telemetry: ReadonlyMap<ServerName, TelemetryCount>;
  readonly zipBytes: number | undefined;
}

export interface Target {
  readonly kind: 'at least' | 'less than';
  readonly value: number;
}

/** One figure of the table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: '×' | 'µs' | 'MB' | 'MB per 100,000 calls' | 'ms';
  readonly target: Target | undefined;
  /** Undefined without a target. */
  readonly reached: boolean | undefined;
}

/** The promises about CPU time: how often the CPU time of `ours` goes into that of `theirs`. */
const RATIOS = [
  { ours: 'protocol', theirs: 'fastify', atLeast: 0.7 },
  { ours: 'all-on', theirs: 'sdk-example', atLeast: 7 },
  { ours: 'all-on-100', theirs: 'sdk-example', atLeast: 4 },
  { ours: 'all-on-100', theirs: 'fastapi', atLeast: 1.5 },
] as const satisfies readonly { ours: ServerName; theirs: ServerName; atLeast: number }[];

const BYTES_PER_MB = 1_000_000;
const MEMORY_TARGETS_MB: Partial<Record<ServerName, number>> = { protocol: 150, 'all-on': 260 };
const START_TARGETS_MS: Partial<Record<ServerName, number>> = { protocol: 400, 'all-on-100': 600 };
const ZIP_TARGET_MB = 5;
const P99_TARGET_MS = 10;

/** The figures with their targets, in the order of the table. */
export function figuresOf(measured: Measured): Figure[] {
  return [...ratioFigures(measured.costs), ...memoryFigures(measured.memory), ...startFigures(measured.startMs), ...packageFigures(measured.zipBytes), ...latencyFigures(measured.latencies)];
}

function ratioFigures(costs: CallCosts): Figure[] {
  return RATIOS.flatMap(({ ours, theirs, atLeast }) => MEASUREMENTS.flatMap((measurement) => {
    const our = costs.get(ours)?.[measurement].cpuSecondsPer1000Calls;
    const their = costs.get(theirs)?.[measurement].cpuSecondsPer1000Calls;
    return our === undefined || their === undefined ? [] : [figure(`CPU time, ${theirs} ÷ ${ours}: ${measurement}`, their / our, '×', { kind: 'at least', value: atLeast })];
  }));
}

function memoryFigures(memory: Measured['memory']): Figure[] {
  return [...memory].flatMap(([name, { calls, residentBytes, residentBytesPerCall }]) => [
    figure(`Resident memory of ${name} after ${calls.toLocaleString('en')} calls`, residentBytes / BYTES_PER_MB, 'MB', below(MEMORY_TARGETS_MB[name])),
    figure(`Its growth over the second half`, residentBytesPerCall * 100_000 / BYTES_PER_MB, 'MB per 100,000 calls', undefined),
  ]);
}

function startFigures(startMs: Measured['startMs']): Figure[] {
  return [...startMs].map(([name, value]) => figure(`Start of ${name} to the first good answer`, value, 'ms', below(START_TARGETS_MS[name])));
}

function packageFigures(zipBytes: number | undefined): Figure[] {
  return zipBytes === undefined ? [] : [figure('Size of the package', zipBytes / BYTES_PER_MB, 'MB', below(ZIP_TARGET_MB))];
}

function latencyFigures(latencies: Latencies | undefined): Figure[] {
  if (!latencies) return [];
  const rate = `${Math.round(latencies.callsPerSecond).toLocaleString('en')} calls/s, half the saturating rate`;
  return [
    figure(`p99 latency of all-on at ${rate}`, latencies.alone.p99Ms, 'ms', below(P99_TARGET_MS)),
    figure(`The same while ${PRIMES_CALLERS} calls of compute_primes run at a time (${latencies.besidePrimes.backgroundCalls} in all)`, latencies.besidePrimes.p99Ms, 'ms', below(P99_TARGET_MS)),
    ...(latencies.floor ? [figure('The same of fastify at that rate: what the machine and the load add', latencies.floor.p99Ms, 'ms', undefined)] : []),
  ];
}

/** @returns undefined without a limit */
export function below(value: number | undefined): Target | undefined {
  return value === undefined ? undefined : { kind: 'less than', value };
}

export function figure(name: string, value: number, unit: Figure['unit'], target: Target | undefined): Figure {
  return { name, value, unit, target, reached: target && (target.kind === 'at least' ? value >= target.value : value < target.value) };
}
