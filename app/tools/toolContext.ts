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

/** What a tool is given with each call, besides its arguments. It never holds the caller's token. */
export interface ToolContext {
  readonly principal: Principal;
  readonly instance: Instance;
  /** Names the call in logs and in messages to the caller. */
  readonly callId: string;
  /** Aborted when the caller goes away, the tool's time is up, or the process ends. */
  readonly signal: AbortSignal;
}
