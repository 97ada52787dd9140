/** Every limit of the HTTP edge and of the protocol, with its unit. What varies by tool stands in the tool's declaration. */
export const LIMITS = {
  /** Largest request body, in bytes. */
  bodyLimitBytes: 1_048_576,
  /** Deepest nesting of lists and objects in a request body. */
  maxJsonDepth: 64,
  /** Most entries of one list or object in a request body. */
  maxJsonMembers: 10_000,
  /** Longest string in a request body, in UTF-16 code units. */
  maxJsonStringLength: 524_288,
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
  /** Requests that one process works on at a time; more are told to come back. */
  concurrentRequests: 512,
  /** Delay of the event loop from which on requests are told to come back, in milliseconds. */
  maxEventLoopDelayMs: 1_000,
  /** Time after which a shed caller may try again, in seconds. */
  retryAfterSeconds: 2,
  /** How long a `requestState` can be handed back, in seconds. A key is accepted that long after it has minted for the last time. */
  requestStateTtlSeconds: 600,
  /** Threads of a tool that computes; they have the lowest priority, so that there may be more than cores. */
  workerThreads: 4,
  /** Calls that wait for a thread; more are told to come back. */
  workerQueueLength: 16,
  /** Time after which a thread without work ends, in milliseconds. */
  workerIdleTimeoutMs: 30_000,
  /** Time in which a thread has to stop its work at the end of the process, in milliseconds. */
  workerStopTimeoutMs: 2_000,
  /** Largest heap of a thread, in MiB. */
  workerHeapMebibytes: 64,
  /** Records of calls that go into one block, in bytes; only a single record that is larger makes a larger one. Azure Storage takes 100 MiB. */
  auditBlockBytes: 524_288,
  /** Blocks of one append blob, which takes 50,000, with room for the last ones of a stream. */
  auditBlocksPerSegment: 49_000,
  /** Time for which a record waits for others in mode `buffered`, in milliseconds. */
  auditBufferedMs: 200,
  /** Time of one request to the record's storage, in milliseconds. */
  auditRequestTimeoutMs: 2_000,
  /** Time after which a block that storage does not take goes to disk, in milliseconds. */
  auditGiveUpMs: 2_500,
  /** Time between two attempts to bring to storage what lies on disk, in milliseconds. */
  auditRetryMs: 2_000,
  /** Records that one process holds in memory and on disk, in bytes. What comes after that is lost, and counted. */
  auditHeldBytes: 67_108_864,
  /** Time for storing and anchoring the rest of the record at the end, in milliseconds. */
  auditCloseTimeoutMs: 3_000,
  /** Time between two signed heads of a stream, in milliseconds. */
  auditAnchorMs: 10_000,
  /** Time in which refusals alike become one record, in milliseconds. */
  auditRefusalsMs: 10_000,
  /** Largest arguments whose content stands in a record, in bytes of their JSON. */
  auditContentBytes: 8_192,
  /** Time between two readings of the list of the denied, in milliseconds. */
  denyListIntervalMs: 10_000,
  /** Time for a connection from a tool to a declared host, TLS included, in milliseconds. */
  egressConnectTimeoutMs: 5_000,
  /** Connections from tools to one host and port; more requests wait. */
  egressSocketsPerOrigin: 32,
  /** Of these, connections that are kept without a request. */
  egressIdleSockets: 8,
  /** How long such a connection is kept, in milliseconds. */
  egressIdleSocketMs: 4_000,
  /** Redirects that one request of a tool follows. */
  egressRedirects: 5,
  /** Largest sum of headers in an answer to a tool, in bytes. */
  egressHeaderBytes: 32_768,
  /** Callers of one tool whose calls are counted one by one; beyond them newcomers are counted more strictly, never less. About 200 bytes each. */
  meteredCallersPerTool: 4_096,
  /** Subscriptions that one process holds open; each is a stream. */
  maxSubscriptions: 64,
  /** Entries on one page of a list. */
  listPageLength: 100,
  /** Access tokens whose verification is remembered. */
  rememberedTokens: 2_000,
  /** How long the verification of an access token is remembered, in milliseconds; never past its end. */
  rememberedTokenMs: 300_000,
  /** Time for answers of calls that were ended to reach their callers, in milliseconds. */
  finalAnswersTimeoutMs: 500,
  /** Time for handing over telemetry at the end, in milliseconds. */
  telemetryFlushTimeoutMs: 1_000,
} as const;
