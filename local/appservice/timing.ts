import { HEALTH_CHECK_INTERVAL_MS, IDLE_LIMIT_MS, REFERENCE_REFRESH_MS, REPLACE_AFTER_MS, SWAP_PING_LIMIT_MS } from './limits.ts';

/** How often and how long the platform does things. The defaults are Azure's where Azure documents them. */
export interface Timing {
  readonly healthCheckIntervalMs: number;
  readonly replaceAfterMs: number;
  readonly idleLimitMs: number;
  readonly referenceRefreshMs: number;
  readonly warmupPauseMs: number;
  /** How long a process that is to stop may take to begin its answers to requests that were under way, before it gets SIGTERM. */
  readonly settleLimitMs: number;
  /** How long a ping of a swap's warm-up may take. */
  readonly swapPingLimitMs: number;
  /** What a client that polls a swap is told to wait, in whole seconds. */
  readonly swapRetryAfterSeconds: number;
  /** Pauses before a process that ended is started again, in turn; the last one repeats. */
  readonly restartPausesMs: readonly number[];
  readonly stableAfterMs: number;
  /** Pauses before a package that could not be had is fetched again, in turn; the last one repeats. */
  readonly packagePausesMs: readonly number[];
}

export const DEFAULT_TIMING: Timing = {
  healthCheckIntervalMs: HEALTH_CHECK_INTERVAL_MS,
  replaceAfterMs: REPLACE_AFTER_MS,
  idleLimitMs: IDLE_LIMIT_MS,
  referenceRefreshMs: REFERENCE_REFRESH_MS,
  warmupPauseMs: 100,
  settleLimitMs: 500,
  swapPingLimitMs: SWAP_PING_LIMIT_MS,
  swapRetryAfterSeconds: 1,
  restartPausesMs: [100, 1000, 2000, 5000, 10_000, 30_000],
  stableAfterMs: 60_000,
  packagePausesMs: [1000, 2000, 5000, 10_000, 30_000],
};
