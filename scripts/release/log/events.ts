import { z } from 'zod';

/** Lines of the release log: docs/decisions/034-releases.md. One that this version does not know is left out by readers, and stays in the log. */
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const packageSchema = z.object({ name: z.string(), digest });
const slotsSchema = z.object({ production: packageSchema.optional(), staging: packageSchema.optional() });
const gateSchema = z.object({ name: z.string(), measured: z.union([z.string(), z.number()]), limit: z.union([z.string(), z.number()]), pass: z.boolean(), details: z.array(z.string()) });
export const verificationSchema = z.object({
  stack: z.string(), slot: z.enum(['production', 'staging']), packageDigest: digest.optional(), startedAt: z.string(), finishedAt: z.string(), gates: z.array(gateSchema),
});

export const VERBS = ['deploy', 'promote', 'rollback'] as const;
export type Verb = (typeof VERBS)[number];

/** How a release ended. `stopped`: a gate stopped it before production changed. `undone`: production was brought back. `abandoned`: it was cut off, and nothing of it was left to do. */
export const OUTCOMES = ['done', 'failed', 'stopped', 'undone', 'abandoned'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Who gives the command: the principal in Entra. */
export const bySchema = z.object({ oid: z.string(), azp: z.string() });
export type By = z.output<typeof bySchema>;

/** What the policy pack made of an update. */
export const policySchema = z.object({ verdict: z.enum(['passed', 'unjudged']), pack: z.string() });

const base = { format: z.literal(1), /** Of the line: one that was sent twice counts once. */ id: z.string(), at: z.iso.datetime(), release: z.string() };
const eventSchema = z.discriminatedUnion('event', [
  z.object({ ...base, event: z.literal('started'), verb: z.enum(VERBS), by: bySchema, host: z.string(), slots: slotsSchema, commit: z.string().optional(), from: z.string().optional() }),
  z.object({ ...base, event: z.literal('step'), step: z.string(), state: z.enum(['begun', 'done', 'failed']), message: z.string().optional() }),
  z.object({ ...base, event: z.literal('gates'), step: z.string(), gates: z.array(gateSchema) }),
  z.object({ ...base, event: z.literal('verified'), commit: z.string().optional(), verification: verificationSchema }),
  /** The staging slot has a candidate: built here by `deploy`, or carried from another stack. */
  z.object({ ...base, event: z.literal('deployed'), package: packageSchema, commit: z.string().optional(), policy: policySchema, update: z.number().int().optional() }),
  z.object({ ...base, event: z.literal('swapped'), slots: slotsSchema, direction: z.enum(['forward', 'back']) }),
  z.object({ ...base, event: z.literal('taken-over'), by: bySchema, host: z.string(), statement: z.string() }),
  z.object({ ...base, event: z.literal('finished'), outcome: z.enum(OUTCOMES), slots: slotsSchema, reason: z.string().optional() }),
]);

export type ReleaseEvent = z.output<typeof eventSchema>;
/** An event without what the log adds. */
export type NewEvent = DistributiveOmit<ReleaseEvent, 'format' | 'id' | 'at' | 'release'>;
type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** What the slots run, by their settings in ARM. */
export type Slots = z.output<typeof slotsSchema>;

/** @returns undefined for a line that is none, or that a later version wrote */
export function parseEvent(line: string): ReleaseEvent | undefined {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
