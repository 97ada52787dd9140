import type { Departure } from './departure.ts';

/** The time of the call is up. */
export class CallTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`The call did not end within ${timeoutMs} ms.`);
    this.name = 'CallTimeoutError';
  }
}

/** The call has its answer. */
export class CallEndedError extends Error {
  constructor() {
    super('The call has ended.');
    this.name = 'CallEndedError';
  }
}

/**
 * How long one call may go on: until its time is up or nobody waits for it. A call that answers at once costs neither a timer nor a signal.
 * @param timeoutMs from the moment the call turns out to take longer, in milliseconds
 */
export class CallDeadline {
  readonly #departure: Departure;
  readonly #timeoutMs: number;
  #controller: AbortController | undefined;
  #hasEnded = false;

  constructor(departure: Departure, timeoutMs: number) {
    this.#departure = departure;
    this.#timeoutMs = timeoutMs;
  }

  /** Aborted when the call has to end, and when it has ended. Made when the tool first asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#departure.reason) this.#controller.abort(this.#departure.reason);
    if (this.#hasEnded) this.#controller.abort(new CallEndedError());
    return this.#controller.signal;
  }

  /**
   * Settles with the work, or rejects as soon as the call has to end, for tools that do not heed the signal.
   * @throws CallTimeoutError, or the reason of the departure
   */
  async limit<T>(work: PromiseLike<T>): Promise<T> {
    const ended = Promise.withResolvers<never>();
    const end = (reason: Error): void => {
      ended.reject(reason);
      this.#controller?.abort(reason);
    };
    if (this.#departure.reason) throw this.#departure.reason;
    const unsubscribe = this.#departure.subscribe(end);
    const timer = setTimeout(() => end(new CallTimeoutError(this.#timeoutMs)), this.#timeoutMs);
    try {
      return await Promise.race([work, ended.promise]);
    } finally {
      clearTimeout(timer);
      unsubscribe();
      this.end();
    }
  }

  /** The call is over, and with it whatever it has left running. */
  end(): void {
    this.#hasEnded = true;
    this.#controller?.abort(new CallEndedError());
  }
}
