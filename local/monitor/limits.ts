/** Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources", Microsoft.OperationalInsights. */
export const WORKSPACE_NAME = /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/;
/** Source: same page, Microsoft.Insights components. */
export const COMPONENT_NAME = /^(?=.{1,260}$)[^%&\\?/]*[^%&\\?/. ]$/;

/** How long a deleted workspace can be recovered. Source: "Delete and recover a Log Analytics workspace". */
export const WORKSPACE_RETENTION_DAYS = 14;
export const RETENTION_DAYS = { least: 30, most: 730 } as const;

export const TRACK_BODY_LIMIT_BYTES = 16 * 1024 * 1024;
export const TRACK_INFLATED_LIMIT_BYTES = 64 * 1024 * 1024;

/** What is kept of a component's telemetry: this many files of this size, the oldest leaving first. */
export const JOURNAL_FILE_LIMIT_BYTES = 8 * 1024 * 1024;
export const JOURNAL_FILES = 8;

/** Rows that one query answers at most. Source: "Azure Monitor service limits", Log Analytics queries (30,000 by API: 500,000; kept small here). */
export const QUERY_ROWS_LIMIT = 30_000;
