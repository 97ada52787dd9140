/** Tells a running call that nobody waits for it any more. Cheaper than an AbortSignal, of which most calls never need one. */
export interface Departure {
  /** Why, once it has happened. */
  readonly reason: Error | undefined;
  /**
   * Calls the listener once, when it happens; not at all when it has happened before.
   * @returns ends the subscription
   */
  subscribe(listener: (reason: Error) => void): () => void;
}

/** A departure that is announced by hand. */
export class Announced implements Departure {
  reason: Error | undefined;
  readonly #listeners = new Set<(reason: Error) => void>();

  subscribe(listener: (reason: Error) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
  }
}

/** What of node:http's response is used. */
export interface Closable {
  readonly writableFinished: boolean;
  readonly closed: boolean;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** A closed connection is a cancellation. Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http. */
export function departureOfCaller(response: Closable): Departure {
  const reason = (): Error | undefined => (response.closed && !response.writableFinished ? new Error('The client closed the connection.') : undefined);
  return {
    get reason() {
      return reason();
    },
    subscribe(listener) {
      const closed = (): void => {
        const why = reason();
        if (why) listener(why);
      };
      response.once('close', closed);
      return () => response.off('close', closed);
    },
  };
}

/** Whichever comes first. */
export function earlierOf(left: Departure, right: Departure): Departure {
  return {
    get reason() {
      return left.reason ?? right.reason;
    },
    subscribe(listener) {
      const ends = [left.subscribe(announce), right.subscribe(announce)];
      function announce(reason: Error): void {
        for (const end of ends) end();
        listener(reason);
      }
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** As an AbortSignal, for the interfaces of the platform. It lives as long as the departure. */
export function signalOf(departure: Departure): AbortSignal {
  const controller = new AbortController();
  if (departure.reason) controller.abort(departure.reason);
  else departure.subscribe((reason) => controller.abort(reason));
  return controller.signal;
}
