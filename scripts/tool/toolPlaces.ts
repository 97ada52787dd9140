/** Where the parts of a tool stand, as paths from the root of the checkout, and what it is called in code. */
export interface ToolPlaces {
  /** Folder below `app/tools/`: the name with dashes. */
  readonly folder: string;
  /** The constant that holds the declaration: the name in camelCase. */
  readonly identifier: string;
  readonly declaration: string;
  readonly handler: string;
  readonly test: string;
}

export const CATALOGUE_FILE = 'app/tools/index.ts';
export const DOCS_FILE = 'docs/tools.md';

/** Words that no constant may be called in a module, and names that tool.ts and index.ts use themselves. */
const TAKEN_WORDS: ReadonlySet<string> = new Set([
  ...'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if'.split(' '),
  ...'implements import in instanceof interface let new null package private protected public return static super switch this throw true try'.split(' '),
  ...'typeof undefined var void while with yield'.split(' '),
  'globalThis', 'input', 'output', 'tools', 'z', 'defineTool', 'defineCatalogue',
]);

/** @param name a name that `defineTool` accepts: letters, digits and single underscores, so that no path leaves its folder */
export function placesOf(name: string): ToolPlaces {
  const folder = name.replaceAll('_', '-');
  const camelCase = name.replaceAll(/_([a-z0-9])/g, (_match, first: string) => first.toUpperCase());
  return {
    folder,
    identifier: TAKEN_WORDS.has(camelCase) ? `${camelCase}Tool` : camelCase,
    declaration: `app/tools/${folder}/tool.ts`,
    handler: `app/tools/${folder}/run.ts`,
    test: `test/app/tools/${folder}.test.ts`,
  };
}
