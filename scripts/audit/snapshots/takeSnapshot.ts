import type { ContainerClient } from '@azure/storage-blob';
import { tools } from '../../../app/tools/index.ts';
import { readDenyList } from '../../access/readDenyList.ts';
import { CommandError } from '../../commandError.ts';
import type { OpenRecord } from '../openRecord.ts';
import { operatorOf, recordOperation, tenantOf } from '../operatorStream.ts';
import { catalogueOf } from './catalogue.ts';
import { createGraphReader } from './graphReader.ts';
import { readDirectory } from './readDirectory.ts';
import { OPERATION, type RecordedSnapshot } from './recordedSnapshots.ts';
import { blobOf, buildSnapshot, textOf, type Snapshot } from './snapshot.ts';

const GRAPH_SCOPE = 'https://graph.microsoft.com/.default';
const STORAGE_SCOPE = 'https://storage.azure.com/.default';

export interface TakenSnapshot {
  readonly recorded: RecordedSnapshot;
  readonly snapshot: Snapshot;
}

/**
 * Takes a snapshot of who may call what: reads the directory, stores what it says, and records the digest of that, which nobody can rewrite. A run that is cut off between the
 * two leaves a blob that the record does not know, which counts for nothing.
 * @param clientId application id of the MCP server
 * @param update told what takes long
 * @throws CommandError SNAPSHOT_NO_APPLICATION, SNAPSHOT_GRAPH_DENIED, SNAPSHOT_GRAPH_BUSY, SNAPSHOT_GRAPH_FAILED, SNAPSHOT_NOT_STORED, AUDIT_NOT_RECORDED
 */
export async function takeSnapshot(record: OpenRecord, clientId: string, update: (text: string) => void = () => undefined): Promise<TakenSnapshot> {
  const graphToken = await record.token(GRAPH_SCOPE);
  const graph = createGraphReader({
    url: record.graphUrl,
    token: () => record.token(GRAPH_SCOPE),
    onWait: (timeMs, reason) => update(`Microsoft Graph ${reason}: asking again in ${Math.ceil(timeMs / 1_000)} s`),
  });
  const directory = await readDirectory(graph, tenantOf(graphToken), clientId);
  const { held: denyList } = await readDenyList(record.containers.access);
  const snapshot = buildSnapshot({ directory, catalogue: catalogueOf(tools), denyList });
  const { text, digest } = textOf(snapshot);
  const takenAt = new Date();
  const blob = blobOf(takenAt, digest);
  await store(record.containers.access, blob, text);
  const by = operatorOf(await record.token(STORAGE_SCOPE));
  const details = { blob, digest, bytes: Buffer.byteLength(text) };
  const stream = await recordOperation(record, [{ kind: 'operation', operation: OPERATION, by, details }], takenAt);
  return { recorded: { takenAt: takenAt.toISOString(), by, ...details, stream }, snapshot };
}

async function store(container: ContainerClient, blob: string, text: string): Promise<void> {
  const client = container.getBlockBlobClient(blob);
  try {
    await client.upload(text, Buffer.byteLength(text), { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: { blobContentType: 'application/json' } });
  } catch (error) {
    // An answer that was lost on its way: the blob is there, as this run or one at the same second wrote it.
    if ((error as { statusCode?: number }).statusCode === 409 && (await client.downloadToBuffer()).toString('utf8') === text) return;
    throw new CommandError('SNAPSHOT_NOT_STORED', `The snapshot could not be stored as access/${blob}: ${(error as Error).message} It takes the right to write blobs into the container access. Run the command again.`);
  }
}
