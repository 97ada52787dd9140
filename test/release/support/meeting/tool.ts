import { z } from 'zod';
import { defineTool } from '../../../../app/tools/defineTool.ts';

export const input = z.strictObject({});

export const output = z.strictObject({ meeting: z.string() });

/** A tool that asks back twice, for packages that are released in tests: what it has heard is in the `requestState` that the client carries. */
export const arrangeMeeting = defineTool({
  name: 'arrange_meeting',
  title: 'Arrange a meeting',
  description: 'Asks for a day, then for an hour.',
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 5_000 },
  interaction: 'asking',
  egress: [],
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
