import { BlobServiceProperties } from '@pulumi/azure-native/storage/blobServiceProperties.js';
import type { CustomResourceOptions, Input } from '@pulumi/pulumi';

/** Time in which a blob or a container that was deleted by mistake can be brought back, in days. */
export const SOFT_DELETE_DAYS = 30;

/**
 * Keeps what is deleted from an account for a while.
 * Source: learn.microsoft.com, "Soft delete for blobs" and "Soft delete for containers": both are off until they are switched on, and are told apart.
 */
export function keepDeleted(logicalName: string, account: { readonly resourceGroupName: Input<string>; readonly accountName: Input<string> }, options: CustomResourceOptions): BlobServiceProperties {
  const retention = { enabled: true, days: SOFT_DELETE_DAYS };
  return new BlobServiceProperties(logicalName, {
    ...account,
    blobServicesName: 'default',
    deleteRetentionPolicy: retention,
    containerDeleteRetentionPolicy: retention,
  }, options);
}
