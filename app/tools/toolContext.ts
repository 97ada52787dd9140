import type { LoggingLevel } from '@modelcontextprotocol/server';
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
  /** For tools declared `asking`: what the client answered to the last `inputRequired`, unchecked. */
  readonly inputResponses: Readonly<Record<string, unknown>> | undefined;
  /** For tools declared `asking`: the state that the last `inputRequired` carried, its integrity checked. */
  readonly state: unknown;
  /** Protects state for the next round: bound to the caller and the method, readable to all instances, not secret to the client. */
  sealState(state: unknown): Promise<string>;
}

/** What a tool is given with each call, besides its arguments. It never holds the caller's token. */
export interface ToolContext {
  readonly principal: Principal;
  readonly instance: Instance;
  /** Names the call in logs and in messages to the caller. */
  readonly callId: string;
  /** Aborted when the caller goes away, the tool's time is up, or the process ends. */
  readonly signal: AbortSignal;
  readonly exchange: Exchange;
}
