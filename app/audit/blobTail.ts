import { AppendPositionError, type AppendStore } from './appendStore.ts';

/**
 * The end of an append blob that one process alone writes. A block whose fate is unknown, such as after a time-out, is sent again to the same
 * position: when the blob is longer by then, it had landed. The server may not read what it has written, so that it cannot look.
 */
export class BlobTail {
  readonly blob: string;
  readonly #store: AppendStore;
  #position: number;
  #isCreated = false;
  #isUncertain: boolean;

  /**
   * @param position where the blob ends, in bytes, as far as is known
   * @param isUncertain whether blocks from that position on may have landed
   */
  constructor(store: AppendStore, blob: string, position = 0, isUncertain = false) {
    this.#store = store;
    this.blob = blob;
    this.#position = position;
    this.#isUncertain = isUncertain;
  }

  get position(): number {
    return this.#position;
  }

  /** @throws what the store throws; the block is to be appended again then, and nothing else before it */
  async append(bytes: Uint8Array): Promise<void> {
    if (!this.#isCreated) {
      await this.#store.create(this.blob);
      this.#isCreated = true;
    }
    try {
      await this.#store.append(this.blob, bytes, this.#position);
      this.#isUncertain = false;
    } catch (error) {
      if (!(error instanceof AppendPositionError) || !this.#isUncertain) {
        this.#isUncertain = true;
        throw error;
      }
    }
    this.#position += bytes.length;
  }
}
