/** Exit code of the process: 1 the work failed, 2 the command was called wrongly; of `npm run release` also 3, a gate stopped it, and 4, another release holds the lock. */
export type FailureCode = 1 | 2 | 3 | 4;

/** A failure that the person at the keyboard can mend: printed as code and message, without a stack trace. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: FailureCode;

  /**
   * @param code stable, in UPPER_SNAKE_CASE
   * @param message what was given, what is allowed, what to do next
   */
  constructor(code: string, message: string, exitCode: FailureCode = 1) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
