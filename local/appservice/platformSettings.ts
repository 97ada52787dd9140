import {
  DEFAULT_WARMUP_PATH, MAX_PING_FAILURES, MAX_UNHEALTHY_WORKER_PERCENT, START_TIME_LIMIT_SECONDS, STOP_TIME_LIMIT_SECONDS,
} from './limits.ts';

/** The app settings that speak to the platform, not to the app. */
export interface PlatformSettings {
  readonly packageUrl: string | undefined;
  /** Resource id, or `SystemAssigned`. */
  readonly packageIdentity: string | undefined;
  readonly warmupPath: string;
  /** Undefined: any status will do. */
  readonly warmupStatuses: readonly number[] | undefined;
  readonly swapPingPath: string;
  /** Undefined: any status will do. */
  readonly swapPingStatuses: readonly number[] | undefined;
  readonly startTimeLimitMs: number;
  readonly stopTimeLimitMs: number;
  readonly maxPingFailures: number;
  readonly maxUnhealthyWorkerPercent: number;
}

/**
 * Reads them as App Service does: what cannot be read counts as absent, numbers are held within their bounds.
 * Source: learn.microsoft.com, "Environment variables and app settings in Azure App Service".
 */
export function readPlatformSettings(settings: Readonly<Record<string, string>>): PlatformSettings {
  return {
    packageUrl: settings['WEBSITE_RUN_FROM_PACKAGE'] || undefined,
    packageIdentity: settings['WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID'] || undefined,
    warmupPath: readPath(settings['WEBSITE_WARMUP_PATH']) ?? DEFAULT_WARMUP_PATH,
    warmupStatuses: readStatuses(settings['WEBSITE_WARMUP_STATUSES']),
    swapPingPath: readPath(settings['WEBSITE_SWAP_WARMUP_PING_PATH']) ?? '/',
    swapPingStatuses: readStatuses(settings['WEBSITE_SWAP_WARMUP_PING_STATUSES']),
    startTimeLimitMs: bounded(settings['WEBSITES_CONTAINER_START_TIME_LIMIT'], START_TIME_LIMIT_SECONDS) * 1000,
    stopTimeLimitMs: bounded(settings['WEBSITES_CONTAINER_STOP_TIME_LIMIT'], STOP_TIME_LIMIT_SECONDS) * 1000,
    maxPingFailures: bounded(settings['WEBSITE_HEALTHCHECK_MAXPINGFAILURES'], MAX_PING_FAILURES),
    maxUnhealthyWorkerPercent: bounded(settings['WEBSITE_HEALTHCHECK_MAXUNHEALTHYWORKERPERCENT'], MAX_UNHEALTHY_WORKER_PERCENT),
  };
}

function readPath(text: string | undefined): string | undefined {
  return text?.startsWith('/') ? text : undefined;
}

function readStatuses(text: string | undefined): number[] | undefined {
  const statuses = (text ?? '').split(',').map((part) => Number(part.trim())).filter((status) => Number.isInteger(status) && status >= 100);
  return statuses.length > 0 ? statuses : undefined;
}

function bounded(text: string | undefined, bounds: { default: number; least: number; most: number }): number {
  const number = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isFinite(number)) return bounds.default;
  return Math.min(bounds.most, Math.max(bounds.least, Math.trunc(number)));
}
