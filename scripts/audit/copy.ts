import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import { judgeAnchors } from './anchors.ts';
import type { Finding } from './finding.ts';
import type { Period } from './period.ts';
import { keySetSchema, knownKeys, type VaultKeys } from './publicKeys.ts';
import { keyIdsOf, rootOf, type SignatureKeys } from './readRecord.ts';
import { folderSource, type BlobSource, type RecordContainer } from './source.ts';
import { chooseStreams, readDay } from './storedStreams.ts';

const COPY_FILE = 'copy.json';
const KEYS_FILE = 'keys.json';
/** Stands in a folder as long as the copy is not complete. */
const UNFINISHED_FILE = 'copy.unfinished';

const copySchema = z.strictObject({
  format: z.literal(1), from: z.iso.date(), to: z.iso.date(), takenAt: z.iso.datetime(),
  /** What was wrong with the names of blobs, which a copy does not have. */
  findings: z.array(z.strictObject({ code: z.literal('BLOB_UNEXPECTED'), blob: z.string(), message: z.string() })),
});

/** The record of a period in a folder, with the public keys. */
export interface Copy {
  readonly source: BlobSource;
  readonly keys: SignatureKeys;
  readonly period: Period;
  readonly findings: readonly Finding[];
}

/** @throws CommandError AUDIT_NO_COPY, AUDIT_COPY_UNREADABLE */
export async function openCopy(folder: string): Promise<Copy> {
  const read = async <T>(file: string, schema: z.ZodType<T>): Promise<T> => {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new CommandError('AUDIT_NO_COPY', `There is no complete copy in ${folder}: ${error.message}. Write one: npm run audit -- verify --download ${folder}`, 2);
    });
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new CommandError('AUDIT_COPY_UNREADABLE', `${path} is not what "verify --download" writes: ${(error as Error).message}`);
    }
  };
  const { from, to, findings } = await read(COPY_FILE, copySchema);
  return { source: folderSource(folder), keys: knownKeys(await read(KEYS_FILE, keySetSchema)), period: { from, to }, findings };
}

/**
 * Copies what says something about a period, byte by byte, with the public keys: heads, manifests and segments in the order in which they are read on line. Streams that ended
 * before the period, and segments that a signed head shows to be older, are left out; `readRecord` over the copy does not ask for them.
 * @param folder made when it is absent; one that holds a copy which was cut off is cleared
 * @throws CommandError AUDIT_FOLDER_IN_USE
 */
export async function takeCopy(source: BlobSource, keys: VaultKeys, period: Period, folder: string, now: Date): Promise<void> {
  await clearFolder(folder);
  const { days, findings } = await chooseStreams(source, period);
  const copying = copyingSource(source, folder);
  for (const [day, chosen] of days) {
    const { streams } = await readDay(copying, day, chosen, { isWholeDay: day >= period.from });
    await keys.load(keyIdsOf(streams));
    for (const { stream, heads, manifest, segments } of streams) {
      const root = rootOf(judgeAnchors(stream, heads, manifest, keys.verify), period);
      for (const { segment, blob } of segments) if (segment >= (root?.segment ?? 0)) await drain(await copying.read('audit', blob));
    }
  }
  await writeFile(join(folder, KEYS_FILE), `${JSON.stringify(keys.loaded)}\n`);
  await writeFile(join(folder, COPY_FILE), `${JSON.stringify({ format: 1, ...period, takenAt: now.toISOString(), findings })}\n`);
  await rm(join(folder, UNFINISHED_FILE));
}

async function clearFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(UNFINISHED_FILE)) throw new CommandError('AUDIT_FOLDER_IN_USE', `${folder} is not empty. Name a folder that is, or that there is not: a copy is never written over another one.`, 2);
  await writeFile(join(folder, UNFINISHED_FILE), '');
  for (const name of ['audit', 'anchors', KEYS_FILE, COPY_FILE]) await rm(join(folder, name), { recursive: true, force: true });
}

/** A source that writes to disk what is read from it. */
function copyingSource(source: BlobSource, folder: string): BlobSource {
  return {
    list: (container, inside) => source.list(container, inside),
    async read(container, blob) {
      const chunks = await source.read(container, blob);
      return chunks && copyWhileRead(chunks, pathOf(folder, container, blob));
    },
  };
}

async function* copyWhileRead(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function drain(chunks: AsyncIterable<Buffer> | undefined): Promise<void> {
  for await (const _chunk of chunks ?? []) {
    // Reading it copies it.
  }
}

/** Names have the form that their writers give them, so that none leads out of the folder. */
function pathOf(folder: string, container: RecordContainer, blob: string): string {
  return join(folder, container, blob);
}
