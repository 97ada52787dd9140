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

/**
 * A closed connection is a cancellation. Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http.
 * A class, as the others here: an object literal with an accessor gets a hidden class of its own, which costs more than the rest of a call.
 */
export class DepartureOfCaller implements Departure {
  readonly #response: Closable;

  constructor(response: Closable) {
    this.#response = response;
  }

  get reason(): Error | undefined {
    return this.#response.closed && !this.#response.writableFinished ? new Error('The client closed the connection.') : undefined;
  }

  subscribe(listener: (reason: Error) => void): () => void {
    const closed = (): void => {
      const { reason } = this;
      if (reason) listener(reason);
    };
    this.#response.once('close', closed);
    return () => this.#response.off('close', closed);
  }
}

/** Whichever of two comes first. */
export class EarlierDeparture implements Departure {
  readonly #left: Departure;
  readonly #right: Departure;

  constructor(left: Departure, right: Departure) {
    this.#left = left;
    this.#right = right;
  }

  get reason(): Error | undefined {
    return this.#left.reason ?? this.#right.reason;
  }

  subscribe(listener: (reason: Error) => void): () => void {
    const ends = [this.#left.subscribe(announce), this.#right.subscribe(announce)];
    function announce(reason: Error): void {
      unsubscribe();
      listener(reason);
    }
    function unsubscribe(): void {
      for (const end of ends) end();
    }
    return unsubscribe;
  }
}

/** As an AbortSignal, for the interfaces of the platform. It lives as long as the departure. */
export function signalOf(departure: Departure): AbortSignal {
  const controller = new AbortController();
  if (departure.reason) controller.abort(departure.reason);
  else departure.subscribe((reason) => controller.abort(reason));
  return controller.signal;
}
