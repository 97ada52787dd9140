import { hash } from 'node:crypto';

/** `prev` of the first line of a stream. */
const NO_LINE = '0'.repeat(64);

/** A place in a stream, and the digest of the line that stands there. */
export interface Head {
  readonly segment: number;
  readonly seq: number;
  /** SHA-256 of the line, without its line feed, in hex. */
  readonly digest: string;
}

/** Makes the lines of a stream: each carries the digest of the one before. docs/decisions/018-the-record.md. */
export class Chain {
  #next = 0;
  #last = NO_LINE;
  #atMs = Number.NaN;
  #at = '';

  /**
   * Writes the next line into memory outside of the heap: as a text it would outlive several collections there, each of which copies it.
   * @param target with room for the line, see `mostBytesOf`
   * @param atMs the time, in milliseconds since 1970
   * @param members what the line says, as the members of a JSON object without its braces
   * @returns where the line ends, behind its line feed
   */
  write(target: Buffer, offset: number, atMs: number, members: string): number {
    if (atMs !== this.#atMs) {
      this.#atMs = atMs;
      this.#at = new Date(atMs).toISOString();
    }
    const end = offset + target.write(`{"seq":${this.#next},"prev":"${this.#last}","at":"${this.#at}",${members}}`, offset, 'utf8');
    this.#last = hash('sha256', target.subarray(offset, end));
    this.#next += 1;
    target[end] = LINE_FEED;
    return end + 1;
  }

  /** The last line that was made. */
  head(segment: number): Head {
    return { segment, seq: this.#next - 1, digest: this.#last };
  }
}

const LINE_FEED = 0x0a;
/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const MOST_BYTES_PER_CODE_UNIT = 3;
/** Of a line around its members, with sixteen digits of `seq`. */
const FRAME_BYTES = 160;

/** How many bytes a line with these members takes at the most. */
export function mostBytesOf(members: string): number {
  return members.length * MOST_BYTES_PER_CODE_UNIT + FRAME_BYTES;
}
