import { closeSync, createReadStream, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { JOURNAL_FILE_LIMIT_BYTES, JOURNAL_FILES } from './limits.ts';

/**
 * Append-only JSON lines in one folder, bounded: when a file is full the next begins, and the oldest leaves.
 * A line that was cut by a crash is skipped when reading, and never joined to the next one.
 */
export interface Journal {
  append(entries: readonly unknown[]): void;
  /** All entries that can be read, oldest first. */
  read(): AsyncIterable<unknown>;
  close(): void;
}

const FILE_NAME = /^\d{8}\.jsonl$/;

export function openJournal(folder: string, limits: { fileBytes: number; files: number } = { fileBytes: JOURNAL_FILE_LIMIT_BYTES, files: JOURNAL_FILES }): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = (): string[] => readdirSync(folder).filter((name) => FILE_NAME.test(name)).sort();
  let number = Number.parseInt(files().at(-1) ?? '00000001', 10);
  let descriptor: number | undefined;
  let size = 0;

  const openCurrent = (): number => {
    const opened = openSync(join(folder, `${String(number).padStart(8, '0')}.jsonl`), 'a+', 0o600);
    size = fstatSync(opened).size;
    if (size > 0 && lastByte(opened, size) !== 0x0a) size += writeSync(opened, '\n');
    return opened;
  };
  const rotate = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    number += 1;
    descriptor = openCurrent();
    for (const old of files().slice(0, -limits.files)) rmSync(join(folder, old));
  };
  return {
    append(entries) {
      descriptor ??= openCurrent();
      if (size >= limits.fileBytes) rotate();
      const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      size += bytes.length;
    },
    async *read() {
      for (const name of files()) {
        const fd = openIfThere(join(folder, name));
        if (fd === undefined) continue;
        for await (const line of createInterface({ input: createReadStream('', { fd }), crlfDelay: Number.POSITIVE_INFINITY })) {
          const entry = parseLine(line);
          if (entry !== undefined) yield entry;
        }
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** The oldest file may leave while the journal is read. */
function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function lastByte(descriptor: number, size: number): number | undefined {
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, size - 1);
  return byte[0];
}

function parseLine(line: string): unknown {
  if (line === '') return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
