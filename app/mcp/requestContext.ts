import type { AuthInfo } from '@modelcontextprotocol/server';
import type { AccessDecision } from '../access/decideAccess.ts';
import type { RequestTrace } from '../telemetry/requestTelemetry.ts';
import type { Principal } from '../tools/principal.ts';
import type { Departure } from './departure.ts';

/** What the HTTP layer hands through to a method: who calls, the name of the call, and when nobody waits for it any more. */
export class RequestContext {
  readonly principal: Principal;
  readonly callId: string;
  readonly departure: Departure;
  /** Size of the request's body, in bytes. */
  readonly requestBytes: number;
  readonly trace: RequestTrace;
  /** What was decided about the call; null for what needs no access. */
  readonly decision: AccessDecision | null;

  constructor(principal: Principal, callId: string, departure: Departure, requestBytes: number, trace: RequestTrace, decision: AccessDecision | null) {
    this.principal = principal;
    this.callId = callId;
    this.departure = departure;
    this.requestBytes = requestBytes;
    this.trace = trace;
    this.decision = decision;
  }
}

/** The SDK's carrier for it. The token stays behind: nothing past this point may use it, and nothing can leak it. */
export function toAuthInfo(context: RequestContext): AuthInfo {
  return { token: '', clientId: context.principal.azp, scopes: [...context.principal.scopes], extra: { context } };
}

/** @throws Error when the endpoint was reached without authentication, which is a defect of ours */
export function requestContextOf(authInfo: AuthInfo | undefined): RequestContext {
  const context = authInfo?.extra?.['context'];
  if (context instanceof RequestContext) return context;
  throw new Error('An MCP request came without the context of an authenticated caller.');
}
