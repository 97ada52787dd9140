import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import { signedTextOf, type Head } from './lines.ts';
import type { OpenRecord } from './openRecord.ts';
import { dayOf } from './period.ts';
import { headsBlob, manifestBlob, segmentBlob, type StreamName } from './streamName.ts';

/** Who gives a command. */
export interface Operator {
  readonly oid: string;
  readonly azp: string;
}

/** What a stream is written through. */
export interface OperatorStore {
  /** Makes an empty append blob; one that exists already stays as it is. */
  create(container: 'audit' | 'anchors', blob: string): Promise<void>;
  /** Appends one block. @param position where it has to begin, in bytes; undefined when a second copy of it does no harm */
  append(container: 'audit' | 'anchors', blob: string, text: string, position?: number): Promise<void>;
  /** @returns the URL of the key with its version, and the signature as heads have it */
  sign(text: string): Promise<Pick<Head, 'key' | 'signature'>>;
}

/** What an operator does by one command, in a stream of its own: docs/decisions/018-the-record.md, "Blobs". */
export interface OperatorStream {
  readonly stream: string;
  /**
   * Stores lines in one block, and a signed head of the last one.
   * @param lines members of each, without those that the chain gives
   * @throws CommandError AUDIT_NOT_RECORDED when that is not done, or not in full
   */
  append(lines: readonly object[]): Promise<void>;
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

/** Names a stream; nothing is stored before its first lines. @param now tells the time of each block */
export function openOperatorStream(store: OperatorStore, now: () => Date): OperatorStream {
  const startedAt = now();
  const name: StreamName = {
    stream: `${startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-operator-operator-${randomBytes(4).toString('hex')}`,
    day: dayOf(startedAt),
    origin: 'operator',
  };
  const blob = segmentBlob(name, 0);
  let previous = NO_LINE;
  let next = 0;
  let position = 0;
  const opening = { kind: 'stream', format: 1, stream: name.stream, site: 'operator', slot: 'operator', instance: null, version: '1', packageDigest: null, policyVersion: null, mode: 'durable', catalogue: {} };
  return {
    stream: name.stream,
    async append(lines) {
      const at = now().toISOString();
      const isFirst = next === 0;
      const heads: Omit<Head, 'key' | 'signature'>[] = [];
      const text = (isFirst ? [opening, ...lines] : lines).map((members) => {
        const line = JSON.stringify({ seq: next, prev: previous, at, ...members });
        previous = hash('sha256', line);
        heads.push({ format: 1, stream: name.stream, segment: 0, seq: next, head: previous, at });
        next += 1;
        return `${line}\n`;
      }).join('');
      try {
        // Signed before anything is stored: a vault that does not answer leaves nothing half done.
        const [first, last] = await Promise.all([isFirst ? sign(store, heads[0]) : '', sign(store, heads.at(-1))]);
        if (isFirst) await store.create('audit', blob);
        await store.append('audit', blob, text, position);
        position += Buffer.byteLength(text);
        if (isFirst) await appendHead(store, manifestBlob(name.day), first);
        await appendHead(store, headsBlob(name), last);
      } catch (error) {
        throw new CommandError('AUDIT_NOT_RECORDED', `This cannot be recorded: ${(error as Error).message} It takes the right to write blobs into the containers audit and anchors, and to sign with the key of the record.`);
      }
    },
  };
}

/** Lines of one block, so that it is far from the size that storage takes. */
const LINES_PER_BLOCK = 1_000;

/**
 * Records what an operator does by a command, in a stream of its own that is ended.
 * @param lines members of the lines between the first and the last. Up to 1,000 are stored together or not at all.
 * @returns the name of the stream
 * @throws CommandError AUDIT_NOT_RECORDED when that is not done, or not in full
 */
export async function recordOperation(record: OpenRecord, lines: readonly object[], now: Date): Promise<string> {
  const stream = openOperatorStream(operatorStore(record), () => now);
  for (let from = 0; from < lines.length; from += LINES_PER_BLOCK) {
    const isLast = from + LINES_PER_BLOCK >= lines.length;
    await stream.append([...lines.slice(from, from + LINES_PER_BLOCK), ...(isLast ? [{ kind: 'end' }] : [])]);
  }
  return stream.stream;
}

async function sign(store: OperatorStore, head: Omit<Head, 'key' | 'signature'> | undefined): Promise<string> {
  return head === undefined ? '' : `${JSON.stringify({ ...head, ...await store.sign(signedTextOf(head)) })}\n`;
}

async function appendHead(store: OperatorStore, blob: string, line: string): Promise<void> {
  await store.create('anchors', blob);
  await store.append('anchors', blob, line);
}

const CONFLICT = 409;
const PRECONDITION_FAILED = 412;

/** Storage and vault of a stack. */
export function operatorStore({ containers, keyUrl, token }: Pick<OpenRecord, 'containers' | 'keyUrl' | 'token'>): OperatorStore {
  return {
    async create(container, blob) {
      await containers[container].getAppendBlobClient(blob).create({ conditions: { ifNoneMatch: '*' } }).catch((error: unknown) => {
        if (statusOf(error) !== CONFLICT) throw error;
      });
    },
    async append(container, blob, text, position) {
      const client = containers[container].getAppendBlobClient(blob);
      const bytes = Buffer.byteLength(text);
      await client.appendBlock(text, bytes, position === undefined ? {} : { conditions: { appendPosition: position } }).catch(async (error: unknown) => {
        if (position === undefined || statusOf(error) !== PRECONDITION_FAILED) throw error;
        // The client sends a block again when an answer is lost: the first attempt has landed when the blob is that much longer. Whoever may add alone cannot look: nobody else
        // writes a blob of that name, so that it is.
        const { contentLength } = await client.getProperties().catch(() => ({ contentLength: position + bytes }));
        if (contentLength !== position + bytes) throw error;
      });
    },
    async sign(text) {
      const answer = await fetch(`${keyUrl}/sign?api-version=7.6`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await token('https://vault.azure.net/.default')}`, 'content-type': 'application/json' },
        body: JSON.stringify({ alg: 'ES256', value: hash('sha256', text, 'base64url') }),
        redirect: 'error',
      });
      if (!answer.ok) throw new Error(`The vault answered ${answer.status} for a signature by ${keyUrl}.`);
      const { kid, value } = signSchema.parse(await answer.json());
      return { key: kid, signature: value };
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
