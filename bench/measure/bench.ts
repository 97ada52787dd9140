import type { LoadGenerator } from '../load/loadGenerator.ts';
import type { Cores } from '../process/cores.ts';
import type { BenchRequest, Measurement } from '../requests.ts';
import type { StandIn } from '../standIn.ts';

/** What the measurements share. */
export interface Bench {
  readonly cores: Cores;
  readonly load: LoadGenerator;
  readonly standIn: StandIn;
  readonly requests: Readonly<Record<Measurement, BenchRequest>>;
  /** Calls of one measurement. */
  readonly calls: number;
  /** Connections of the load, each with one call at a time. */
  readonly connections: number;
}

/** Unless a measurement asks for others. */
export const CONNECTIONS = 32;
