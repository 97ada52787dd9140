import { LIMITS } from '../limits.ts';
import type { AppendStore } from './appendStore.ts';
import { BlobTail } from './blobTail.ts';
import { BlockBuffers } from './blockBuffers.ts';
import { Chain, mostBytesOf, type Head } from './chain.ts';
import { Spool } from './spool.ts';

/** Where a record is: in storage, on the disk of this machine until storage can be reached, or nowhere. */
export type Kept = 'stored' | 'spooled' | 'lost';

export interface WriterLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export interface StreamWriterOptions {
  readonly store: AppendStore;
  /** Name of the stream. */
  readonly stream: string;
  /** Name of the blob of a segment. */
  readonly blobOf: (segment: number) => string;
  /** The members of the first line. */
  readonly opening: string;
  /** `durable`: a block is stored at once, with all that came meanwhile. `buffered`: it waits for more. */
  readonly mode: 'durable' | 'buffered';
  readonly spoolFolder: string;
  readonly now: () => number;
  readonly log: WriterLog;
  /** Told when lines have come to storage: the last of them, and the first line of the stream. */
  readonly onStored?: (head: Head, opening: Head) => void;
  readonly limits?: Partial<WriterLimits>;
}

export type WriterLimits = Readonly<Record<'auditBlockBytes' | 'auditBlocksPerSegment' | 'auditBufferedMs' | 'auditGiveUpMs' | 'auditHeldBytes' | 'auditRetryMs', number>>;

/** Records that are stored together. */
interface Block {
  readonly segment: number;
  /** Its lines, up to `end`. */
  readonly buffer: Buffer;
  end: number;
  lines: number;
  head: Head;
  readonly kept: PromiseWithResolvers<Kept>;
}

/** Between the first two attempts to store a block; it doubles with each. */
const FIRST_PAUSE_MS = 50;
const LOST: Promise<Kept> = Promise.resolve('lost');

/**
 * Writes one stream: chains lines, gathers them into blocks, and appends the blocks one after the other. When storage does not answer they go to disk in
 * the same order, and from there to storage when it does. One actor does all of it, so that nothing overtakes.
 */
