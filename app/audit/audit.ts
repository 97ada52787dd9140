import { withoutTokens } from '../access/withoutTokens.ts';
import type { ToolOutcome } from '../mcp/callTool.ts';
import type { Tool } from '../tools/index.ts';
import type { Principal } from '../tools/principal.ts';
import type { Change } from '../tools/toolContext.ts';
import { contentOf, digestOfDefinition, membersOfPrincipal, recordOf } from './lines.ts';
import type { Refusal, Refusals } from './refusals.ts';
import type { Kept, StreamWriter } from './streamWriter.ts';

/** A tool call as it begins. */
export interface CallStart {
  readonly callId: string;
  readonly tool: Tool;
  readonly principal: Principal;
  /** As they came, before they are checked. */
  readonly arguments: unknown;
  /** What the access decision stands on, as JSON of the record. */
  readonly decision: object;
  readonly traceId: string | undefined;
  /** What the caller claims to be its session. */
  readonly agentSession: string | undefined;
}

/** How it ended. */
export interface CallEnd {
  readonly outcome: ToolOutcome;
  /** What was decided after the call began, in place of what it began with. */
  readonly decision?: object | undefined;
  readonly durationMs: number;
  /** JSON of what is answered; undefined when nothing is. */
  readonly result: string | undefined;
}

/** One call in the record. */
export interface CallRecord {
  /** Writes that the tool is about to run; awaited before it does. */
  intend(): Promise<Kept>;
  /** Writes the record of the call. */
  end(end: CallEnd): Promise<Kept>;
}

/** The record of what the server did. */
export interface Audit {
  /** Whether an answer waits until its record is kept. */
  readonly isDurable: boolean;
  /** Whether a record can be stored now. False without a store. */
  readonly isReachable: boolean;
  begin(call: CallStart): CallRecord;
  refused(refusal: Refusal): void;
  /** What a call led to. The caller has been shown to be that of the call. */
  changed(callId: string, by: Principal, change: Change): Promise<Kept>;
}

export interface AuditOptions {
  readonly writer: StreamWriter;
  readonly refusals: Refusals;
  readonly mode: 'durable' | 'buffered';
  /** Arguments without what the schema of the tool marks as not to be kept. */
  readonly redact: (tool: Tool, args: unknown) => unknown;
  /** Whether arguments that the tool has accepted may be kept as they are; asked once for each tool. */
  readonly keepsAccepted: (tool: Tool) => boolean;
  readonly contentBytes: number;
}

/** Makes the record over a stream. docs/decisions/018-the-record.md, "Lines". */
export function createAudit({ writer, mode, redact, keepsAccepted, contentBytes, refusals }: AuditOptions): Audit {
  const keptAsAccepted = new WeakMap<Tool, boolean>();
  const mayKeep = (tool: Tool): boolean => {
    let keeps = keptAsAccepted.get(tool);
    if (keeps === undefined) keptAsAccepted.set(tool, (keeps = keepsAccepted(tool)));
    return keeps;
  };
  const redacted = ({ tool, arguments: args }: CallStart, text: string): string | undefined => (text.length > contentBytes ? undefined : JSON.stringify(redact(tool, args ?? {})));
  return {
    isDurable: mode === 'durable',
    get isReachable() {
      return writer.isReachable;
    },
    begin(call) {
      const text = JSON.stringify(call.arguments ?? {});
      return {
        intend: () => writer.write(`"kind":"intent",${membersOfCall(call, text, redacted(call, text))}`),
        end(end) {
          const value = ACCEPTED.has(end.outcome) && text.length <= contentBytes && mayKeep(call.tool) ? text : redacted(call, text);
          return writer.write(`"kind":"call",${membersOfCall(end.decision ? { ...call, decision: end.decision } : call, text, value)},${membersOfEnd(call.tool, end)}`);
        },
      };
    },
    refused: (refusal) => refusals.add(refusal),
    changed: (callId, by, change) => writer.write(`"kind":"change","callId":${JSON.stringify(callId)},"by":${JSON.stringify(recordOf(by))},"change":${JSON.stringify(change)}`),
  };
}

/** The line of one or several refusals. */
export function membersOfRefusal({ oid, azp, ...refusal }: Refusal, count: number): string {
  const members = JSON.stringify({ ...refusal, ...(oid === undefined ? {} : { principal: { oid, azp } }), count });
  return `"kind":"refusal",${members.slice(1, -1)}`;
}

/**
 * @param text JSON of the arguments as they came
 * @param value what of them is kept, as JSON
 */
function membersOfCall({ callId, tool, principal, decision, traceId, agentSession }: CallStart, text: string, value: string | undefined): string {
  return `"callId":"${callId}","tool":"${tool.name}","definition":"${digestOfDefinition(tool)}",${membersOfPrincipal(principal)},"decision":${JSON.stringify(decision)},` +
    `"arguments":${contentOf(text, value === undefined ? undefined : withoutTokens(value))}${traceId === undefined ? '' : `,"traceId":"${traceId}"`}${agentSession === undefined ? '' : `,"agentSession":${withoutTokens(JSON.stringify(agentSession))}`}`;
}

function membersOfEnd(tool: Tool, { outcome, durationMs, result }: CallEnd): string {
  const content = result === undefined ? '' : `"result":${contentOf(result, tool.auditContent ? withoutTokens(result) : undefined)},`;
  return `${content}"outcome":"${outcome}","durationMs":${Math.round(durationMs * 1_000) / 1_000}`;
}

/** Outcomes of calls whose arguments have passed the schema of the tool. */
const ACCEPTED: ReadonlySet<CallEnd['outcome']> = new Set(['ok', 'input_required', 'refused_by_tool', 'timeout', 'cancelled', 'failed', 'invalid_result', 'result_too_large', 'egress_refused', 'egress_failed']);
const NOWHERE: Promise<Kept> = Promise.resolve('lost');
const NO_CALL: CallRecord = { intend: () => NOWHERE, end: () => NOWHERE };

/** For a process without a store: tools that need a record are refused. */
export const NO_AUDIT: Audit = { isDurable: false, isReachable: false, begin: () => NO_CALL, refused: () => undefined, changed: () => NOWHERE };
