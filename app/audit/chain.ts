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

  /**
   * @param atMs the time, in milliseconds since 1970
   * @param members what the line says, as the members of a JSON object without its braces
   * @returns the line without its line feed
   */
  line(atMs: number, members: string): string {
    const line = `{"seq":${this.#next},"prev":"${this.#last}","at":"${new Date(atMs).toISOString()}",${members}}`;
    this.#last = hash('sha256', line);
    this.#next += 1;
    return line;
  }

  /** The last line that was made. */
  head(segment: number): Head {
    return { segment, seq: this.#next - 1, digest: this.#last };
  }
}
