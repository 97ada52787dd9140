import { placesOf } from './toolPlaces.ts';

/** What a new tool says of itself; its name, title, description and owner are those that `defineTool` accepts. */
export interface NewTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly owner: string;
}

/** The files of a new tool by path: a small tool that works, to be changed into what is wanted. */
export function filesOf(tool: NewTool): ReadonlyMap<string, string> {
  const places = placesOf(tool.name);
  return new Map([
    [places.declaration, declarationOf(tool, places.identifier)],
    [places.handler, HANDLER],
    [places.test, testOf(tool.name, places.folder)],
  ]);
}

/** What the tool of the files does, for those who give no description of their own. */
export const SAMPLE_DESCRIPTION = 'Counts the words and the characters of a text of at most 1,000 characters.';

function declarationOf({ name, title, description, owner }: NewTool, identifier: string): string {
  return `import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

export const input = z.strictObject({
  text: z.string().min(1).max(1_000).describe('The text to count in'),
  // Models see it, and a release calls it to see that the tool works.
}).meta({ examples: [{ text: 'three short words' }] });

export const output = z.strictObject({
  words: z.int().describe('Runs of characters between white space'),
  characters: z.int().describe('Unicode code points, white space included'),
});

export const ${identifier} = defineTool({
  name: ${literal(name)},
  title: ${literal(title)},
  description: ${literal(description)},
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 2_000, callsPerMinute: 600, concurrentCallsPerPrincipal: 16 },
  egress: [],
  owner: ${literal(owner)},
  // Nobody has reviewed it yet: a stable tool names reviewer, reviewedOn and reviewDueOn.
  lifecycle: { stage: 'experimental' },
  handler: () => import('./run.ts'),
});
`;
}

const HANDLER = `import type { z } from 'zod';
import { ToolError } from '../toolError.ts';
import type { input, output } from './tool.ts';

/** @throws ToolError for a text without a word */
export function run({ text }: z.output<typeof input>): z.input<typeof output> {
  const words = text.split(/\\s+/u).filter((word) => word !== '').length;
  if (words === 0) throw new ToolError(\`The text \${JSON.stringify(text)} has no words. Give a text with at least one word.\`);
  return { words, characters: [...text].length };
}
`;

function testOf(name: string, folder: string): string {
  return `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '../../../app/tools/${folder}/run.ts';
import { input, output } from '../../../app/tools/${folder}/tool.ts';
import { ToolError } from '../../../app/tools/toolError.ts';

describe('${name}', () => {
  it('answers as its output schema promises', () => {
    for (const [text, words, characters] of [['one', 1, 3], [' two\\n words ', 2, 12], ['naïve 👍', 2, 7]] as const) {
      assert.deepEqual(output.parse(run({ text })), { words, characters });
    }
  });

  it('refuses a text without a word, and says what to give', () => {
    assert.throws(() => run({ text: ' \\n ' }), (error) => error instanceof ToolError && /Give a text/.test(error.message));
  });

  it('takes a text of 1 to 1,000 characters and no other argument', () => {
    for (const text of ['a', 'a'.repeat(1_000)]) assert.equal(input.safeParse({ text }).success, true);
    for (const args of [{}, { text: '' }, { text: 'a'.repeat(1_001) }, { text: 1 }, { text: 'a', texts: [] }]) assert.equal(input.safeParse(args).success, false);
  });
});
`;
}

/** A string literal of TypeScript, in single quotes, for whatever text. */
function literal(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
