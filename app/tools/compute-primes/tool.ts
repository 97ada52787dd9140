import { z } from 'zod';
import { defineTool } from '../defineTool.ts';
import { UMBRELLA_ROLE } from '../wellKnownAccess.ts';

/** Largest limit of one call. */
export const MAX_LIMIT = 50_000_000;
/** Largest limit for callers who do not hold the umbrella role: beyond it a call keeps a core busy for up to a quarter of a second. */
const LARGE_LIMIT = 10_000_000;

export const input = z.strictObject({
  limit: z.int().min(2).max(MAX_LIMIT).describe('Primes up to and including this number'),
}).meta({ examples: [{ limit: 1000 }] });

export const output = z.strictObject({
  limit: z.int(),
  count: z.int().describe('How many primes there are up to the limit'),
  largest: z.int().describe('The largest of them'),
  first: z.array(z.int()).describe('The first ten, or all when there are fewer'),
  last: z.array(z.int()).describe('The last ten, or all when there are fewer'),
});

function words(limit: number): string {
  return limit.toLocaleString('en-US');
}

export const computePrimes = defineTool({
  name: 'compute_primes',
  title: 'Compute primes',
  description: `Computes the primes up to a limit of at most ${words(MAX_LIMIT)}: their count, the largest, the first and the last ten. Limits beyond ${words(LARGE_LIMIT)} are for operators.`,
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  interaction: 'streaming',
  limits: { timeoutMs: 30_000, concurrentCalls: 20, callsPerMinute: 600, concurrentCallsPerPrincipal: 8 },
  rules: [{
    id: 'large-limits',
    description: `Limits beyond ${words(LARGE_LIMIT)} are for callers who hold the app role ${UMBRELLA_ROLE}.`,
    check: ({ limit }, { roles }) => (limit <= LARGE_LIMIT || roles.includes(UMBRELLA_ROLE) ? undefined
      : `limit is ${words(limit)}; at most ${words(LARGE_LIMIT)} is allowed without the app role ${UMBRELLA_ROLE}. Ask for less.`),
  }],
  egress: [],
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
