import type { AppendStore } from './appendStore.ts';
import type { Head } from './chain.ts';
import type { StreamNames } from './streamNames.ts';
import type { Sign } from './signer.ts';

export interface AnchorsOptions {
  readonly store: AppendStore;
  readonly names: StreamNames;
  readonly sign: Sign;
  readonly now: () => number;
  readonly log: { warn(fields: object, message: string): void };
  readonly intervalMs: number;
  /** Heads that one blob takes, which takes 50,000 blocks. */
  readonly headsPerBlob: number;
}

/**
 * Signs how far the stream has come, and stores it where the server cannot write again. A line may be stored twice, after a time-out: it says the same.
 * docs/decisions/018-the-record.md.
 */
export class Anchors {
  readonly #options: AnchorsOptions;
  readonly #stored: () => Head | undefined;
  readonly #first: () => Head | undefined;
  readonly #created = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #isInManifest = false;
  /** Heads that are stored. A retry may have stored one twice, for which there is room. */
  #heads = 0;
  #anchored: Head | undefined;
  #lastAtMs: number | undefined;
  #failures = 0;
  #running: Promise<void> | undefined;

  /**
   * @param stored the last line in storage
   * @param first the first line, once it is in storage
   */
  constructor(options: AnchorsOptions, stored: () => Head | undefined, first: () => Head | undefined) {
    this.#options = options;
    this.#stored = stored;
    this.#first = first;
    this.#timer = setInterval(() => void this.anchor(), options.intervalMs).unref();
  }

  /** When a head was last stored, in milliseconds since 1970. */
  get lastAtMs(): number | undefined {
    return this.#lastAtMs;
  }

  /** Heads that could not be signed or stored since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Anchors what is stored by now. Failures are logged; the next time comes. */
  async anchor(): Promise<void> {
    while (this.#running) await this.#running;
    this.#running = this.#anchor().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Anchors for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.anchor();
  }

  async #anchor(): Promise<void> {
    const { names, log, headsPerBlob } = this.#options;
    try {
      const first = this.#first();
      if (first && !this.#isInManifest) {
        await this.#append(names.manifest, first);
        this.#isInManifest = true;
      }
      const head = this.#stored();
      if (!head || head.seq === this.#anchored?.seq) return;
      await this.#append(names.headsOf(Math.floor(this.#heads / headsPerBlob)), head);
      this.#heads += 1;
      this.#anchored = head;
      this.#lastAtMs = this.#options.now();
    } catch (error) {
      this.#failures += 1;
      log.warn({ err: error }, 'the head of the record cannot be anchored');
    }
  }

  async #append(blob: string, { segment, seq, digest }: Head): Promise<void> {
    const { store, names: { stream }, sign, now } = this.#options;
    if (!this.#created.has(blob)) {
      await store.create(blob);
      this.#created.add(blob);
    }
    const at = new Date(now()).toISOString();
    const { key, signature } = await sign(['mcp-audit-head', stream, segment, seq, digest, at].join('\n'));
    await store.append(blob, Buffer.from(`${JSON.stringify({ format: 1, stream, segment, seq, head: digest, at, key, signature })}\n`));
  }
}
