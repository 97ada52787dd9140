import { z } from 'zod';
import { canonicalJson } from '../../audit/snapshots/canonicalJson.ts';

const schema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

/** A tool as `tools/list` shows it, without what a client does not go by. Source: Model Context Protocol 2026-07-28, schema, Tool. */
export const offeredToolSchema = z.object({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: schema,
  outputSchema: schema.optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
});
export type OfferedTool = z.output<typeof offeredToolSchema>;

const contentSchema = z.strictObject({
  format: z.literal(1),
  stack: z.string(),
  /** ISO 8601, UTC. */
  signedAt: z.iso.datetime(),
  packageDigest: z.string().regex(/^[0-9a-f]{64}$/),
  tools: z.array(z.strictObject(offeredToolSchema.shape)),
});
export const lockSchema = z.strictObject({
  ...contentSchema.shape,
  /** URL of the key, with its version. */
  key: z.string(),
  /** ES256 over the UTF-8 bytes of `signedText`: the 64 bytes of JWS, base64url. */
  signature: z.string(),
});

/** What production offers, for the next release to be compared with. */
export type LockContent = z.output<typeof contentSchema>;
export type OfferedToolsLock = z.output<typeof lockSchema>;

/** The text that is signed: all but the signature and its key, in the one form that it can have. */
export function signedText({ format, stack, signedAt, packageDigest, tools }: LockContent): string {
  return `mcp-offered-tools\n${canonicalJson({ format, stack, signedAt, packageDigest, tools })}`;
}
