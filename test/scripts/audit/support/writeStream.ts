import { generateKeyPairSync, hash, sign } from 'node:crypto';
import type { KeySet } from '../../../../scripts/audit/publicKeys.ts';

export const KEY_URL = 'https://vault.example.net/keys/audit-anchor';
const KEY_ID = `${KEY_URL}/0123456789abcdef0123456789abcdef`;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
export const KEYS: KeySet = { keys: [{ kid: KEY_ID, kty: 'EC', crv: 'P-256', x, y }] };

export const DAY = '2026-11-24';
export const STREAM = '20261124t100000z-production-instance-0a1b2c3d';
export const NO_LINE = '0'.repeat(64);
const PRINCIPAL = { kind: 'user', oid: 'person-1', tid: 'tenant', azp: 'client-1' };

/** The members of a call's line. */
export function callLine(callId: string, more: object = {}): object {
  return {
    kind: 'call', callId, tool: 'whoami', definition: hash('sha256', 'whoami'), principal: PRINCIPAL, delegation: { person: 'person-1', client: 'client-1' }, decision: { allowed: true, role: 'Tools.whoami', scope: 'whoami' },
    arguments: { digest: hash('sha256', '{}'), bytes: 2, value: {} }, result: { digest: hash('sha256', 'r'), bytes: 1 }, outcome: 'ok', durationMs: 1.5, ...more,
  };
}

/** What makes a stream. Numbers of lines count from 0, the line that opens the stream. */
export interface StreamPlan {
  readonly stream?: string;
  /** Members of the lines after the first. */
  readonly records: readonly object[];
  /** Numbers of lines after which the head was signed. */
  readonly anchoredAfter?: readonly number[];
  /** Numbers of lines after which a new blob begins. */
  readonly segmentAfter?: readonly number[];
  /** When heads were signed; after the last line when absent. */
  readonly signedAt?: (seq: number) => string;
  /** Whether the process had come to write its line of the manifest. */
  readonly isInManifest?: boolean;
}

/** A stream as the server writes it, by the contract and apart from the server's code. */
export interface WrittenStream {
  readonly stream: string;
  readonly day: string;
  /** Lines of each blob. */
  readonly segments: readonly (readonly string[])[];
  /** Lines; undefined when there is no such blob. */
  readonly heads: readonly string[] | undefined;
  readonly manifest: readonly string[];
}

export function writeStream({ stream = STREAM, records, anchoredAfter = [], segmentAfter = [], signedAt, isInManifest = true }: StreamPlan): WrittenStream {
  const day = `${stream.slice(0, 4)}-${stream.slice(4, 6)}-${stream.slice(6, 8)}`;
  const segments: string[][] = [[]];
  const heads: string[] = [];
  let count = 0;
  let prev = NO_LINE;
  let first = '';
  const timeOf = (seq: number): string => `${day}T10:00:${String(seq % 60).padStart(2, '0')}.000Z`;
  const add = (members: object): void => {
    const seq = count;
    const line = JSON.stringify({ seq, prev, at: timeOf(seq), ...members });
    count += 1;
    prev = hash('sha256', line);
    segments.at(-1)?.push(line);
    const head = signHead({ stream, segment: segments.length - 1, seq, head: prev, at: signedAt?.(seq) ?? `${day}T10:10:00.000Z` });
    if (seq === 0) first = head;
    if (anchoredAfter.includes(seq)) heads.push(head);
    if (segmentAfter.includes(seq)) {
      segments.push([]);
      add({ kind: 'segment', segment: segments.length - 1 });
    }
  };
  const slot = stream.split('-')[1] ?? '';
  add({ kind: 'stream', format: 1, stream, site: 'site', slot, instance: 'instance-a', version: '1', packageDigest: 'ab', policyVersion: '1', mode: 'durable', catalogue: {} });
  for (const record of records) add(record);
  return { stream, day, segments, heads: heads.length > 0 ? heads : undefined, manifest: isInManifest ? [first] : [] };
}

/** What a head says, without key and signature. */
export interface HeadText { readonly stream: string; readonly segment: number; readonly seq: number; readonly head: string; readonly at: string }

/** A line of heads or of the manifest. */
export function signHead({ stream, segment, seq, head, at }: HeadText): string {
  const text = ['mcp-audit-head', stream, segment, seq, head, at].join('\n');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return JSON.stringify({ format: 1, stream, segment, seq, head, at, key: KEY_ID, signature });
}

/** Lines chained anew: whoever has the container may do that, and has no signature over it. */
export function rechained(lines: readonly string[], fromSeq = 0, prev = NO_LINE): string[] {
  let previous = prev;
  return lines.map((line, index) => {
    const text = JSON.stringify({ ...(JSON.parse(line) as object), seq: fromSeq + index, prev: previous });
    previous = hash('sha256', text);
    return text;
  });
}