export class StreamWriter {
  readonly #options: StreamWriterOptions;
  readonly #limits: WriterLimits;
  readonly #chain = new Chain();
  readonly #opening: Head;
  readonly #spool: Spool;
  readonly #buffers: BlockBuffers;
  /** Blocks in the order of their lines; the last one still grows. */
  #blocks: Block[] = [];
  #blocksInSegment = 0;
  #segment = 0;
  #tail: BlobTail;
  #isPumping = false;
  #timer: NodeJS.Timeout | undefined;
  /** The last line on disk, while storage does not answer. */
  #spooled: Head | undefined;
  #retryAtMs = 0;
  #stored: Head | undefined;
  #heldBytes = 0;
  #lost = 0;
  /** What has been lost since the last line that says so. */
  #untold: { count: number; readonly fromMs: number; toMs: number } | undefined;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#buffers = new BlockBuffers(this.#limits.auditBlockBytes);
    this.#spool = new Spool(options.spoolFolder, options.stream);
    this.#tail = new BlobTail(options.store, options.blobOf(0));
    void this.#take(options.opening);
    this.#opening = this.#chain.head(0);
  }

  /** The last line that is in storage. */
  get stored(): Head | undefined {
    return this.#stored;
  }

  /** Whether storage takes what is written; otherwise it goes to disk. */
  get isReachable(): boolean {
    return this.#spooled === undefined;
  }

  get spooledBytes(): number {
    return this.#spool.bytes;
  }

  /** Records that could be kept nowhere since the start. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Adds a record.
   * @param members of the line's JSON object, without its braces
   * @returns where it has come to be: one promise for all records of a block
   */
  write(members: string): Promise<Kept> {
    // A line in the chain has to be kept, so that the decision is made before.
    if (this.#heldBytes + this.#spool.bytes > this.#limits.auditHeldBytes) {
      this.#lose(1);
      return LOST;
    }
    if (this.#untold) {
      const { count, fromMs, toMs } = this.#untold;
      this.#untold = undefined;
      void this.#take(`"kind":"lost","count":${count},"from":"${new Date(fromMs).toISOString()}","to":"${new Date(toMs).toISOString()}"`);
    }
    return this.#take(members);
  }

  /**
   * Writes what is held, to storage or to disk. Nothing may be written after it.
   * @returns once it is kept
   */
  async close(): Promise<void> {
    const kept = this.#take('"kind":"end"');
    this.#schedule(0);
    await kept;
    clearTimeout(this.#timer);
    await this.#spool.leave();
  }

  #take(members: string): Promise<Kept> {
    const block = this.#blockWithRoom(mostBytesOf(members));
    this.#add(block, members);
    this.#schedule(this.#options.mode === 'durable' || this.#blocks.length > 1 ? 0 : this.#limits.auditBufferedMs);
    return block.kept.promise;
  }

  #add(block: Block, members: string): void {
    const end = this.#chain.write(block.buffer, block.end, this.#options.now(), members);
    this.#heldBytes += end - block.end;
    block.end = end;
    block.lines += 1;
    block.head = this.#chain.head(block.segment);
  }

  #blockWithRoom(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.buffer.length - last.end >= bytes) return last;
    const opensSegment = this.#blocksInSegment >= this.#limits.auditBlocksPerSegment;
    if (opensSegment) {
      this.#segment += 1;
      this.#blocksInSegment = 0;
    }
    this.#blocksInSegment += 1;
    const opening = opensSegment ? `"kind":"segment","segment":${this.#segment}` : '';
    const buffer = this.#buffers.take(bytes + (opensSegment ? mostBytesOf(opening) : 0));
    const block: Block = { segment: this.#segment, buffer, end: 0, lines: 0, head: this.#chain.head(this.#segment), kept: Promise.withResolvers<Kept>() };
    this.#blocks.push(block);
    if (opensSegment) this.#add(block, opening);
    return block;
  }

  #schedule(delayMs: number): void {
    if (this.#isPumping) return;
    if (delayMs > 0) {
      this.#timer ??= setTimeout(() => this.#start(), delayMs).unref();
      return;
    }
    this.#isPumping = true;
    // Two actors would overtake each other.
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // After what has arrived together with this record: it goes into the same block.
    setImmediate(() => this.#start());
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isPumping = true;
    void this.#pump().finally(() => {
      this.#isPumping = false;
      if (this.#blocks.length > 0) this.#schedule(0);
      else if (this.#spooled) this.#schedule(this.#limits.auditRetryMs);
    });
  }

  async #pump(): Promise<void> {
    if (this.#spooled && this.#options.now() >= this.#retryAtMs) await this.#emptySpool();
    for (let block = this.#blocks.shift(); block; block = this.#blocks.shift()) {
      const kept = await this.#keep(block);
      this.#heldBytes -= block.end;
      block.kept.resolve(kept);
    }
  }

  async #keep(block: Block): Promise<Kept> {
    const { segment, head, lines } = block;
    const bytes = block.buffer.subarray(0, block.end);
    if (!this.#spooled) {
      if (await this.#storeWithin(block, bytes)) {
        this.#storedUpTo(head);
        return 'stored';
      }
      this.#retryAtMs = this.#options.now() + this.#limits.auditRetryMs;
    }
    const { stream, blobOf } = this.#options;
    try {
      await this.#spool.add({ stream, blob: this.#tail.blob, position: this.#tail.position }, { blob: blobOf(segment), text: bytes.toString('utf8') });
      this.#spooled = head;
      return 'spooled';
    } catch (error) {
      // The chain goes on without these lines: whoever verifies it finds the gap, and the count says how large it is.
      this.#options.log.warn({ err: error, records: lines }, 'records of calls can be kept neither in storage nor on disk');
      this.#lose(lines);
      return 'lost';
    }
  }

  /** Tries for a while: a record that waits holds up an answer. */
  async #storeWithin({ segment, buffer }: Block, bytes: Buffer): Promise<boolean> {
    const giveUpAtMs = this.#options.now() + this.#limits.auditGiveUpMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        await this.#tailOf(this.#options.blobOf(segment)).append(bytes);
        // A request that failed may still be reading what it was to send.
        if (pauseMs === FIRST_PAUSE_MS) this.#buffers.give(buffer);
        return true;
      } catch (error) {
        if (this.#options.now() + pauseMs >= giveUpAtMs) {
          this.#options.log.warn({ err: error }, 'the record of calls cannot be stored; it goes to disk');
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  #tailOf(blob: string): BlobTail {
    if (this.#tail.blob !== blob) this.#tail = new BlobTail(this.#options.store, blob);
    return this.#tail;
  }

  async #emptySpool(): Promise<void> {
    try {
      for (let block = await this.#spool.first(); block; block = await this.#spool.first()) {
        await this.#tailOf(block.blob).append(Buffer.from(block.text));
        this.#spool.drop();
      }
      await this.#spool.clear();
      if (this.#spooled) this.#storedUpTo(this.#spooled);
      this.#spooled = undefined;
      this.#options.log.info({}, 'the record of calls is stored again');
    } catch (error) {
      this.#retryAtMs = this.#options.now() + this.#limits.auditRetryMs;
      this.#options.log.warn({ err: error, spooledBytes: this.#spool.bytes }, 'the record of calls still cannot be stored');
    }
  }

  #storedUpTo(head: Head): void {
    this.#stored = head;
    this.#options.onStored?.(head, this.#opening);
  }

  #lose(count: number): void {
    const nowMs = this.#options.now();
    this.#untold ??= { count: 0, fromMs: nowMs, toMs: nowMs };
    this.#untold.count += count;
    this.#untold.toMs = nowMs;
    this.#lost += count;
  }
}
