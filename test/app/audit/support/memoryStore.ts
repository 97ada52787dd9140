import { AppendPositionError, type AppendStore } from '../../../../app/audit/appendStore.ts';

/** What happens to the next request: it fails before it has an effect, or after it; and storage may not answer from then on. */
export type Failure = 'before' | 'after' | 'after-and-down';

/** Append blobs in memory, as storage keeps them, with failures on demand. */
export class MemoryStore implements AppendStore {
  readonly blobs = new Map<string, string>();
  readonly failures: Failure[] = [];
  isDown = false;
  appends = 0;

  async create(blob: string): Promise<void> {
    await this.#request(() => {
      if (!this.blobs.has(blob)) this.blobs.set(blob, '');
    });
  }

  async append(blob: string, bytes: Uint8Array, position?: number): Promise<void> {
    await this.#request(() => {
      const text = this.blobs.get(blob);
      if (text === undefined) throw new Error(`There is no blob ${blob}.`);
      if (position !== undefined && Buffer.byteLength(text) !== position) throw new AppendPositionError(blob, position);
      this.appends += 1;
      this.blobs.set(blob, text + Buffer.from(bytes).toString());
    });
  }

  async #request(effect: () => void): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.isDown ? 'before' : this.failures.shift();
    if (failure === 'before') throw new Error('Storage does not answer.');
    effect();
    if (failure === 'after-and-down') this.isDown = true;
    if (failure !== undefined) throw new Error('The answer of storage got lost.');
  }

  /** The lines of all blobs whose name begins so, in the order of the names. */
  lines(prefix = 'calls/'): Record<string, unknown>[] {
    return [...this.blobs.entries()].filter(([name]) => name.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([, text]) => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>));
  }
}
