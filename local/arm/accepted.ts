/**
 * The answer of an action or a read whose work is not over: 202 with Location and Retry-After.
 * Source: learn.microsoft.com, "Track asynchronous Azure operations", sections "Use Location header" and "URL to monitor status".
 */
export class Accepted {
  /** ARM path, without api-version, that tells how it goes: 202 again, then what came of it. */
  readonly statusPath: string;
  readonly retryAfterSeconds: number;

  constructor(statusPath: string, retryAfterSeconds: number) {
    this.statusPath = statusPath;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
