import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

export const input = z.strictObject({
  topic: z.string().min(1).max(100).describe('A topic of lookup_fact, in any letter case. An unknown one is answered with the list of topics.'),
}).meta({ examples: [{ topic: 'stateless' }] });

export const output = z.strictObject({
  topic: z.string(),
  url: z.string().describe('The page that the fact cites'),
  answers: z.boolean().describe('Whether the page is still there: a status from 200 to 299'),
  status: z.int().describe('HTTP status of the last answer'),
  finalUrl: z.string().describe('Where redirects have led'),
  durationMs: z.int().describe('Time until the last answer began, in milliseconds'),
});

export const checkFactSource = defineTool({
  name: 'check_fact_source',
  title: 'Check the source of a fact',
  description: 'Asks the documentation page that a fact of lookup_fact cites whether it still answers: status, final URL and time.',
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  limits: { timeoutMs: 15_000, concurrentCalls: 8 },
  egress: ['learn.microsoft.com', 'modelcontextprotocol.io', 'www.rfc-editor.org'],
  owner: 'platform team',
  lifecycle: { stage: 'experimental', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
