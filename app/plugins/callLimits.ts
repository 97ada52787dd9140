import type { FastifyRequest, preHandlerHookHandler } from 'fastify';
import { callerKeyOf, type CallerState } from '../access/callers.ts';
import { CallMeter, giveBack, type Exceeded } from '../access/callMeter.ts';
import { AppError } from '../errors.ts';
import { calledTool } from '../mcp/calledTool.ts';
import { burstOf } from '../tools/callBurst.ts';
import type { Tool } from '../tools/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller's state whose place this call holds; null when it holds none. */
    heldPlace: CallerState | null;
  }
}

export interface CallLimits {
  /** Refuses a tool call beyond the limits of its declaration by 429, before the protocol handler sees it. */
  readonly limitCalls: preHandlerHookHandler;
  /** To be called when the response has closed, however it ended. Gives the place back, once. */
  readonly endCall: (request: FastifyRequest) => void;
}

export interface CallLimitsOptions {
  /** Callers of each tool that are held in memory. */
  readonly capacity: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

interface Metered {
  readonly tool: Tool;
  readonly meter: CallMeter;
}

/**
 * Makes the limits per principal and tool. This instance counts its own calls: what several let through together is in docs/decisions/020-limits-over-instances.md.
 * It stands after authentication, deny list and access decision, so that a denied call uses nothing up.
 */
export function createCallLimits(tools: readonly Tool[], { capacity, nowMs }: CallLimitsOptions): CallLimits {
  const metered = new Map(tools.filter(({ lifecycle }) => lifecycle.stage !== 'disabled').map((tool): [string, Metered] => [tool.name, { tool, meter: new CallMeter(tool.limits, capacity) }]));
  return {
    limitCalls(request, reply, done) {
      const name = calledTool(request.body);
      const called = name === undefined ? undefined : metered.get(name);
      if (!called || !request.principal) return done();
      const state = called.meter.stateOf(callerKeyOf(request.principal));
      const exceeded = called.meter.take(state, nowMs());
      if (exceeded) return done(refusal(request, called.tool, exceeded));
      // A response that has closed does so no second time.
      if (reply.raw.closed) giveBack(state);
      else request.heldPlace = state;
      done();
    },
    endCall(request) {
      if (!request.heldPlace) return;
      giveBack(request.heldPlace);
      request.heldPlace = null;
    },
  };
}

function refusal(request: FastifyRequest, { name, limits }: Tool, { code, retryAfterSeconds }: Exceeded): AppError {
  request.log.debug({ tool: name, oid: request.principal?.oid, azp: request.principal?.azp, code }, 'call limited');
  const { callsPerMinute, concurrentCallsPerPrincipal } = limits;
  const allowed = code === 'MCP_RATE_LIMITED'
    ? `takes ${callsPerMinute} calls a minute from one caller, ${burstOf(callsPerMinute)} at once after a quiet time`
    : `takes ${concurrentCallsPerPrincipal} calls at a time from one caller, and as many are running`;
  return new AppError(code, { detail: `Tool "${name}" ${allowed}. Try again in ${retryAfterSeconds} s.`, headers: { 'retry-after': String(retryAfterSeconds) } });
}
