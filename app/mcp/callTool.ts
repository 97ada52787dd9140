import { isInputRequiredResult, type CallToolResult, type InputRequiredResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Egress, EgressFetch } from '../egress/egress.ts';
import { EgressError } from '../egress/errors.ts';
import type { LoadedTool } from '../tools/defineTool.ts';
import type { Tool } from '../tools/index.ts';
import type { ToolContext } from '../tools/toolContext.ts';
import { ToolError } from '../tools/toolError.ts';
import { CallDeadline, CallTimeoutError } from './callDeadline.ts';
import type { Departure } from './departure.ts';
import { judgeRules } from './judgeRules.ts';

/** What happened in a call, for the log and the trace. */
export type ToolOutcome =
  | 'ok' | 'input_required' | 'invalid_arguments' | 'arguments_too_large' | 'busy' | 'refused_by_tool' | 'timeout' | 'cancelled'
  | 'failed' | 'invalid_result' | 'result_too_large' | 'unrecorded' | 'denied' | 'egress_refused' | 'egress_failed';

export interface ToolCallEnd {
  readonly result: CallToolResult | InputRequiredResult;
  readonly outcome: ToolOutcome;
  /** JSON of the structured content, where there is one. */
  readonly text?: string;
  /** For the log alone. */
  readonly error?: unknown;
  /** For the record, when it was decided after the call began. */
  readonly decision?: object;
}

/** What a call is given; the tool sees its departure as a signal, and its way out as `fetch`. */
export interface ToolCallContext extends Omit<ToolContext, 'signal' | 'fetch'> {
  readonly egress: Egress;
  readonly departure: Departure;
  /** Size of the request that carries the arguments, in bytes: those of a small request need not be measured. */
  readonly requestBytes: number;
}

/** What is kept of a tool between calls. */
interface ToolState {
  running: number;
  loaded: LoadedTool | undefined;
}

const states = new WeakMap<Tool, ToolState>();

/**
 * Calls a tool: arguments checked, time, size and number limited, result checked. The one seam where what a tool throws becomes text that
 * a model reads; only messages written for it pass. A tool that answers at once is answered at once: no promise is made for it.
 */
export function callTool(tool: Tool, givenArguments: unknown, context: ToolCallContext): ToolCallEnd | Promise<ToolCallEnd> {
  const { limits } = tool;
  if (context.requestBytes > limits.argumentsBytes && byteLengthOf(givenArguments) > limits.argumentsBytes) {
    return { outcome: 'arguments_too_large', result: refuse(`The arguments of tool ${tool.name} are larger than the ${limits.argumentsBytes} bytes that it takes. Send less in one call.`) };
  }
  const args = tool.input.safeParse(givenArguments ?? {});
  if (!args.success) {
    return { outcome: 'invalid_arguments', result: refuse(`Invalid arguments for tool ${tool.name}:\n${z.prettifyError(args.error)}`) };
  }
  const refusal = tool.rules.length > 0 ? judgeRules(tool, args.data, context.principal) : undefined;
  if (refusal) {
    const { explanation, ...end } = refusal;
    return { ...end, result: refuse(explanation ?? internalMessage(tool, context)) };
  }
  const state = stateOf(tool);
  if (state.running >= limits.concurrentCalls) {
    return { outcome: 'busy', result: refuse(`Tool ${tool.name} already runs ${limits.concurrentCalls} calls here, which is its limit. Try again in a few seconds.`) };
  }
  state.running += 1;
  const end = state.loaded ? runTool(tool, state.loaded, args.data, context) : loadAndRunTool(tool, state, args.data, context);
  if (end instanceof Promise) {
    return end.finally(() => {
      state.running -= 1;
    });
  }
  state.running -= 1;
  return end;
}

async function loadAndRunTool(tool: Tool, state: ToolState, args: Record<string, unknown>, context: ToolCallContext): Promise<ToolCallEnd> {
  try {
    state.loaded ??= await new CallDeadline(context.departure, tool.limits.timeoutMs).limit(tool.handler());
  } catch (error) {
    return failure(tool, error, context);
  }
  return runTool(tool, state.loaded, args, context);
}

