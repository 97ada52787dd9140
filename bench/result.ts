import type { Addition } from './commandLine.ts';
import type { CallCost } from './measure/cpuTurns.ts';
import type { TelemetryCount } from './measure/telemetry.ts';
import type { Figure } from './figures.ts';
import type { Measurement } from './requests.ts';
import type { ServerName } from './serverNames.ts';
import type { BenchSetting } from './setting.ts';

/** What a run found; `--json` prints it. */
export interface BenchResult {
  /** Undefined for the app as a whole. */
  readonly additions: readonly Addition[] | undefined;
  readonly setting: BenchSetting;
  /** Whether servers and load had a core each. */
  readonly pinned: boolean;
  /** Calls of one measurement. */
  readonly calls: number;
  readonly connections: number;
  readonly servers: Readonly<Partial<Record<ServerName, Readonly<Record<Measurement, CallCost>>>>>;
  /** Why a server is left out, by name. */
  readonly skipped: Readonly<Partial<Record<ServerName, string>>>;
  readonly figures: readonly Figure[];
  readonly telemetry: Readonly<Partial<Record<ServerName, TelemetryCount>>>;
}
