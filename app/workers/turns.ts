/** No turn is free and the line is full. */
export class LineFullError extends Error {
  constructor() {
    super('All turns are taken and the line is full.');
    this.name = 'LineFullError';
  }
}

/** Lets a number of pieces of work run at a time, and the next in the order in which they came. */
export class Turns {
  readonly #most: number;
  readonly #lineLength: number;
  readonly #line: (() => void)[] = [];
  #taken = 0;

  constructor(most: number, lineLength: number) {
    this.#most = most;
    this.#lineLength = lineLength;
  }

  /**
   * Waits for a turn. Whoever has it gives it back.
   * @throws LineFullError at once; the reason of the signal when it is aborted while waiting
   */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#most) {
      this.#taken += 1;
      return;
    }
    if (this.#line.length >= this.#lineLength) throw new LineFullError();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#line.splice(this.#line.indexOf(call), 1);
      reject(signal.reason);
    };
    const call = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    this.#line.push(call);
    signal.addEventListener('abort', leave, { once: true });
    await promise;
  }

  giveBack(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
