/** How plain requests speak to the Blob service of the state account. Source: learn.microsoft.com, "Versioning for Azure Storage" and "Authorize with Microsoft Entra ID". */
export const BLOB_SERVICE_VERSION = '2025-05-05';
export const STORAGE_SCOPE = 'https://storage.azure.com/.default';
