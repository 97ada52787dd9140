import type { ErrorCode } from '../errors.ts';

/** A code of app/errors.ts, what the protocol refuses, or what a tool is refused. */
export type RefusalCode = ErrorCode | 'UNKNOWN_TOOL' | 'HEADER_MISMATCH' | 'PROTOCOL' | 'MCP_EGRESS_REFUSED';

/** A request that was refused before it became a call, or a request of a tool to the outside. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly status: number;
  readonly tool?: string | undefined;
  /** Of the verified caller. */
  readonly oid?: string | undefined;
  readonly azp?: string | undefined;
  readonly clientAddress?: string | undefined;
  /** The call in which a tool was refused. */
  readonly callId?: string | undefined;
  /** What a tool wanted to reach. */
  readonly host?: string | undefined;
  /** Why, in words of ours; never what was sent. */
  readonly reason?: string | undefined;
}

/** Groups that are counted apart; refusals beyond them are counted under their code alone. */
const MAX_GROUPS = 256;

/**
 * Gathers refusals that are alike: whoever hammers at the door with forged tokens must not fill the record. The first of a group is told at once, the
 * rest as a count when the time is over.
 */
export class Refusals {
  readonly #tell: (refusal: Refusal, count: number) => void;
  readonly #groups = new Map<string, { readonly refusal: Refusal; count: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(tell: (refusal: Refusal, count: number) => void, intervalMs: number) {
    this.#tell = tell;
    this.#timer = setInterval(() => this.flush(), intervalMs).unref();
  }

  add(refusal: Refusal): void {
    const exact = JSON.stringify([refusal.code, refusal.oid, refusal.azp, refusal.tool, refusal.clientAddress, refusal.host, refusal.reason]);
    const isKnown = this.#groups.has(exact);
    const [key, told] = isKnown || this.#groups.size < MAX_GROUPS ? [exact, refusal] : [refusal.code, { code: refusal.code, status: refusal.status }];
    const group = this.#groups.get(key);
    if (group) {
      group.count += 1;
      return;
    }
    this.#groups.set(key, { refusal: told, count: 0 });
    this.#tell(told, 1);
  }

  /** Tells what has been counted, and begins anew. The call of the first, which has been told, is not that of the others. */
  flush(): void {
    for (const { refusal, count } of this.#groups.values()) if (count > 0) this.#tell({ ...refusal, callId: undefined }, count);
    this.#groups.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
