import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import { signedTextOf, type Head } from './lines.ts';
import type { OpenRecord } from './openRecord.ts';

/** Who gives a command. */
export interface Operator {
  readonly oid: string;
  readonly azp: string;
}

const claimsSchema = z.object({ oid: z.string(), appid: z.string().optional(), azp: z.string().optional() });
const tenantSchema = z.object({ tid: z.string() });
const signSchema = z.object({ kid: z.string(), value: z.string() });
const NO_LINE = '0'.repeat(64);

/** The operator whom a token of Azure names. It is the operator's own and goes to Azure, which verifies it. */
export function operatorOf(token: string): Operator {
  const claims = claimsSchema.parse(claimsOf(token));
  return { oid: claims.oid, azp: claims.azp ?? claims.appid ?? '' };
}

/** The tenant that issued a token of Azure. */
export function tenantOf(token: string): string {
  return tenantSchema.parse(claimsOf(token)).tid;
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/**
 * Records what an operator does by a command, in a stream of its own: docs/decisions/018-the-record.md, "Blobs".
 * @param lines members of the lines between the first and the last
 * @throws CommandError AUDIT_NOT_RECORDED when the record cannot be written: the command is to do nothing then
 */
export async function recordOperation({ containers, keyUrl, token }: OpenRecord, lines: readonly object[], now: Date): Promise<string> {
  const day = now.toISOString().slice(0, 'YYYY-MM-DD'.length);
  const stream = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-operator-operator-${randomBytes(4).toString('hex')}`;
  const { text, heads } = chain(stream, [{ kind: 'stream', format: 1, stream, site: 'operator', slot: 'operator', instance: null, version: '1', packageDigest: null, policyVersion: null, mode: 'durable', catalogue: {} }, ...lines, { kind: 'end' }], now);
  try {
    const blob = containers.audit.getAppendBlobClient(`operations/${day.replaceAll('-', '/')}/${stream}/0000.jsonl`);
    await blob.create({ conditions: { ifNoneMatch: '*' } });
    await blob.appendBlock(text, Buffer.byteLength(text));
    const [first, last] = await Promise.all(heads.map((head) => sign(head, keyUrl, token)));
    await append(containers.anchors, `manifest/${day}.jsonl`, first);
    await append(containers.anchors, `heads/${day.replaceAll('-', '/')}/${stream}.jsonl`, last);
  } catch (error) {
    throw new CommandError('AUDIT_NOT_RECORDED', `What you are about to do cannot be recorded, so that nothing was done: ${(error as Error).message} It takes the right to write blobs into the containers audit and anchors, and to sign with the key ${keyUrl}.`);
  }
  return stream;
}

type UnsignedHead = Omit<Head, 'key' | 'signature'>;

function chain(stream: string, members: readonly object[], now: Date): { text: string; heads: [UnsignedHead, UnsignedHead] } {
  const at = now.toISOString();
  const texts: string[] = [];
  const digests: string[] = [];
  for (const member of members) {
    const line = JSON.stringify({ seq: texts.length, prev: digests.at(-1) ?? NO_LINE, at, ...member });
    texts.push(line);
    digests.push(hash('sha256', line));
  }
  const headAt = (seq: number): UnsignedHead => ({ format: 1, stream, segment: 0, seq, head: digests[seq] ?? '', at });
  return { text: texts.map((line) => `${line}\n`).join(''), heads: [headAt(0), headAt(texts.length - 1)] };
}

async function sign(head: UnsignedHead, keyUrl: string, token: OpenRecord['token']): Promise<string> {
  const answer = await fetch(`${keyUrl}/sign?api-version=7.6`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token('https://vault.azure.net/.default')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ alg: 'ES256', value: hash('sha256', signedTextOf({ ...head, key: '', signature: '' }), 'base64url') }),
    redirect: 'error',
  });
  if (!answer.ok) throw new Error(`The vault answered ${answer.status} for a signature.`);
  const { kid, value } = signSchema.parse(await answer.json());
  return `${JSON.stringify({ ...head, key: kid, signature: value })}\n`;
}

async function append(container: OpenRecord['containers']['anchors'], blob: string, line: string | undefined): Promise<void> {
  const client = container.getAppendBlobClient(blob);
  await client.createIfNotExists();
  await client.appendBlock(line ?? '', Buffer.byteLength(line ?? ''));
}
