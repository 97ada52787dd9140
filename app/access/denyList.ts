import { z } from 'zod';
import { BLOB_SERVICE_VERSION, STORAGE_SCOPE } from '../audit/blobService.ts';
import type { Principal } from '../tools/principal.ts';

/** One entry of the list. */
export interface DenyRule {
  readonly id: string;
  /** `principal`: an object id. `client`: the id of the application that acts. `tool`: a tool's name, for everybody. */
  readonly kind: 'principal' | 'client' | 'tool';
  readonly value: string;
  /** End of the rule, ISO 8601; none when absent. */
  readonly until?: string | undefined;
}

const listSchema = z.object({
  format: z.literal(1),
  rules: z.array(z.looseObject({ id: z.string().min(1), kind: z.enum(['principal', 'client', 'tool']), value: z.string().min(1), until: z.iso.datetime({ offset: true }).optional() })),
});

/** What reading the list gave. */
export type ListReading = { readonly kind: 'list'; readonly text: string; readonly etag: string | undefined } | { readonly kind: 'unchanged' } | { readonly kind: 'absent' };

export interface DenyListOptions {
  /** @param etag of the list that is held: it need not be sent again */
  readonly read: (etag: string | undefined) => Promise<ListReading>;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly log: { warn(fields: object, message: string): void };
}

export interface DenyList {
  /** The rule that stands against a call; undefined when none does. @param tool for a tool call */
  ruleAgainst(caller: Pick<Principal, 'oid' | 'azp'>, tool?: string): DenyRule | undefined;
  /** Age of the last good reading, in milliseconds; undefined before the first. */
  ageMs(): number | undefined;
  /** Reads now. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Whom the operators have blocked, on all instances within a few seconds and without a deployment. When the list cannot be had the last one holds: an outage of
 * storage must not let anybody in again, and must not keep everybody out. docs/decisions/018-the-record.md, "The list of the denied".
 */
export function createDenyList({ read, intervalMs, now, log }: DenyListOptions): DenyList {
  let rules = new Map<string, DenyRule[]>();
  let etag: string | undefined;
  let readAtMs: number | undefined;

  const refresh = async (): Promise<void> => {
    try {
      const reading = await read(etag);
      if (reading.kind === 'list') {
        rules = byTarget(listSchema.parse(JSON.parse(reading.text)).rules);
        etag = reading.etag;
      } else if (reading.kind === 'absent') {
        rules = new Map();
        etag = undefined;
      }
      readAtMs = now();
    } catch (error) {
      log.warn({ err: error }, 'the list of the denied cannot be read; the last one holds');
    }
  };
  const timer = setInterval(() => void refresh(), intervalMs).unref();
  void refresh();

  const active = (kind: DenyRule['kind'], value: string): DenyRule | undefined =>
    rules.get(`${kind} ${value.toLowerCase()}`)?.find(({ until }) => until === undefined || Date.parse(until) > now());
  return {
    ruleAgainst({ oid, azp }, tool) {
      if (rules.size === 0) return undefined;
      return active('principal', oid) ?? active('client', azp) ?? (tool === undefined ? undefined : active('tool', tool));
    },
    ageMs: () => (readAtMs === undefined ? undefined : now() - readAtMs),
    refresh,
    close: () => clearInterval(timer),
  };
}

function byTarget(rules: readonly DenyRule[]): Map<string, DenyRule[]> {
  const map = new Map<string, DenyRule[]>();
  for (const rule of rules) {
    const key = `${rule.kind} ${rule.value.toLowerCase()}`;
    map.set(key, [...(map.get(key) ?? []), rule]);
  }
  return map;
}

/** Source: learn.microsoft.com, "Get Blob" and "Specifying conditional headers for Blob service operations". */
const BLOB = 'access/deny.json';

/** Reads the list from the state account by one plain request. */
export function createListReader(options: { readonly blobUrl: string; readonly getToken: (scope: string) => Promise<string>; readonly fetch: typeof fetch; readonly timeoutMs: number }): DenyListOptions['read'] {
  return async (etag) => {
    const response = await options.fetch(`${options.blobUrl}/${BLOB}`, {
      headers: { authorization: `Bearer ${await options.getToken(STORAGE_SCOPE)}`, 'x-ms-version': BLOB_SERVICE_VERSION, ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    if (response.ok) return { kind: 'list', text: await response.text(), etag: response.headers.get('etag') ?? undefined };
    await response.body?.cancel();
    if (response.status === 304) return { kind: 'unchanged' };
    if (response.status === 404) return { kind: 'absent' };
    throw new Error(`Storage answered ${response.status} for ${BLOB}.`);
  };
}

/** For a process without a state account. */
export const NOBODY_DENIED: DenyList = { ruleAgainst: () => undefined, ageMs: () => undefined, refresh: () => Promise.resolve(), close: () => undefined };
