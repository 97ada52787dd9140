import type { CallLine, ChangeLine, RecordLine, StreamLine } from './lines.ts';
import type { VerifiedStream } from './verifyStream.ts';

/** All that the record says about one call. */
export interface Story {
  readonly call: CallLine | Extract<RecordLine, { kind: 'intent' }>;
  /** Whether the intent was recorded before, for a tool that changes something. */
  readonly hasIntent: boolean;
  /** Where it was served. */
  readonly served: Pick<StreamLine, 'slot' | 'instance' | 'packageDigest' | 'policyVersion'> | undefined;
  readonly stream: string;
  /** `intact`, `not anchored yet`, or the first finding. */
  readonly verification: string;
  readonly changes: readonly ChangeLine[];
}

/** @returns undefined when no stream has a record of the call */
export function storyOf(callId: string, streams: readonly VerifiedStream[]): Story | undefined {
  for (const verified of streams) {
    const own = verified.lines.filter((line) => (line.kind === 'call' || line.kind === 'intent') && line.callId === callId);
    const call = own.find((line) => line.kind === 'call') ?? own[0];
    if (!call || (call.kind !== 'call' && call.kind !== 'intent')) continue;
    const opening = verified.lines[0];
    return {
      call,
      hasIntent: own.some(({ kind }) => kind === 'intent'),
      served: opening?.kind === 'stream' ? opening : undefined,
      stream: verified.stream,
      verification: verificationOf(verified, call.seq),
      changes: changesOf(callId, streams),
    };
  }
  return undefined;
}

function changesOf(callId: string, streams: readonly VerifiedStream[]): ChangeLine[] {
  return streams.flatMap(({ lines }) => lines.filter((line) => line.kind === 'change').filter((line) => line.callId === callId));
}

function verificationOf({ findings, lines, unanchored }: VerifiedStream, seq: number): string {
  const [first] = findings;
  if (first) return `${first.code}: ${first.message}`;
  const last = lines.at(-1)?.seq ?? 0;
  return seq > last - unanchored ? 'in the chain, not anchored yet' : 'intact';
}

/** What `audit calls` selects by. */
export interface CallFilter {
  /** Object id of the person who delegated. */
  readonly person?: string | undefined;
  /** Object id or client id of the agent that acted. */
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  readonly outcome?: string | undefined;
}

/** Newest first. */
export function selectCalls(streams: readonly VerifiedStream[], { person, agent, tool, outcome }: CallFilter, limit: number): CallLine[] {
  return streams.flatMap(({ lines }) => lines.filter((line) => line.kind === 'call'))
    .filter((line) => person === undefined || line.delegation.person === person)
    .filter((line) => agent === undefined || line.delegation.agent === agent || line.delegation.client === agent)
    .filter((line) => tool === undefined || line.tool === tool)
    .filter((line) => outcome === undefined || line.outcome === outcome)
    .sort((left, right) => (left.at < right.at ? 1 : -1))
    .slice(0, limit);
}
