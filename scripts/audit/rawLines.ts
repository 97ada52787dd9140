import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';

/** A line as it is stored: what is signed are its bytes, so that nothing is decoded before they are digested. */
export interface RawLine {
  /** Without the line feed. */
  readonly bytes: Buffer;
  /** Whether the blob ends before the line does. */
  readonly isTorn: boolean;
}

/** Storage takes at most that much in one block of a writer, and a line lies in one block: a longer one is none of ours, and need not be held. */
const MAX_LINE_BYTES = 4_194_304;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Splits the content of a blob at line feeds, whatever its bytes are. @returns the lines that end in each chunk, and a torn one at last */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly RawLine[]> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const take = (part: Buffer): void => {
    if (part.length === 0) return;
    begunBytes += part.length;
    if (begunBytes <= MAX_LINE_BYTES + part.length) begun.push(part);
  };
  const end = (isTorn: boolean): RawLine => {
    const line = { bytes: begun.length === 1 && begun[0] ? begun[0] : Buffer.concat(begun), isTorn };
    begun = [];
    begunBytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const lines: RawLine[] = [];
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, to));
      lines.push(end(false));
      from = to + 1;
    }
    take(chunk.subarray(from));
    yield lines;
  }
  if (begunBytes > 0) yield [end(true)];
}

/** SHA-256 of a line, in hex. */
export function digestOf({ bytes }: RawLine): string {
  return hash('sha256', bytes);
}

/** The text of a line, or why its bytes are none that a writer of the record has written. */
export function textOf({ bytes, isTorn }: RawLine): { readonly text: string } | { readonly problem: string } {
  if (isTorn) return { problem: 'has no end: storage takes blocks whole, so that something was cut off' };
  if (bytes.length === 0) return { problem: 'is empty' };
  if (bytes.length > MAX_LINE_BYTES) return { problem: `is longer than ${MAX_LINE_BYTES} bytes` };
  if (BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)) return { problem: 'begins with a byte order mark' };
  if (bytes.includes(CARRIAGE_RETURN)) return { problem: 'holds a carriage return' };
  if (!isUtf8(bytes)) return { problem: 'is not UTF-8' };
  return { text: bytes.toString('utf8') };
}
