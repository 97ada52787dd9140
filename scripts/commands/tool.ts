import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { tools } from '../../app/tools/index.ts';
import { projectDir } from '../cloud/folders.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import { createTool } from '../tool/createTool.ts';
import { formatToolList, toolListJson } from '../tool/listTools.ts';
import { renderToolDocs } from '../tool/renderToolDocs.ts';
import { SAMPLE_DESCRIPTION } from '../tool/toolFiles.ts';
import { DOCS_FILE } from '../tool/toolPlaces.ts';
import { writeAtomically } from '../tool/writeAtomically.ts';
import type { CommandContext } from './commandContext.ts';

type Action = (context: CommandContext, argv: readonly string[]) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { new: newTool, list, docs };

const USAGE = [
  'npm run tool -- new NAME [--title TEXT] [--owner TEXT] [--description TEXT] [--json]',
  'npm run tool -- list [--json]',
  'npm run tool -- docs [--check] [--json]',
].map((line) => `\n  ${line}`).join('');

/** `npm run tool`: writes a new tool, lists the catalogue, or writes its documentation. Exit code 1 of `docs --check`: the page is stale. */
export async function tool(context: CommandContext): Promise<number> {
  const [name = '', ...argv] = context.argv;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw new CommandError('BAD_ARGUMENT', `${name === '' ? 'No action was given' : `There is no action "${name}"`}. Allowed:${USAGE}`, 2);
  return await action(context, argv);
}

async function newTool(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, { title: { type: 'string' }, owner: { type: 'string' }, description: { type: 'string' }, json: { type: 'boolean' } });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) {
    throw new CommandError('BAD_ARGUMENT', `${name === undefined ? 'No name was given' : `More than one name was given: ${positionals.join(', ')}`}. Allowed:${USAGE}`, 2);
  }
  const { tool: { title, access }, files } = await createTool(projectDir, tools, {
    name,
    title: options.title ?? titleOf(name),
    description: options.description ?? SAMPLE_DESCRIPTION,
    owner: options.owner ?? 'platform team',
  });
  context.stdout.write(options.json ? `${JSON.stringify({ name, title, ...access, files })}\n` : [
    formatTable(files.map(({ path, state }) => [path, state])),
    '',
    formatTable([
      ['Role', access.role],
      ['Scope', access.scope],
      ['Next', 'make it yours in tool.ts and run.ts, then npm run tool -- docs and npm run check:'],
      ['', 'tests that pin the catalogue, its roles and their ids fail until the new tool stands there too'],
    ]),
    '',
  ].join('\n'));
  return 0;
}

async function list(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseOnly(argv, { json: { type: 'boolean' } });
  context.stdout.write(options.json ? `${JSON.stringify(toolListJson(tools))}\n` : `${formatToolList(tools)}\n`);
  return 0;
}

async function docs(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseOnly(argv, { check: { type: 'boolean' }, json: { type: 'boolean' } });
  const page = renderToolDocs(tools);
  const path = join(projectDir, DOCS_FILE);
  const isCurrent = await readFile(path, 'utf8').then((found) => found === page, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return false;
    throw error;
  });
  const isStale = options.check === true && !isCurrent;
  if (!isCurrent && !isStale) await writeAtomically(path, page);
  const state = isStale ? 'stale' : isCurrent ? 'current' : 'written';
  if (options.json) context.stdout.write(`${JSON.stringify({ path: DOCS_FILE, state })}\n`);
  else if (!isStale) context.stdout.write(`${DOCS_FILE} ${state}\n`);
  if (isStale) throw new CommandError('TOOL_DOCS_STALE', `${DOCS_FILE} is not what the declarations say. Write it with: npm run tool -- docs`);
  return 0;
}

/** Options of an action that takes no name. */
function parseOnly<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  const { options: values, positionals } = parse(argv, options);
  if (positionals.length > 0) throw new CommandError('BAD_ARGUMENT', `"${positionals.join(' ')}" is not understood here. Allowed:${USAGE}`, 2);
  return values;
}

function parse<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    return { options: values, positionals };
  } catch (error) {
    throw new CommandError('BAD_ARGUMENT', `${(error as Error).message}. Allowed:${USAGE}`, 2);
  }
}

/** `lookup_order` becomes "Lookup order". */
function titleOf(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`;
}
