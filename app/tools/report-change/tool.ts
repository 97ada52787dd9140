import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

export const input = z.strictObject({
  callId: z.uuid().describe('Id of an earlier call of yours, from _meta "mcp-app-service/callId" of its result'),
  type: z.enum(['commit', 'pull_request', 'deployment', 'incident', 'other']).describe('What kind of change it led to'),
  reference: z.string().min(1).max(200).describe('How the change is found again, such as the hash of a commit or the number of a ticket'),
  url: z.url({ protocol: /^https$/ }).max(500).optional().describe('Where the change can be seen'),
});

export const output = z.strictObject({
  callId: z.string(),
  recorded: z.literal(true),
});

export const reportChange = defineTool({
  name: 'report_change',
  title: 'Report a change',
  description: 'Records which change an earlier call of yours led to: a commit, a pull request, a deployment or an incident. Call it when you have used a result of this server to change something.',
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 10_000, callsPerMinute: 120, concurrentCallsPerPrincipal: 8 },
  egress: [],
  audit: 'required',
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
