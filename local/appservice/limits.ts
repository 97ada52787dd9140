/** Numbers that App Service documents. Each names the page it stands on (learn.microsoft.com). */

/** "Environment variables and app settings in Azure App Service", WEBSITE_WARMUP_PATH. */
export const DEFAULT_WARMUP_PATH = '/robots933456.txt';
/** The same page, WEBSITES_CONTAINER_START_TIME_LIMIT: seconds, for Linux. */
export const START_TIME_LIMIT_SECONDS = { default: 230, least: 10, most: 1800 } as const;
/** The same page, WEBSITES_CONTAINER_STOP_TIME_LIMIT: seconds between SIGTERM and SIGKILL. */
export const STOP_TIME_LIMIT_SECONDS = { default: 5, least: 0, most: 120 } as const;
/** "Monitor App Service instances by using Health check": one ping a minute, answered within a minute. */
export const HEALTH_CHECK_INTERVAL_MS = 60_000;
export const HEALTH_CHECK_TIMEOUT_MS = 60_000;
/** The same page, section "Configuration". */
export const MAX_PING_FAILURES = { default: 10, least: 2, most: 10 } as const;
export const MAX_UNHEALTHY_WORKER_PERCENT = { default: 50, least: 1, most: 100 } as const;
/** The same page: an instance that stays unhealthy for one hour is replaced; one replacement an hour, three a day a plan. */
export const REPLACE_AFTER_MS = 3_600_000;
export const REPLACEMENTS_PER_DAY = 3;
/** "Set up staging environments", section "Troubleshoot swaps": how long a ping of the warm-up may take, and how many are sent. */
export const SWAP_PING_LIMIT_MS = 90_000;
export const SWAP_PING_TRIES = 5;
/** The same page, section "Route production traffic automatically": how long a client stays with the slot it was routed to. */
export const ROUTING_COOKIE_SECONDS = 3600;
/** "App Service web app FAQ", "Why does my request time out after 230 seconds?": the idle limit of the load balancer. */
export const IDLE_LIMIT_MS = 230_000;
/** "Use Key Vault references", section "Rotation": references are fetched again every 24 hours. */
export const REFERENCE_REFRESH_MS = 24 * 3_600_000;
/** "Run your app in Azure App Service directly from a ZIP package": packages of 1 GB at most. */
export const PACKAGE_LIMIT_BYTES = 1024 * 1024 * 1024;
/** "App Service limits" in "Azure subscription and service limits": instances and slots by tier. */
export const TIERS: Readonly<Record<string, { instances: number; slots: number }>> = {
  Free: { instances: 1, slots: 0 },
  Shared: { instances: 1, slots: 0 },
  Basic: { instances: 3, slots: 0 },
  Standard: { instances: 10, slots: 5 },
  Premium: { instances: 30, slots: 20 },
  PremiumV2: { instances: 30, slots: 20 },
  PremiumV3: { instances: 30, slots: 20 },
  PremiumV4: { instances: 30, slots: 20 },
};

/** Of this imitation, not of Azure: how long a log file of a worker may become, and how many are kept. */
export const LOG_FILE_LIMIT_BYTES = 5 * 1024 * 1024;
export const LOG_FILES_KEPT = 3;
