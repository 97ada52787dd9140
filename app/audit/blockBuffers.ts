/** Memory that is kept for the next blocks. More than two are in use only while storage is slow. */
const MAX_SPARE = 2;

/** Memory for the bytes of blocks, outside of the heap, and used again: allocating it for each block costs more than filling it. */
export class BlockBuffers {
  readonly #bytes: number;
  readonly #spare: Buffer[] = [];

  /** @param bytes of one block */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @param atLeastBytes a single line may be larger than a block usually is */
  take(atLeastBytes: number): Buffer {
    if (atLeastBytes > this.#bytes) return Buffer.allocUnsafeSlow(atLeastBytes);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Gives memory back that nobody reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#bytes && this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
