import type { ClientCapabilities, LoggingLevel } from '@modelcontextprotocol/server';
import type { EgressFetch } from '../egress/egress.ts';
import type { Principal } from './principal.ts';

/** Which process serves, of which package. */
export interface Instance {
  /** WEBSITE_INSTANCE_ID: the worker. Site and slot on one worker share it. */
  readonly id: string | undefined;
  /** The sticky slot name, `production` or `staging`. */
  readonly slot: string;
  /** SHA-256 of the deployed zip in hex; undefined when the process does not run from a package. */
  readonly packageDigest: string | undefined;
  readonly version: string;
}

/** How far a streaming tool has come. Source: Model Context Protocol 2026-07-28, basic/patterns/progress. */
export interface ProgressUpdate {
  /** Grows with every update. */
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** What a tool that declares an interaction may do beside answering. */
export interface Exchange {
  /** For tools declared `streaming`: reaches the client when it asked for progress, and nobody otherwise. */
  progress(update: ProgressUpdate): void;
  /** For tools declared `streaming`: reaches the client when it asked for that level of log messages. */
  log(level: LoggingLevel, data: unknown): void;
  /** For tools declared `asking`: what the client says it can be asked for; undefined before 2026-07-28. */
  readonly clientCapabilities: ClientCapabilities | undefined;
  /** For tools declared `asking`: what the client answered to the last `inputRequired`, unchecked. */
  readonly inputResponses: Readonly<Record<string, unknown>> | undefined;
  /** For tools declared `asking`: the state that the last `inputRequired` carried, its integrity checked. */
  readonly state: unknown;
  /** Protects state for the next round: bound to the caller and the method, readable to all instances, not secret to the client. */
  sealState(state: unknown): Promise<string>;
}

/** Something outside of this server that a call led to. */
export interface Change {
  readonly type: 'commit' | 'pull_request' | 'deployment' | 'incident' | 'other';
  /** Such as a commit's hash or a ticket's number. */
  readonly reference: string;
  readonly url?: string | undefined;
}

/** What a tool is given with each call, besides its arguments. It never holds the caller's token. */
export interface ToolContext {
  readonly principal: Principal;
  readonly instance: Instance;
  /** Names the call in logs and in messages to the caller. */
  readonly callId: string;
  /**
   * Records what an earlier call of the same caller led to.
   * @returns `not_yours` for a call id of another caller, or none at all; `unavailable` when the record does not take it now
   */
  reportChange(callId: string, change: Change): Promise<'recorded' | 'not_yours' | 'unavailable'>;
  /**
   * Reaches the hosts that the tool declares as its `egress`, and no others, as the platform's `fetch`. What is not read when the call ends is cut off.
   * @throws EgressError with a code and a message that the caller may read; the reason of the signal
   */
  readonly fetch: EgressFetch;
  /** Aborted when the caller goes away, the tool's time is up, or the process ends; and when the call has ended. */
  readonly signal: AbortSignal;
  readonly exchange: Exchange;
}
