/** Every limit of the HTTP edge, with its unit. */
export const LIMITS = {
  /** Largest request body, in bytes. */
  bodyLimitBytes: 1_048_576,
  /** Largest sum of request headers, in bytes; an Entra token with many claims takes about 4 KiB. */
  maxHeaderBytes: 16_384,
  /** Time in which a client has to send its headers, in milliseconds. */
  headersTimeoutMs: 15_000,
  /** Time in which a client has to send a whole request, in milliseconds. */
  requestTimeoutMs: 30_000,
  /** How long an idle connection stays open, in milliseconds: longer than the 230 s of App Service's front end, so that it never meets a closed one. */
  keepAliveTimeoutMs: 240_000,
  /** Time between the comments that keep a stream alive through the front end, in milliseconds. */
  streamKeepAliveMs: 15_000,
  /** Time for handing over telemetry at the end, in milliseconds. */
  telemetryFlushTimeoutMs: 1_000,
} as const;
