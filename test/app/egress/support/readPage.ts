import { z } from 'zod';
import type { EgressFetch } from '../../../../app/egress/egress.ts';
import { defineTool, type Tool } from '../../../../app/tools/defineTool.ts';
import type { EgressDeclaration } from '../../../../app/tools/egressHosts.ts';

/** A key that the tool sends along, and that must stand nowhere. */
export const KEY = 'hunter2';

/** A tool that does with its `fetch` what a test says. */
export function readPage(egress: readonly EgressDeclaration[], run: (fetch: EgressFetch) => Promise<string>, timeoutMs = 10_000): Tool {
  return defineTool({
    name: 'read_page', title: 'Read a page', description: 'Reads a page for the tests of egress.', input: z.strictObject({}), output: z.strictObject({ text: z.string() }),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    access: { role: 'Tools.whoami', scope: 'whoami' }, limits: { timeoutMs }, egress, owner: 'tests', lifecycle: { stage: 'experimental' },
    handler: async () => ({ run: async (_args, { fetch }) => ({ text: await run(fetch) }) }),
  });
}
