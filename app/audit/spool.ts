import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const blockSchema = z.strictObject({ blob: z.string().min(1), text: z.string().min(1) });
/** Lines that belong into one blob, in their order. */
export type SpooledBlock = z.output<typeof blockSchema>;

const headerSchema = z.strictObject({ stream: z.string().min(1), blob: z.string().min(1), position: z.int().min(0) });
/** What a spool file says first: where its first block belongs. */
export type SpoolHeader = z.output<typeof headerSchema>;

const ENDING = '.spool';

/** Blocks that storage did not take, on the disk of this machine until it does. One JSON document a line, written through to the disk. */
export class Spool {
  readonly #path: string;
  readonly #folder: string;
  #file: FileHandle | undefined;
  #bytes = 0;
  #dropped = 0;
  #read: SpooledBlock[] = [];

  /** @param folder made when it is absent */
  constructor(folder: string, stream: string) {
    this.#folder = folder;
    this.#path = join(folder, `${stream}${ENDING}`);
  }

  /** Size of the file, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param header written before the first block
   * @throws what the file system throws, such as ENOSPC; the block is not held then
   */
  async add(header: SpoolHeader, block: SpooledBlock): Promise<void> {
    let text = `${JSON.stringify(block)}\n`;
    if (!this.#file) {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      this.#file = await open(this.#path, 'a', 0o600);
      text = `${JSON.stringify(header)}\n${text}`;
    }
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.#bytes += Buffer.byteLength(text);
  }

  /** The oldest block that has not been dropped. */
  async first(): Promise<SpooledBlock | undefined> {
    if (this.#file && this.#read.length === 0) this.#read = (await readSpool(this.#path))?.blocks.slice(this.#dropped) ?? [];
    return this.#read[0];
  }

  /** The oldest block is stored. It stays in the file, for a process that has to start over. */
  drop(): void {
    this.#read.shift();
    this.#dropped += 1;
  }

  /** All blocks are stored. */
  async clear(): Promise<void> {
    await this.leave();
    this.#bytes = 0;
    this.#dropped = 0;
    this.#read = [];
    await rm(this.#path, { force: true });
  }

  /** Leaves the file to the next process on this machine. */
  async leave(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** A file that an earlier process left. */
export interface LeftSpool {
  readonly path: string;
  readonly header: SpoolHeader;
  readonly blocks: readonly SpooledBlock[];
}

/**
 * Takes over what ended processes left; no file is given to two processes. Those of running ones are named for streams that `isOwn` knows, or
 * lie in another container: each has a disk of its own.
 */
export async function takeLeftSpools(folder: string, isOwn: (stream: string) => boolean): Promise<LeftSpool[]> {
  const taken: LeftSpool[] = [];
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.includes(ENDING)).sort();
  for (const name of names) {
    const [stream = ''] = name.split(ENDING);
    if (isOwn(stream) || isHeld(name)) continue;
    const path = join(folder, `${stream}${ENDING}.${process.pid}`);
    try {
      await rename(join(folder, name), path);
    } catch {
      continue; // Another process was faster.
    }
    const spool = await readSpool(path);
    if (spool) taken.push({ path, ...spool });
  }
  return taken;
}

/** Whether a process that still runs has taken the file over. */
function isHeld(name: string): boolean {
  const pid = Number(/\.(\d+)$/.exec(name)?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function readSpool(path: string): Promise<{ header: SpoolHeader; blocks: SpooledBlock[] } | undefined> {
  const [first = '', ...rest] = (await readFile(path, 'utf8')).split('\n');
  const header = parse(headerSchema, first);
  if (!header) return undefined;
  const blocks: SpooledBlock[] = [];
  for (const line of rest) {
    const block = parse(blockSchema, line);
    // The last line of a process that was cut off while it wrote: nobody was told that it is held.
    if (!block) break;
    blocks.push(block);
  }
  return { header, blocks };
}

function parse<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
