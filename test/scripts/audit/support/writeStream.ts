import { generateKeyPairSync, hash, sign } from 'node:crypto';
import type { KeySet } from '../../../../scripts/audit/publicKeys.ts';
import type { StoredStream } from '../../../../scripts/audit/verifyStream.ts';
import { parseHead } from '../../../../scripts/audit/lines.ts';

export const KEY_URL = 'https://vault.example.net/keys/audit-anchor';
const KEY_ID = `${KEY_URL}/0123456789abcdef0123456789abcdef`;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
export const KEYS: KeySet = { keys: [{ kid: KEY_ID, kty: 'EC', crv: 'P-256', x, y }] };

export const DAY = '2026-11-24';
export const STREAM = '20261124t100000z-production-instance-0a1b2c3d';
const PRINCIPAL = { kind: 'user', oid: 'person-1', tid: 'tenant', azp: 'client-1' };

/** The members of a call's line. */
export function callLine(callId: string, more: object = {}): object {
  return {
    kind: 'call', callId, tool: 'whoami', definition: hash('sha256', 'whoami'), principal: PRINCIPAL, delegation: { person: 'person-1', client: 'client-1' }, decision: { allowed: true, role: 'Tools.whoami', scope: 'whoami' },
    arguments: { digest: hash('sha256', '{}'), bytes: 2, value: {} }, result: { digest: hash('sha256', 'r'), bytes: 1 }, outcome: 'ok', durationMs: 1.5, ...more,
  };
}

export interface Written {
  readonly stored: StoredStream;
  /** The lines of all segments. */
  readonly lines: readonly string[];
}

/**
 * A stream as the server writes it, by the contract and apart from the server's code.
 * @param records members of the lines after the first
 * @param anchoredAfter numbers of lines after which the head was signed
 * @param segmentAfter numbers of lines after which a new blob begins
 */
export function writeStream(records: readonly object[], anchoredAfter: readonly number[], segmentAfter: readonly number[] = []): Written {
  const segments: string[][] = [[]];
  const heads: string[] = [];
  const lines: string[] = [];
  let prev = '0'.repeat(64);
  const add = (members: object): void => {
    const line = JSON.stringify({ seq: lines.length, prev, at: `${DAY}T10:00:${String(lines.length % 60).padStart(2, '0')}.000Z`, ...members });
    prev = hash('sha256', line);
    lines.push(line);
    segments.at(-1)?.push(line);
    if (anchoredAfter.includes(lines.length)) heads.push(headOf(lines.length - 1, segments.length - 1, prev));
    if (segmentAfter.includes(lines.length)) {
      segments.push([]);
      add({ kind: 'segment', segment: segments.length - 1 });
    }
  };
  add({ kind: 'stream', format: 1, stream: STREAM, site: 'site', slot: 'production', instance: 'instance-a', version: '1', packageDigest: 'ab', policyVersion: '1', mode: 'durable', catalogue: {} });
  for (const record of records) add(record);
  const first = parseHead(headOf(0, 0, hash('sha256', lines[0] ?? '')));
  return {
    lines,
    stored: {
      stream: STREAM,
      segments: segments.map((texts, index) => ({ blob: `calls/2026/11/24/${STREAM}/${String(index).padStart(4, '0')}.jsonl`, text: texts.map((line) => `${line}\n`).join('') })),
      heads: heads.map((head) => `${head}\n`).join(''),
      manifest: first ? [first] : [],
    },
  };
}

function headOf(seq: number, segment: number, digest: string): string {
  const at = `${DAY}T10:10:00.000Z`;
  const text = ['mcp-audit-head', STREAM, segment, seq, digest, at].join('\n');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return JSON.stringify({ format: 1, stream: STREAM, segment, seq, head: digest, at, key: KEY_ID, signature });
}
