/** Names. Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources", Microsoft.Storage. */
export const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;
export const CONTAINER_NAME = /^(?:\$root|\$web|\$logs|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$/;

/** Largest blob that one Put Blob takes, from service version 2019-12-12 on. Source: "Scalability and performance targets for Blob storage". */
export const SINGLE_PUT_LIMIT_BYTES = 5_000 * 1024 * 1024;

/** Service version of the requests that the local storage makes itself. */
export const SERVICE_VERSION = '2021-12-02';

export const AZURITE_START_TIMEOUT_MS = 30_000;
export const AZURITE_STOP_TIMEOUT_MS = 5_000;
/** How long a restart waits for requests in flight before it cuts them. */
export const DRAIN_TIMEOUT_MS = 10_000;
/** Pause before Azurite is started again after it died: first and longest. */
export const RESTART_PAUSE_MS = { first: 100, most: 5_000 } as const;
