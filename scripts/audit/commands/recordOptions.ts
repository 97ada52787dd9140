import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { ArgumentError } from '../../actions.ts';
import { parseStack } from '../../arguments.ts';
import { CommandError } from '../../commandError.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { parseHead } from '../lines.ts';
import { openRecord } from '../openRecord.ts';
import { createSignatureCheck, keySetSchema, readPublicKeys, type KeySet } from '../publicKeys.ts';
import { blobSource, daysOf, folderSource, readStreams, type BlobSource, type Period } from '../source.ts';
import { verifyStream, type VerifiedStream } from '../verifyStream.ts';

/** Exit code when the record is not as it was written. */
export const EXIT_FINDINGS = 3;
const DEFAULT_DAYS = 30;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const KEYS_FILE = 'keys.json';

/** Options of every action that reads the record. */
export const RECORD_OPTIONS = {
  from: { type: 'string' }, to: { type: 'string' }, stack: { type: 'string' }, 'blob-url': { type: 'string' }, 'key-url': { type: 'string' }, offline: { type: 'string' }, json: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

interface Where {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly stack?: string | undefined;
  readonly 'blob-url'?: string | undefined;
  readonly 'key-url'?: string | undefined;
  readonly offline?: string | undefined;
}

/** Reads and verifies the streams of a period. @param downloadTo folder that takes a copy */
export async function readRecord(context: CommandContext, where: Where, downloadTo?: string): Promise<{ streams: VerifiedStream[]; period: Period }> {
  const period = periodOf(where);
  const progress = progressOf(context);
  if (where.offline !== undefined) {
    const keys = await readFile(join(where.offline, KEYS_FILE), 'utf8').catch(() => {
      throw new CommandError('AUDIT_NO_COPY', `${join(where.offline ?? '', KEYS_FILE)} cannot be read. Write a copy first: npm run audit -- verify --download ${where.offline ?? 'FOLDER'}`, 2);
    });
    return { streams: await progress.step('Verifying', () => verifyAll(folderSource(where.offline ?? ''), period, keySetSchema.parse(JSON.parse(keys)))), period };
  }
  const record = await openRecord(context, { stack: parseStack(where.stack), blobUrl: where['blob-url'], keyUrl: where['key-url'] });
  const source = blobSource(record.containers);
  const keys = await readPublicKeys(record.keyUrl, await keyIdsOf(source, period), await record.token('https://vault.azure.net/.default'));
  if (downloadTo !== undefined) await progress.step('Downloading', () => download(source, period, keys, downloadTo));
  return { streams: await progress.step('Verifying', () => verifyAll(downloadTo === undefined ? source : folderSource(downloadTo), period, keys)), period };
}

async function verifyAll(source: BlobSource, period: Period, keys: KeySet): Promise<VerifiedStream[]> {
  const check = createSignatureCheck(keys);
  const verified: VerifiedStream[] = [];
  for await (const stored of readStreams(source, period)) verified.push(verifyStream(stored, check));
  return verified;
}

async function keyIdsOf(source: BlobSource, period: Period): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { heads, manifest } of readStreams({ ...source, list: (container, prefix) => (container === 'audit' ? Promise.resolve([]) : source.list(container, prefix)) }, period)) {
    for (const head of [...manifest, ...heads.split('\n').flatMap((line) => parseHead(line) ?? [])]) ids.add(head.key);
  }
  return ids;
}

async function download(source: BlobSource, period: Period, keys: KeySet, folder: string): Promise<void> {
  const copy = async (container: 'audit' | 'anchors', blob: string): Promise<void> => {
    const text = await source.read(container, blob);
    if (text === undefined) return;
    const path = join(folder, container, blob);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  for (const day of daysOf(period)) {
    const dated = day.replaceAll('-', '/');
    // Heads before streams: a head that is copied later might be of a record that is not in the copy.
    await copy('anchors', `manifest/${day}.jsonl`);
    for (const blob of await source.list('anchors', `heads/${dated}/`)) await copy('anchors', blob);
    for (const root of ['calls', 'operations']) for (const blob of await source.list('audit', `${root}/${dated}/`)) await copy('audit', blob);
  }
  await writeFile(join(folder, KEYS_FILE), `${JSON.stringify(keys)}\n`);
}

function periodOf({ from, to }: Where): Period {
  const today = new Date();
  const period = { from: from ?? new Date(today.getTime() - (DEFAULT_DAYS - 1) * 24 * 3_600_000).toISOString().slice(0, 10), to: to ?? today.toISOString().slice(0, 10) };
  for (const [name, value] of Object.entries(period)) if (!DAY.test(value) || Number.isNaN(Date.parse(value))) throw new ArgumentError(`--${name} was given "${value}". Allowed: a day as YYYY-MM-DD`);
  if (period.from > period.to) throw new ArgumentError(`--from ${period.from} is after --to ${period.to}`);
  return period;
}
