import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { defineCatalogue, defineTool, ToolDeclarationError } from '../../app/tools/defineTool.ts';
import type { Tool } from '../../app/tools/index.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import { addToCatalogue } from './addToCatalogue.ts';
import { renderToolDocs } from './renderToolDocs.ts';
import { filesOf, type NewTool } from './toolFiles.ts';
import { CATALOGUE_FILE, DOCS_FILE, placesOf } from './toolPlaces.ts';
import { writeAtomically } from './writeAtomically.ts';

/** A file of a new tool: `kept` when a run that was cut off had written it already. */
export interface CreatedFile {
  readonly path: string;
  readonly state: 'written' | 'kept';
}

export interface CreatedTool {
  readonly tool: Tool;
  readonly files: readonly CreatedFile[];
}

/**
 * Writes a new tool into a checkout: declaration, handler, test, documentation, and last the catalogue, which makes it a tool of the server.
 * Everything is checked before anything is written, and each file is written at once or not at all: what a run that was cut off has left, the same call completes.
 * @param root of the checkout
 * @param tools its catalogue
 * @throws CommandError TOOL_REFUSED for a name, title, description or owner that breaks a rule (exit code 2);
 *   TOOL_TAKEN, TOOL_IDENTIFIER_TAKEN, TOOL_FILES_DIFFER and CATALOGUE_SHAPE for what stands in its way in the checkout
 */
export async function createTool(root: string, tools: readonly Tool[], tool: NewTool): Promise<CreatedTool> {
  checkDeclaration(tools, tool);
  const { identifier, declaration } = placesOf(tool.name);
  const catalogueText = await readFile(join(root, CATALOGUE_FILE), 'utf8');
  const newCatalogueText = addToCatalogue(catalogueText, placesOf(tool.name));
  const files = await checkFiles(root, tool);
  for (const { path, text, state } of files) if (state === 'missing') await writeAtomically(join(root, path), text);
  // What stands on disk is what is documented: the declaration is loaded as the server will load it.
  const written = await import(pathToFileURL(join(root, declaration)).href) as Readonly<Record<string, Tool | undefined>>;
  const declared = written[identifier];
  if (!declared) throw new Error(`${declaration} does not export ${identifier}`);
  const docs = renderToolDocs(defineCatalogue([...tools, declared]));
  const hadDocs = await readIfThere(join(root, DOCS_FILE)) === docs;
  if (!hadDocs) await writeAtomically(join(root, DOCS_FILE), docs);
  await writeAtomically(join(root, CATALOGUE_FILE), newCatalogueText);
  return {
    tool: declared,
    files: [
      ...files.map(({ path, state }): CreatedFile => ({ path, state: state === 'missing' ? 'written' : 'kept' })),
      { path: DOCS_FILE, state: hadDocs ? 'kept' : 'written' },
      { path: CATALOGUE_FILE, state: 'written' },
    ],
  };
}

/** By the rules of the declarations themselves, so that this command knows none of its own. */
function checkDeclaration(tools: readonly Tool[], { name, title, description, owner }: NewTool): void {
  const noFields = z.strictObject({});
  const declared = refusedAs('TOOL_REFUSED', 2, 'Run the command again with what is allowed.', () => defineTool({
    name, title, description, owner, input: noFields, output: noFields,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    limits: { timeoutMs: 1_000 }, egress: [], lifecycle: { stage: 'experimental' },
    handler: async () => ({ run: () => ({}) }),
  }));
  refusedAs('TOOL_TAKEN', 1, 'Choose another name; npm run tool -- list shows those that are taken.', () => defineCatalogue([...tools, declared]));
}

function refusedAs<T>(code: string, exitCode: 1 | 2, next: string, declare: () => T): T {
  try {
    return declare();
  } catch (error) {
    throw error instanceof ToolDeclarationError ? new CommandError(code, `${error.message}\nNothing was written. ${next}`, exitCode) : error;
  }
}

interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly state: 'missing' | 'same' | 'different';
}

/** @throws CommandError TOOL_FILES_DIFFER when a file is there that this command would write otherwise */
async function checkFiles(root: string, tool: NewTool): Promise<readonly PlannedFile[]> {
  const files = await Promise.all([...filesOf(tool)].map(async ([path, text]): Promise<PlannedFile> => {
    const found = await readIfThere(join(root, path));
    return { path, text, state: found === undefined ? 'missing' : found === text ? 'same' : 'different' };
  }));
  if (files.some(({ state }) => state === 'different')) {
    const said = { missing: 'not there', same: 'there, as this command writes it', different: 'there, with other contents' };
    throw new CommandError('TOOL_FILES_DIFFER', [
      `"${tool.name}" is not in the catalogue, and files of it are there:`,
      formatTable(files.map(({ path, state }) => [path, said[state]]), '  '),
      `Nothing was written. Choose another name, remove what has other contents, or add the tool to ${CATALOGUE_FILE} by hand.`,
    ].join('\n'));
  }
  return files;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
