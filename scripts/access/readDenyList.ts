import type { ContainerClient } from '@azure/storage-blob';
import { denyListSchema, NO_RULES, type DenyList } from './denyRules.ts';

/** Name of the list of the denied in the container `access`. */
export const DENY_LIST = 'deny.json';

/** Reads the list of the denied, with the version that a change of it has to name. Without a list nobody is denied. */
export async function readDenyList(container: ContainerClient): Promise<{ held: DenyList; etag: string | undefined }> {
  const blob = container.getBlockBlobClient(DENY_LIST);
  try {
    const { etag } = await blob.getProperties();
    return { held: denyListSchema.parse(JSON.parse((await blob.downloadToBuffer(0, undefined, { conditions: { ...(etag === undefined ? {} : { ifMatch: etag }) } })).toString('utf8'))), etag };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return { held: NO_RULES, etag: undefined };
    throw error;
  }
}
