import { z } from 'zod';
import { defineTool } from '../../../app/tools/defineTool.ts';

/** A tool whose budget a test can use up in a moment: ten calls at once, then one a second. */
export const limitedTool = defineTool({
  name: 'limited', title: 'Limited', description: 'A tool for the test of limits over instances.', input: z.strictObject({}), output: z.strictObject({}),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 1_000, callsPerMinute: 60, concurrentCallsPerPrincipal: 64 }, egress: [], owner: 'tests', lifecycle: { stage: 'experimental' },
  handler: async () => ({ run: () => ({}) }),
});
