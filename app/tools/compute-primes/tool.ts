import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

/** Largest limit of one call. */
export const MAX_LIMIT = 50_000_000;

export const input = z.strictObject({
  limit: z.int().min(2).max(MAX_LIMIT).describe('Primes up to and including this number'),
});

export const output = z.strictObject({
  limit: z.int(),
  count: z.int().describe('How many primes there are up to the limit'),
  largest: z.int().describe('The largest of them'),
  first: z.array(z.int()).describe('The first ten, or all when there are fewer'),
  last: z.array(z.int()).describe('The last ten, or all when there are fewer'),
});

export const computePrimes = defineTool({
  name: 'compute_primes',
  title: 'Compute primes',
  description: `Computes the primes up to a limit of at most ${MAX_LIMIT.toLocaleString('en-US')}: their count, the largest, the first and the last ten.`,
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  interaction: 'streaming',
  limits: { timeoutMs: 30_000, concurrentCalls: 20 },
  egress: [],
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewedOn: '2026-11-22' },
  handler: () => import('./run.ts'),
});
