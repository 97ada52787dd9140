import { ToolError } from '../tools/toolError.ts';

/**
 * How a request of a tool to the outside fails. A code, once published, keeps its meaning.
 * `REFUSED`: the tool may not reach it. `UNREACHABLE`: no answer can be had. `TOO_LARGE`: the answer is larger than the tool declares.
 * `REDIRECTED`: redirects that do not end, or that the tool does not want.
 */
export type EgressErrorCode = 'MCP_EGRESS_REFUSED' | 'MCP_EGRESS_UNREACHABLE' | 'MCP_EGRESS_TOO_LARGE' | 'MCP_EGRESS_REDIRECTED';

/**
 * What `context.fetch` fails with. Its message is written for the caller, and holds neither an address nor a query: a tool may let it pass. The
 * `cause` stays in the log.
 */
export class EgressError extends ToolError {
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, message: string, cause?: unknown) {
    super(`${code}: ${message}`);
    this.name = 'EgressError';
    this.code = code;
    if (cause !== undefined) this.cause = cause;
  }
}
