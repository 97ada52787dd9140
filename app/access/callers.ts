import type { Principal } from '../tools/principal.ts';

/** What is held of one caller of one tool. */
export interface CallerState {
  /** When the calls so far are paid off, in milliseconds: the theoretical arrival time of the next one. */
  paidOffAtMs: number;
  /** Calls that are being answered. */
  running: number;
}

const keys = new WeakMap<Principal, string>();

/** Who is counted: a person or service principal through one client. Whatever token it shows, it is the same caller. */
export function callerKeyOf(principal: Principal): string {
  let key = keys.get(principal);
  if (key === undefined) keys.set(principal, (key = `${principal.oid} ${principal.azp}`));
  return key;
}

/**
 * The callers of one tool, as many as fit: whoever came last is held longest. Two generations, so that nothing is moved while all fit: a call
 * is one look-up. When the younger one is full, the elder is forgotten, but for callers whose calls are running.
 *
 * Forgetting gives nobody a fresh budget: whoever is not held begins where the fullest of those that were forgotten stood. For callers that were
 * quiet long enough, that is in the past and means nothing; it holds newcomers up only while more callers than fit use the tool within the
 * time of one burst, and for no longer than that time.
 */
export class Callers {
  readonly #half: number;
  #younger = new Map<string, CallerState>();
  #elder = new Map<string, CallerState>();
  #forgottenPaidOffAtMs = Number.NEGATIVE_INFINITY;

  /** @param capacity callers that are held, besides those with running calls */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  /** The state of a caller, to be changed in place. */
  of(caller: string): CallerState {
    return this.#younger.get(caller) ?? this.#admit(caller);
  }

  get size(): number {
    return this.#younger.size + this.#elder.size;
  }

  #admit(caller: string): CallerState {
    const elder = this.#elder.get(caller);
    if (elder) this.#elder.delete(caller);
    if (this.#younger.size >= this.#half) this.#forget();
    const state = elder ?? { paidOffAtMs: this.#forgottenPaidOffAtMs, running: 0 };
    this.#younger.set(caller, state);
    return state;
  }

  #forget(): void {
    const forgotten = this.#elder;
    this.#elder = this.#younger;
    this.#younger = new Map();
    for (const [caller, state] of forgotten) {
      if (state.running > 0) this.#younger.set(caller, state);
      else if (state.paidOffAtMs > this.#forgottenPaidOffAtMs) this.#forgottenPaidOffAtMs = state.paidOffAtMs;
    }
  }
}
