import { NO_AUDIT, type Audit } from '../audit/audit.ts';
import type { EgressHost } from '../tools/egressHosts.ts';
import type { Principal } from '../tools/principal.ts';
import type { EgressClient, EgressEdge } from './client.ts';
import type { IdentityEndpoint } from './judgeUrl.ts';
import type { EgressInit } from './outgoing.ts';

/** The platform's `fetch`, to declared hosts. @throws EgressError; the reason of the signal when the call has ended */
export type EgressFetch = (url: string | URL, init?: EgressInit) => Promise<Response>;

/** The tool call that reaches out. */
export interface EgressCall {
  readonly tool: string;
  readonly hosts: readonly EgressHost[];
  readonly callId: string;
  readonly principal: Pick<Principal, 'oid' | 'azp'>;
  /** Ends its requests: aborted when the call ends, however it ends. */
  readonly signal: AbortSignal;
}

/** The way out of this process for tools. */
export interface Egress {
  /** The `fetch` of one call. */
  fetchOf(call: EgressCall): EgressFetch;
  close(): void;
}

export interface EgressOptions {
  readonly identityEndpoints: readonly IdentityEndpoint[];
  readonly audit: Pick<Audit, 'refused'>;
  readonly log: EgressLog;
  /** What a test may replace. */
  readonly edge?: Partial<EgressEdge>;
}

export interface EgressLog {
  warn(fields: object, message: string): void;
}

/** Makes the way out. The client is loaded when a tool first reaches out: most processes start, and many live, without one. */
export function createEgress({ identityEndpoints, audit, log, edge }: EgressOptions): Egress {
  let client: Promise<EgressClient> | undefined;
  const load = async (): Promise<EgressClient> => {
    const { createEgressClient } = await import('./client.ts');
    return createEgressClient({
      identityEndpoints,
      ...(edge ? { edge } : {}),
      onRefused({ tool, callId, principal: { oid, azp } }, { host, reason, address }) {
        const code = 'MCP_EGRESS_REFUSED';
        audit.refused({ code, status: 200, tool, callId, host, oid, azp, reason });
        log.warn({ code, tool, callId, host, reason, address }, 'a tool was refused a way out');
      },
    });
  };
  return {
    fetchOf: (call) => async (url, init) => (await (client ??= load())).fetch(call, url, init),
    close: () => void client?.then((loaded) => loaded.close()),
  };
}

/** For a server that neither records nor logs. */
export const NO_EGRESS: Egress = createEgress({ identityEndpoints: [], audit: NO_AUDIT, log: { warn: () => undefined } });
