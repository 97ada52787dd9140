import type { ContainerClient } from '@azure/storage-blob';
import { CommandError } from '../../commandError.ts';
import type { RecordedSnapshot } from './recordedSnapshots.ts';
import { digestOf, parseSnapshot, type Snapshot } from './snapshot.ts';

/** A snapshot that is not as the record says. */
export interface SnapshotFinding {
  readonly code: 'SNAPSHOT_REMOVED' | 'SNAPSHOT_ALTERED';
  readonly blob: string;
  readonly message: string;
}

/**
 * Reads a snapshot, if it is the one that was recorded.
 * @throws CommandError SNAPSHOT_FORMAT
 */
export async function readSnapshot(container: ContainerClient, { blob, digest, takenAt }: RecordedSnapshot): Promise<Snapshot | SnapshotFinding> {
  let bytes: Buffer;
  try {
    bytes = await container.getBlobClient(blob).downloadToBuffer();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    return { code: 'SNAPSHOT_REMOVED', blob, message: `The snapshot of ${takenAt} stands in the record, and access/${blob} is not there: it was removed.` };
  }
  const found = digestOf(bytes);
  if (found !== digest) return { code: 'SNAPSHOT_ALTERED', blob, message: `access/${blob} is not the snapshot that was recorded at ${takenAt}: its digest is ${found}, and the record has ${digest}.` };
  try {
    return parseSnapshot(bytes.toString('utf8'));
  } catch {
    throw new CommandError('SNAPSHOT_FORMAT', `access/${blob} is the snapshot that was recorded, in a format that this version does not read. Use the version of the repository that took it, at ${takenAt}, or a later one.`);
  }
}
