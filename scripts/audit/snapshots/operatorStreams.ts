import type { ContainerClient } from '@azure/storage-blob';
import { parseHead } from '../lines.ts';
import type { OpenRecord } from '../openRecord.ts';
import { createSignatureCheck, readPublicKeys, type KeySet } from '../publicKeys.ts';
import { blobSource, readStreams, type BlobSource } from '../source.ts';
import { verifyStream, type StoredStream, type VerifiedStream } from '../verifyStream.ts';

const ROOT = 'operations/';
/** Slot and instance in the name of a stream that a command wrote: docs/decisions/018-the-record.md, "Blobs". */
const OF_OPERATOR = /-operator-operator-[0-9a-f]{8}(\.jsonl)?$/;

/** The streams of operators, verified, and nothing of those of the server, which are many and large. */
export interface OperatorStreams {
  /** Days on which there may be one, in their order. */
  days(): Promise<string[]>;
  readDay(day: string): Promise<VerifiedStream[]>;
}

/** The streams of operators in the record. @throws CommandError AUDIT_KEY_UNREADABLE */
export function openOperatorStreams({ containers, keyUrl, token }: OpenRecord): OperatorStreams {
  return createOperatorStreams(blobSource(containers), () => foldersOf(containers.audit, ROOT), async (ids) => (await readPublicKeys(keyUrl, ids, await token('https://vault.azure.net/.default'))).keys);
}

type Key = KeySet['keys'][number];

/**
 * @param folders names of the folders of days below `operations/`
 * @param readKeys the public halves of keys, by their ids
 */
export function createOperatorStreams(blobs: BlobSource, folders: () => Promise<readonly string[]>, readKeys: (ids: ReadonlySet<string>) => Promise<readonly Key[]>): OperatorStreams {
  const source = ofOperators(blobs);
  const asked = new Set<string>();
  const keys: Key[] = [];
  return {
    async days() {
      // A day of which only the manifest is left counts: what it names is missing.
      const names = [...await folders(), ...await source.list('anchors', 'manifest/')];
      return [...new Set(names.flatMap((name) => /(\d{4})[/-](\d{2})[/-](\d{2})/.exec(name)?.slice(1).join('-') ?? []))].sort();
    },
    async readDay(day) {
      const streams: StoredStream[] = [];
      for await (const stream of readStreams(source, { from: day, to: day })) streams.push(stream);
      const ids = new Set(streams.flatMap(keyIdsOf).filter((id) => !asked.has(id)));
      for (const id of ids) asked.add(id);
      if (ids.size > 0) keys.push(...await readKeys(ids));
      const check = createSignatureCheck({ keys });
      return streams.map((stream) => verifyStream(stream, check));
    },
  };
}

/** The days below a folder of days, without the blobs in them. */
async function foldersOf(container: ContainerClient, prefix: string, depth = 3): Promise<string[]> {
  if (depth === 0) return [prefix];
  const found: string[] = [];
  for await (const entry of container.listBlobsByHierarchy('/', { prefix })) if (entry.kind === 'prefix') found.push(...await foldersOf(container, entry.name, depth - 1));
  return found;
}

function ofOperators(source: BlobSource): BlobSource {
  return {
    async list(container, prefix) {
      if (container === 'audit') return prefix.startsWith(ROOT) ? await source.list(container, prefix) : [];
      const names = await source.list(container, prefix);
      return prefix.startsWith('heads/') ? names.filter((name) => OF_OPERATOR.test(name)) : names;
    },
    async read(container, blob) {
      const text = await source.read(container, blob);
      if (!blob.startsWith('manifest/') || text === undefined) return text;
      return text.split('\n').filter((line) => OF_OPERATOR.test(parseHead(line)?.stream ?? '')).join('\n');
    },
  };
}

function keyIdsOf({ heads, manifest }: StoredStream): string[] {
  return [...manifest, ...heads.split('\n').flatMap((line) => parseHead(line) ?? [])].map(({ key }) => key);
}
