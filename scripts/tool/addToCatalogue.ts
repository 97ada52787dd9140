import { CommandError } from '../commandError.ts';
import { CATALOGUE_FILE, type ToolPlaces } from './toolPlaces.ts';

const TOOL_IMPORT = /^import \{ (\w+) \} from '\.\/([a-z0-9-]+)\/tool\.ts';$/;
const OWN_IMPORT = /^import .* from '\.\/(.+)\.ts';$/;
const CATALOGUE = /defineCatalogue\(\[([^\]]*)\]\)/g;
/** A longer list stands with one tool a line. */
const MAX_LINE_CHARACTERS = 160;

/**
 * The text of `app/tools/index.ts` with one tool more: its import, and its constant in the list of the catalogue, both in alphabetical order.
 * @throws CommandError CATALOGUE_SHAPE when the imports or the list are not as this function knows them, TOOL_IDENTIFIER_TAKEN when the constant's name is
 */
export function addToCatalogue(text: string, { folder, identifier }: Pick<ToolPlaces, 'folder' | 'identifier'>): string {
  const imports = text.split('\n').flatMap((line) => {
    const [, name, from] = TOOL_IMPORT.exec(line) ?? [];
    return name === undefined || from === undefined ? [] : [{ name, from }];
  });
  const [list, ...otherLists] = text.matchAll(CATALOGUE);
  if (!list || otherLists.length > 0) throw shapeError(`it has ${list ? otherLists.length + 1 : 0} places of the form defineCatalogue([…]), and 1 is expected`);
  const listed = (list[1] ?? '').split(',').map((entry) => entry.trim()).filter((entry, place, all) => entry !== '' || place < all.length - 1);
  const imported = imports.map(({ name }) => name);
  if (imported.length === 0 || [...listed].sort().join() !== [...imported].sort().join()) {
    throw shapeError(`its list holds [${listed.join(', ')}], and it imports [${imported.join(', ')}] by lines of the form import { lookupFact } from './lookup-fact/tool.ts';`);
  }
  const holder = imports.find(({ name }) => name === identifier);
  if (holder) {
    throw new CommandError('TOOL_IDENTIFIER_TAKEN', `${CATALOGUE_FILE} already imports ${identifier} from ./${holder.from}/tool.ts, and the new tool's constant would have the same name. Choose another tool name.`);
  }
  const around = `${text.slice(text.lastIndexOf('\n', list.index) + 1, list.index)}defineCatalogue();`;
  const maxCharacters = list[0].includes('\n') ? 0 : MAX_LINE_CHARACTERS - around.length;
  const withList = text.replace(list[0], () => `defineCatalogue(${listOf(inserted(listed, identifier), maxCharacters)})`);
  return withImport(withList, `import { ${identifier} } from './${folder}/tool.ts';`, folder);
}

function withImport(text: string, newLine: string, folder: string): string {
  const lines = text.split('\n');
  const own = lines.flatMap((line, place) => {
    const path = OWN_IMPORT.exec(line)?.[1];
    return path === undefined ? [] : [{ place, path: path.replace(/\/tool$/, '').toLowerCase() }];
  });
  const next = own.find(({ path }) => path > folder)?.place ?? (own.at(-1)?.place ?? -1) + 1;
  return lines.toSpliced(next, 0, newLine).join('\n');
}

function inserted(listed: readonly string[], identifier: string): string[] {
  const next = listed.findIndex((other) => other > identifier);
  return [...listed].toSpliced(next === -1 ? listed.length : next, 0, identifier);
}

function listOf(identifiers: readonly string[], maxCharacters: number): string {
  const inOneLine = `[${identifiers.join(', ')}]`;
  return inOneLine.length <= maxCharacters ? inOneLine : `[\n${identifiers.map((identifier) => `  ${identifier},\n`).join('')}]`;
}

function shapeError(problem: string): CommandError {
  return new CommandError('CATALOGUE_SHAPE', `${CATALOGUE_FILE} cannot be edited by this command: ${problem}. Nothing was written. Bring the file back to one import a tool and one list of the imported constants, then run the command again.`);
}
