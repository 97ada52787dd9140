import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

export const input = z.strictObject({
  topic: z.string().min(1).max(100).describe('A topic, in any letter case. An unknown one is answered with the list of topics.'),
}).meta({ examples: [{ topic: 'stateless' }] });

export const output = z.strictObject({
  topic: z.string(),
  fact: z.string(),
  source: z.string().describe('Where the fact is documented'),
});

export const lookupFact = defineTool({
  name: 'lookup_fact',
  title: 'Look up a fact',
  description: 'Looks up one fact about running MCP servers on Azure App Service by its topic, with the source of the fact.',
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  // An answer costs no more than its refusal would.
  limits: { timeoutMs: 2_000, callsPerMinute: 6_000_000, concurrentCallsPerPrincipal: 64 },
  egress: [],
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
