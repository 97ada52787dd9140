import { z } from 'zod';
import { MEASUREMENTS } from '../requests.ts';

const requestSchema = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });

/** As many calls as fit, on so many connections. */
const saturatingJobSchema = z.object({
  kind: z.literal('saturating'),
  url: z.url(),
  measurement: z.enum(MEASUREMENTS),
  request: requestSchema,
  connections: z.int().min(1),
  calls: z.int().min(1),
});

/** Calls at fixed times, whether or not the earlier ones have been answered. */
const pacedJobSchema = z.object({
  kind: z.literal('paced'),
  url: z.url(),
  measurement: z.enum(MEASUREMENTS),
  request: requestSchema,
  connections: z.int().min(1),
  calls: z.int().min(1),
  callsPerSecond: z.number().positive(),
  /** Sent all the while by so many callers, each again as soon as it has its answer; not part of the figures. */
  background: z.object({ request: requestSchema, callers: z.int().min(1) }).optional(),
});

/** What the load process is asked to do. */
export const jobSchema = z.discriminatedUnion('kind', [saturatingJobSchema, pacedJobSchema]);
export type SaturatingJob = z.output<typeof saturatingJobSchema>;
export type PacedJob = z.output<typeof pacedJobSchema>;
export type Job = z.output<typeof jobSchema>;

export const saturatingResultSchema = z.object({ calls: z.int(), seconds: z.number() });
export type SaturatingResult = z.output<typeof saturatingResultSchema>;

export const pacedResultSchema = z.object({ calls: z.int(), medianMs: z.number(), p99Ms: z.number(), backgroundCalls: z.int() });
export type PacedResult = z.output<typeof pacedResultSchema>;

/** What the load process answers: the result, or why there is none. */
export const replySchema = z.union([z.object({ result: z.unknown() }), z.object({ problem: z.string() })]);
