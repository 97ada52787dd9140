/**
 * A refusal that the model reads: the call reached the tool, and the tool cannot serve these arguments.
 * Only messages of this class leave the process; whatever else a tool throws is logged and replaced.
 */
export class ToolError extends Error {
  /** @param message what was given, what is allowed, what to do next */
  constructor(message: string) {
    super(message);
    this.name = 'ToolError';
  }
}
