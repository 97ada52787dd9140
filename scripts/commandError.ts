/** A failure that the person at the keyboard can mend: printed as code and message, without a stack trace. */
export class CommandError extends Error {
  readonly code: string;
  /** Exit code of the process: 1 the work failed, 2 the command was called wrongly. */
  readonly exitCode: 1 | 2;

  /**
   * @param code stable, in UPPER_SNAKE_CASE
   * @param message what was given, what is allowed, what to do next
   */
  constructor(code: string, message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