function runTool(tool: Tool, loaded: LoadedTool, args: Record<string, unknown>, context: ToolCallContext): ToolCallEnd | Promise<ToolCallEnd> {
  const deadline = new CallDeadline(context.departure, tool.limits.timeoutMs);
  try {
    const running = loaded.run(args, new RunningToolContext(tool, context, deadline));
    if (isPromiseLike(running)) {
      return deadline.limit(running).then((value) => answer(tool, loaded, value, context)).catch((error: unknown) => failure(tool, error, context));
    }
    deadline.end();
    return answer(tool, loaded, running, context);
  } catch (error) {
    deadline.end();
    return failure(tool, error, context);
  }
}

function answer(tool: Tool, loaded: LoadedTool, value: unknown, context: ToolCallContext): ToolCallEnd {
  if (tool.interaction === 'asking' && isInputRequiredResult(value)) return { outcome: 'input_required', result: value };
  const checked = tool.output.safeParse(value);
  if (!checked.success) return { outcome: 'invalid_result', error: checked.error, result: refuse(internalMessage(tool, context)) };
  const output = checked.data;
  const text = JSON.stringify(output);
  const { resultBytes } = tool.limits;
  // A character takes at most three bytes in UTF-8, so that short results need not be measured.
  if (text.length * 3 > resultBytes && Buffer.byteLength(text) > resultBytes) {
    return { outcome: 'result_too_large', result: refuse(`The result of tool ${tool.name} is larger than the ${resultBytes} bytes that it may answer. Ask for less in one call.`) };
  }
  return { outcome: 'ok', text, result: { content: loaded.content?.(output) ?? [{ type: 'text', text }], structuredContent: output } };
}

/** A class, because signal and `fetch` are made only for the tool that asks for them, and an accessor in an object literal is costly. */
class RunningToolContext implements ToolContext {
  readonly principal: ToolContext['principal'];
  readonly instance: ToolContext['instance'];
  readonly callId: string;
  readonly exchange: ToolContext['exchange'];
  readonly reportChange: ToolContext['reportChange'];
  readonly #tool: Tool;
  readonly #egress: Egress;
  readonly #deadline: CallDeadline;

  constructor(tool: Tool, { principal, instance, callId, exchange, reportChange, egress }: ToolCallContext, deadline: CallDeadline) {
    this.#tool = tool;
    this.#egress = egress;
    this.principal = principal;
    this.instance = instance;
    this.callId = callId;
    this.exchange = exchange;
    this.reportChange = reportChange;
    this.#deadline = deadline;
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  get fetch(): EgressFetch {
    const { name: tool, egress: hosts } = this.#tool;
    return this.#egress.fetchOf({ tool, hosts, callId: this.callId, principal: this.principal, signal: this.signal });
  }
}

function failure(tool: Tool, error: unknown, context: ToolCallContext): ToolCallEnd {
  if (context.departure.reason) {
    return { outcome: 'cancelled', error, result: refuse(`The call of tool ${tool.name} was cancelled. ${context.departure.reason.message}`) };
  }
  if (error instanceof CallTimeoutError) {
    return { outcome: 'timeout', error, result: refuse(`Tool ${tool.name} did not end within ${tool.limits.timeoutMs} ms. Ask for less, or try again later. Call id: ${context.callId}.`) };
  }
  if (error instanceof EgressError) return { outcome: error.code === 'MCP_EGRESS_REFUSED' ? 'egress_refused' : 'egress_failed', error, result: refuse(error.message) };
  if (error instanceof ToolError) return { outcome: 'refused_by_tool', result: refuse(error.message) };
  return { outcome: 'failed', error, result: refuse(internalMessage(tool, context)) };
}

function internalMessage(tool: Tool, context: ToolCallContext): string {
  return `Tool ${tool.name} failed inside the server. Trying again may help; report the call id to the operators when it does not. Call id: ${context.callId}.`;
}

export function refuse(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

function stateOf(tool: Tool): ToolState {
  let state = states.get(tool);
  if (!state) states.set(tool, (state = { running: 0, loaded: undefined }));
  return state;
}

function byteLengthOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
