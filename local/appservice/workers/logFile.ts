import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOG_FILE_LIMIT_BYTES, LOG_FILES_KEPT } from '../limits.ts';

/** A log file that never takes more than its share of the disk: when full it becomes `.1`, `.1` becomes `.2`. */
export interface LogFile {
  readonly path: string;
  write(chunk: Uint8Array | string): void;
  close(): void;
}

export function openLogFile(path: string, { limitBytes = LOG_FILE_LIMIT_BYTES, kept = LOG_FILES_KEPT } = {}): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let descriptor: number | undefined = openSync(path, 'a', 0o600);
  let size = fstatSync(descriptor).size;
  return {
    path,
    write(chunk) {
      if (descriptor === undefined) return;
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (size > 0 && size + bytes.length > limitBytes) {
        closeSync(descriptor);
        rotate(path, kept);
        descriptor = openSync(path, 'a', 0o600);
        size = 0;
      }
      writeSync(descriptor, bytes.subarray(0, limitBytes));
      size += Math.min(bytes.length, limitBytes);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function rotate(path: string, kept: number): void {
  rmSync(`${path}.${kept - 1}`, { force: true });
  for (let index = kept - 2; index >= 1; index--) if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  if (kept > 1) renameSync(path, `${path}.1`);
  else rmSync(path);
}
