import type { BlobSource, RecordContainer } from '../../../../scripts/audit/source.ts';
import type { OperatorStore } from '../../../../scripts/audit/operatorStream.ts';
import { knownKeys } from '../../../../scripts/audit/publicKeys.ts';
import { readRecord, type RecordReport, type SignatureKeys } from '../../../../scripts/audit/readRecord.ts';
import type { RecordLine } from '../../../../scripts/audit/lines.ts';
import type { Period } from '../../../../scripts/audit/period.ts';
import { KEYS, signHead, type WrittenStream } from './writeStream.ts';

/** Blobs in memory, by container and name such as `audit/calls/…`, and when something was last added to each. */
export class MemoryRecord implements BlobSource, OperatorStore {
  readonly blobs = new Map<string, Buffer>();
  readonly modifiedMs = new Map<string, number>();
  /** Names of what was read, in that order. */
  readonly reads: string[] = [];
  /** Called before each request, which fails when it throws. */
  before: (request: string) => void | Promise<void> = () => undefined;

  static of(...streams: readonly WrittenStream[]): MemoryRecord {
    const record = new MemoryRecord();
    for (const stream of streams) record.put(stream);
    return record;
  }

  put({ stream, day, segments, heads, manifest }: WrittenStream): void {
    segments.forEach((lines, segment) => this.blobs.set(segmentName(stream, segment), bytesOf(lines)));
    if (heads) this.blobs.set(headsName(stream), bytesOf(heads));
    if (manifest.length > 0) this.add(`anchors/manifest/${day}.jsonl`, bytesOf(manifest));
  }

  /** Appends to a blob, which is made when there is none. */
  add(name: string, bytes: Buffer): void {
    this.blobs.set(name, Buffer.concat([this.blobs.get(name) ?? Buffer.alloc(0), bytes]));
  }

  async list(container: RecordContainer, folder: string): Promise<{ name: string; modifiedMs: number | undefined }[]> {
    await this.before(`list ${container}/${folder}`);
    return [...this.blobs.keys()].filter((name) => name.startsWith(`${container}/${folder}`)).sort().map((name) => ({ name: name.slice(container.length + 1), modifiedMs: this.modifiedMs.get(name) }));
  }

  async read(container: RecordContainer, blob: string): Promise<AsyncIterable<Buffer> | undefined> {
    await this.before(`read ${container}/${blob}`);
    this.reads.push(`${container}/${blob}`);
    const bytes = this.blobs.get(`${container}/${blob}`);
    return bytes && chunksOf(bytes);
  }

  async create(container: RecordContainer, blob: string): Promise<void> {
    await this.before(`create ${container}/${blob}`);
    const name = `${container}/${blob}`;
    if (!this.blobs.has(name)) this.blobs.set(name, Buffer.alloc(0));
  }

  async append(container: RecordContainer, blob: string, text: string, position?: number): Promise<void> {
    await this.before(`append ${container}/${blob}`);
    const name = `${container}/${blob}`;
    const length = this.blobs.get(name)?.length;
    if (length === undefined || (position !== undefined && position !== length)) throw new Error(`${name} is not ${position} bytes long.`);
    this.add(name, Buffer.from(text));
  }

  async sign(text: string): Promise<{ key: string; signature: string }> {
    await this.before('sign');
    const [, stream = '', segment, seq, head = '', at = ''] = text.split('\n');
    const { key, signature } = JSON.parse(signHead({ stream, segment: Number(segment), seq: Number(seq), head, at })) as { key: string; signature: string };
    return { key, signature };
  }
}

/** In small pieces that end anywhere: nothing may depend on where a chunk ends. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.ceil(bytes.length / 3));
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export function segmentName(stream: string, segment: number): string {
  return `audit/${stream.includes('z-operator-') ? 'operations' : 'calls'}/${folderOf(stream)}/${stream}/${String(segment).padStart(4, '0')}.jsonl`;
}

export function headsName(stream: string): string {
  return `anchors/heads/${folderOf(stream)}/${stream}.jsonl`;
}

function folderOf(stream: string): string {
  return `${stream.slice(0, 4)}/${stream.slice(4, 6)}/${stream.slice(6, 8)}`;
}

export function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

export const YEAR: Period = { from: '2026-01-01', to: '2026-12-31' };

export interface ReadBack {
  readonly report: RecordReport;
  readonly believed: readonly { readonly stream: string; readonly record: RecordLine; readonly anchored: boolean }[];
  readonly doubted: readonly RecordLine[];
}

/** The keys of the record. A signature that was checked is not checked again: tests read the same heads many times. */
export function rememberingKeys(): SignatureKeys {
  const { load, verify } = knownKeys(KEYS);
  const known = new Map<string, boolean>();
  return {
    load,
    verify(key, text, signature) {
      const question = JSON.stringify([key, text, signature]);
      const answer = known.get(question) ?? verify(key, text, signature);
      known.set(question, answer);
      return answer;
    },
  };
}

/** All that is to be believed of a record. */
export async function readBack(source: BlobSource, period: Period = YEAR, keys = knownKeys(KEYS)): Promise<ReadBack> {
  const believed: { stream: string; record: RecordLine; anchored: boolean }[] = [];
  const doubted: RecordLine[] = [];
  const report = await readRecord(source, keys, period, {
    take: (records, { stream }) => void believed.push(...records.map((one) => ({ stream, ...one }))),
    doubt: (record) => void doubted.push(record),
  });
  return { report, believed, doubted };
}
