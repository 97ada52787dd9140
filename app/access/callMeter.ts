import { burstOf } from '../tools/callBurst.ts';
import type { ToolLimits } from '../tools/defineTool.ts';
import { Callers, type CallerState } from './callers.ts';

/** A limit that a call would exceed. */
export interface Exceeded {
  readonly code: 'MCP_RATE_LIMITED' | 'MCP_CONCURRENCY_LIMITED';
  /** Time after which this instance would take the call, in whole seconds, at least one. */
  readonly retryAfterSeconds: number;
}

const MINUTE_MS = 60_000;
/** What sums of fractions of a millisecond are off by at most. */
const ROUNDING_MS = 0.001;
/** A running call may end at any moment; this is the soonest that Retry-After can say. */
const CONCURRENCY_EXCEEDED: Exceeded = { code: 'MCP_CONCURRENCY_LIMITED', retryAfterSeconds: 1 };

/**
 * Counts the calls of one tool, caller by caller: how many in a minute, how many at a time. No timer runs and nothing is made for a call that passes.
 * The rate is that of the generic cell rate algorithm (ITU-T I.371): each call costs its share of a minute, and a caller may be ahead of
 * what it has paid off by a burst. There is no window at whose edge twice the rate would pass.
 */
export class CallMeter {
  readonly #costMs: number;
  readonly #aheadMs: number;
  readonly #concurrentCalls: number;
  readonly #callers: Callers;

  /** @param capacity callers that are held */
  constructor({ callsPerMinute, concurrentCallsPerPrincipal }: Pick<ToolLimits, 'callsPerMinute' | 'concurrentCallsPerPrincipal'>, capacity: number) {
    this.#costMs = MINUTE_MS / callsPerMinute;
    this.#aheadMs = (burstOf(callsPerMinute) - 1) * this.#costMs;
    this.#concurrentCalls = concurrentCallsPerPrincipal;
    this.#callers = new Callers(capacity);
  }

  /** The state of a caller, for `take` and, once the call has ended, for `giveBack`. */
  stateOf(caller: string): CallerState {
    return this.#callers.of(caller);
  }

  /**
   * Takes one call of the caller's budget and one of its places, or neither.
   * @param nowMs of a clock that never goes back, in milliseconds
   * @returns undefined when the call passes
   */
  take(state: CallerState, nowMs: number): Exceeded | undefined {
    const paidOffAtMs = Math.max(state.paidOffAtMs, nowMs);
    const waitMs = paidOffAtMs - nowMs - this.#aheadMs;
    if (waitMs > ROUNDING_MS) return { code: 'MCP_RATE_LIMITED', retryAfterSeconds: Math.ceil(waitMs / 1_000) };
    if (state.running >= this.#concurrentCalls) return CONCURRENCY_EXCEEDED;
    state.paidOffAtMs = paidOffAtMs + this.#costMs;
    state.running += 1;
    return undefined;
  }
}

/** Gives the place of an ended call back. */
export function giveBack(state: CallerState): void {
  state.running -= 1;
}
