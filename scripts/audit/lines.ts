import { z } from 'zod';

/** Lines of the record as docs/decisions/018-the-record.md has them. Members that are not named here stay as they are. */
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const base = { seq: z.int().min(0), prev: digestSchema, at: z.iso.datetime() };
const principalSchema = z.looseObject({ kind: z.enum(['user', 'app']), oid: z.string(), tid: z.string(), azp: z.string() });
const contentSchema = z.looseObject({ digest: digestSchema, bytes: z.number(), value: z.unknown().optional() });
const callSchema = z.looseObject({
  ...base,
  kind: z.literal('call'),
  callId: z.string(),
  tool: z.string(),
  definition: digestSchema,
  principal: principalSchema,
  delegation: z.looseObject({ person: z.string().optional(), agent: z.string().optional(), client: z.string() }),
  decision: z.looseObject({ allowed: z.boolean().optional(), code: z.string().optional(), role: z.string().optional(), scope: z.string().optional(), rule: z.string().optional() }),
  arguments: contentSchema,
  result: contentSchema.optional(),
  outcome: z.string(),
  durationMs: z.number(),
  traceId: z.string().optional(),
  agentSession: z.string().optional(),
});
const lineSchema = z.discriminatedUnion('kind', [
  z.looseObject({ ...base, kind: z.literal('stream'), format: z.literal(1), stream: z.string(), slot: z.string(), instance: z.string().nullable(), packageDigest: z.string().nullable(), policyVersion: z.string().nullable() }),
  z.looseObject({ ...base, kind: z.literal('segment'), segment: z.int().min(1) }),
  callSchema.omit({ result: true, outcome: true, durationMs: true }).extend({ kind: z.literal('intent') }),
  callSchema,
  z.looseObject({ ...base, kind: z.literal('refusal'), code: z.string(), status: z.number(), count: z.int().min(1) }),
  z.looseObject({ ...base, kind: z.literal('change'), callId: z.string(), by: z.looseObject({ oid: z.string() }), change: z.looseObject({ type: z.string(), reference: z.string(), url: z.string().optional() }) }),
  z.looseObject({ ...base, kind: z.literal('operation'), operation: z.string() }),
  z.looseObject({ ...base, kind: z.literal('lost'), count: z.int().min(1), from: z.string(), to: z.string() }),
  z.looseObject({ ...base, kind: z.literal('end') }),
]);

export type RecordLine = z.output<typeof lineSchema>;
export type CallLine = Extract<RecordLine, { kind: 'call' }>;
export type ChangeLine = Extract<RecordLine, { kind: 'change' }>;
export type StreamLine = Extract<RecordLine, { kind: 'stream' }>;

/** @returns undefined for a text that is no line of the record */
export function parseLine(text: string): RecordLine | undefined {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const headSchema = z.strictObject({
  format: z.literal(1), stream: z.string(), segment: z.int().min(0), seq: z.int().min(0), head: digestSchema, at: z.string(), key: z.string(), signature: z.string(),
});
/** How far a stream had come, signed. */
export type Head = z.output<typeof headSchema>;

export function parseHead(text: string): Head | undefined {
  try {
    return headSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What the signature of a head is over. */
export function signedTextOf({ stream, segment, seq, head, at }: Head): string {
  return ['mcp-audit-head', stream, segment, seq, head, at].join('\n');
}
