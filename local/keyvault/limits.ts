/** Limits of Key Vault. Source: learn.microsoft.com, "Azure Key Vault keys, secrets and certificates overview" and "About Azure Key Vault secrets". */
export const VAULT_NAME = /^[a-zA-Z](?:[a-zA-Z0-9]|-(?!-)){1,22}[a-zA-Z0-9]$/;
export const SECRET_NAME = /^[0-9a-zA-Z-]{1,127}$/;
export const SECRET_VALUE_LIMIT_BYTES = 25 * 1024;
export const SECRET_TAGS_LIMIT = 15;
export const CONTENT_TYPE_LIMIT_CHARACTERS = 255;
export const RETENTION_DAYS = { least: 7, most: 90 } as const;
export const PAGE_SIZE = { least: 1, most: 25 } as const;

/** Data-plane api-versions; the pinned @azure/keyvault-secrets sends the last. */
export const DATA_PLANE_API_VERSIONS = ['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01'] as const;
