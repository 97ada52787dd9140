/** Seconds of quiet that a caller may make up for at once. */
const BURST_SECONDS = 10;
/** An agent looks several things up at a time, whatever the rate. */
const LEAST_BURST_CALLS = 5;

/**
 * Calls that may come at once after a quiet time: what ten seconds allow, at least five, never more than a minute's.
 * In a minute, a caller thus makes at most `callsPerMinute` plus this many calls on one instance.
 */
export function burstOf(callsPerMinute: number): number {
  return Math.max(Math.min(callsPerMinute, LEAST_BURST_CALLS), Math.ceil((callsPerMinute * BURST_SECONDS) / 60));
}
