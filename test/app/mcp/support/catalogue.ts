import { z } from 'zod';
import type { Offer } from '../../../../app/mcp/methods.ts';
import { definePrompt } from '../../../../app/prompts/definePrompt.ts';
import { prompts } from '../../../../app/prompts/index.ts';
import { defineResource } from '../../../../app/resources/defineResource.ts';
import { resources } from '../../../../app/resources/index.ts';
import { defineTool, type ToolModule } from '../../../../app/tools/defineTool.ts';
import { tools, type Tool } from '../../../../app/tools/index.ts';
import { ToolError } from '../../../../app/tools/toolError.ts';

const access = { role: 'Tests.all', scope: 'tests' };
const input = z.strictObject({
  text: z.string().default('none'),
  count: z.int().min(1).max(5).optional(),
  nested: z.strictObject({ flag: z.boolean(), list: z.array(z.number()).max(3) }).optional(),
});
const output = z.strictObject({ text: z.string(), count: z.int(), odd: z.unknown().optional() });

function toolNamed(name: string, run: ToolModule<typeof input, typeof output>['run']): Tool {
  return defineTool({
    name, title: name, description: 'A tool for the comparison of two paths.', input, output,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs: 5_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-22' },
    handler: async () => ({ run }),
  });
}

/** The shipped catalogue, and what it has none of: tools that refuse, fail and answer what their schema forbids. */
export const offer: Offer = {
  tools: [
    ...tools.filter((tool) => tool.name !== 'compute_primes'),
    toolNamed('echo', ({ text, count = 0 }) => ({ text, count })),
    toolNamed('echo_later', async ({ text, count = 0 }) => ({ text, count })),
    toolNamed('refusing', ({ text }) => {
      throw new ToolError(`No: ${text}`);
    }),
    toolNamed('failing', () => {
      throw new Error('a secret of the server');
    }),
    toolNamed('invalid_result', () => ({ text: 'x', count: 0.5 })),
  ].sort((left, right) => (left.name < right.name ? -1 : 1)),
  resources: [
    ...resources,
    defineResource({ name: 'one', title: 'One', description: 'A single resource.', uri: 'test://one', mimeType: 'application/octet-stream', access, list: () => [{ uri: 'test://one', name: 'one', mimeType: 'application/octet-stream' }], read: () => ({ blob: 'AAEC' }) }),
    defineResource({ name: 'failing', title: 'Failing', description: 'It cannot be read.', uri: 'test://failing/{id}', mimeType: 'text/plain', access, list: () => [], read: () => { throw new Error('a secret of the server'); } }),
  ],
  prompts: [
    ...prompts,
    definePrompt({
      name: 'greet', title: 'Greet', description: 'Greets.', arguments: z.strictObject({}), access,
      render: () => [{ role: 'user', content: { type: 'text', text: 'Hello' } }],
    }),
  ],
};
