import type { CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ToolContext } from '../tools/toolContext.ts';
import type { Tool } from '../tools/index.ts';
import { ToolError } from '../tools/toolError.ts';

/** What happened in a call, for the log and the trace. */
export type ToolOutcome = 'ok' | 'invalid_arguments' | 'refused_by_tool' | 'timeout' | 'cancelled' | 'failed' | 'invalid_result';

export interface ToolCallEnd {
  readonly result: CallToolResult;
  readonly outcome: ToolOutcome;
  /** For the log alone. */
  readonly error?: unknown;
}

/**
 * Calls a tool: arguments checked, time limited, result checked. The one seam where what a tool throws becomes text that a model reads;
 * only messages written for it pass.
 */
export async function callTool(tool: Tool, givenArguments: unknown, context: ToolContext): Promise<ToolCallEnd> {
  const args = tool.input.safeParse(givenArguments ?? {});
  if (!args.success) {
    return { outcome: 'invalid_arguments', result: refuse(`Invalid arguments for tool ${tool.name}:\n${z.prettifyError(args.error)}`) };
  }
  const timeout = AbortSignal.timeout(tool.limits.timeoutMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  let value: unknown;
  try {
    const { run } = await tool.handler();
    value = await untilAborted(Promise.resolve(run(args.data, { ...context, signal })), signal);
  } catch (error) {
    return failure(tool, error, context, timeout.aborted);
  }
  const output = tool.output.safeParse(value);
  if (!output.success) return { outcome: 'invalid_result', error: output.error, result: refuse(internalMessage(tool, context)) };
  return { outcome: 'ok', result: { content: [{ type: 'text', text: JSON.stringify(output.data) }], structuredContent: output.data } };
}

function failure(tool: Tool, error: unknown, context: ToolContext, timedOut: boolean): ToolCallEnd {
  if (context.signal.aborted) return { outcome: 'cancelled', error, result: refuse(`The call of tool ${tool.name} was cancelled.`) };
  if (timedOut) {
    return { outcome: 'timeout', error, result: refuse(`Tool ${tool.name} did not end within ${tool.limits.timeoutMs} ms. Ask for less, or try again later. Call id: ${context.callId}.`) };
  }
  if (error instanceof ToolError) return { outcome: 'refused_by_tool', result: refuse(error.message) };
  return { outcome: 'failed', error, result: refuse(internalMessage(tool, context)) };
}

function internalMessage(tool: Tool, context: ToolContext): string {
  return `Tool ${tool.name} failed inside the server. Trying again may help; report the call id to the operators when it does not. Call id: ${context.callId}.`;
}

function refuse(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

/** Settles with the work, or rejects as soon as the signal is aborted, for tools that do not heed it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
