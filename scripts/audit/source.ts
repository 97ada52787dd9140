import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import { parseHead, type Head } from './lines.ts';
import type { StoredStream } from './verifyStream.ts';

/** Where the blobs of the record are read from. */
export interface BlobSource {
  /** Names that begin with the prefix, in their order. */
  list(container: 'audit' | 'anchors', prefix: string): Promise<readonly string[]>;
  /** @returns undefined when there is no such blob */
  read(container: 'audit' | 'anchors', blob: string): Promise<string | undefined>;
}

/** Days, each as YYYY-MM-DD, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

export function blobSource(containers: Readonly<Record<'audit' | 'anchors', ContainerClient>>): BlobSource {
  return {
    async list(container, prefix) {
      const names: string[] = [];
      for await (const { name } of containers[container].listBlobsFlat({ prefix })) names.push(name);
      return names.sort();
    },
    async read(container, blob) {
      const client = containers[container].getBlobClient(blob);
      return (await client.exists()) ? (await client.downloadToBuffer()).toString('utf8') : undefined;
    },
  };
}

/** A copy on disk: a folder for each container, as `audit verify --download` writes it. */
export function folderSource(folder: string): BlobSource {
  return {
    async list(container, prefix) {
      const root = join(folder, container);
      const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).split(sep).join('/')).filter((name) => name.startsWith(prefix)).sort();
    },
    read: (container, blob) => readFile(join(folder, container, blob), 'utf8').catch(() => undefined),
  };
}

/** Every stream that began on these days: those of which there are blobs, and those that the manifest and the heads speak of. */
export async function* readStreams(source: BlobSource, period: Period): AsyncGenerator<StoredStream> {
  for (const day of daysOf(period)) {
    const folder = day.replaceAll('-', '/');
    // What speaks of streams before the streams: one that begins meanwhile is stored before anything speaks of it.
    const manifest = (await source.read('anchors', `manifest/${day}.jsonl`) ?? '').split('\n').flatMap((line) => parseHead(line) ?? []);
    const anchored = (await source.list('anchors', `heads/${folder}/`)).map((blob) => blob.split('/').at(-1)?.replace(/\.jsonl$/, '') ?? '');
    const byStream = new Map<string, string[]>();
    for (const root of ['calls', 'operations']) {
      for (const blob of await source.list('audit', `${root}/${folder}/`)) {
        const stream = blob.split('/').at(-2) ?? '';
        byStream.set(stream, [...(byStream.get(stream) ?? []), blob]);
      }
    }
    for (const stream of [...new Set([...byStream.keys(), ...manifest.map((head) => head.stream), ...anchored])].sort()) {
      yield await readStream(source, stream, byStream.get(stream) ?? [], `heads/${folder}/${stream}.jsonl`, manifest.filter((head) => head.stream === stream));
    }
  }
}

async function readStream(source: BlobSource, stream: string, blobs: readonly string[], heads: string, manifest: readonly Head[]): Promise<StoredStream> {
  // The heads first: what is written meanwhile lengthens the stream, and a head read later might be of a record that was not read.
  const headText = (await source.read('anchors', heads)) ?? '';
  const segments = await Promise.all([...blobs].sort().map(async (blob) => ({ blob, text: (await source.read('audit', blob)) ?? '' })));
  return { stream, segments, heads: headText, manifest };
}

export function daysOf({ from, to }: Period): string[] {
  const days: string[] = [];
  for (let time = Date.parse(`${from}T00:00:00Z`); time <= Date.parse(`${to}T00:00:00Z`); time += 24 * 3_600_000) days.push(new Date(time).toISOString().slice(0, 'YYYY-MM-DD'.length));
  return days;
}
