/**
 * What verification asks of a slot at most, with units. Slots share the plan's workers: load on staging is load on production.
 * Source: learn.microsoft.com, "Set up staging environments in Azure App Service".
 */
export const LIMITS = {
  /** Requests a second that a gate sends, to both slots together. The Azure on loopback has no neighbours on its workers. */
  requestsPerSecond: { azure: 50, local: 200 },
  /** Requests that are under way at a time, to both slots together. */
  concurrentRequests: 4,
  /** A single answer takes at most so long, in milliseconds. A tool's own limit is longer, but its example is to be a quick one. */
  answerTimeoutMs: 30_000,
  /** How long instances may take to become ready, in milliseconds. */
  readyTimeoutMs: 60_000,
  /** Pause before an instance that is not ready is asked again, in milliseconds. */
  readyPauseMs: 200,
  /** Attempts to have a request answered by another instance than the one before. With three instances all fail once in 10^14 requests, with two once in 10^9. */
  attemptsForAnotherInstance: 30,
  /** The conformance suite takes seconds; at most so many milliseconds for each protocol version. */
  suiteTimeoutMs: 180_000,
} as const;

/** Probability with which a gate that counts over instances fails although all is well. */
export const ERROR_PROBABILITY = 1e-4;
