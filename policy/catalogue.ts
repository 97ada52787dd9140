import { isRecord, readInput, readItems, type Reading } from './readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type JudgedResource, type Verdict } from './rule.ts';

/** The component that hands the catalogue of tools over as its input. A test holds the token together with the component. */
export const CATALOGUE_TYPE = 'mcp:infra:ToolApi';
const CATALOGUE_INPUT = 'tools';
const NAME = /^[a-z0-9_]{1,64}$/;

/** A tool of the catalogue, with the name by which findings call it. */
export interface CatalogueEntry {
  readonly label: string;
  readonly tool: Readonly<Record<string, unknown>>;
}

/**
 * Judges each tool of the catalogue. Without a catalogue, or with one that is not known, nothing passes.
 * @param judgeTool what is wrong with a tool
 */
export function judgeCatalogue({ type, props }: JudgedResource, judgeTool: (entry: CatalogueEntry) => readonly (Finding | undefined)[]): Verdict {
  if (type !== CATALOGUE_TYPE) return doesNotConcern('The resource has no catalogue of tools.');
  const catalogue = readCatalogue(props);
  return found('problem' in catalogue ? [catalogue.problem] : catalogue.entries.flatMap((entry) => ('problem' in entry ? [entry.problem] : judgeTool(entry))));
}

/** The tools, or why there are none to judge. */
export function readCatalogue(props: Readonly<Record<string, unknown>>): { readonly problem: Finding } | { readonly entries: readonly (CatalogueEntry | { readonly problem: Finding })[] } {
  const catalogue = readInput(props, CATALOGUE_INPUT);
  if (catalogue.state === 'unknown') return { problem: notJudged('The catalogue of tools', 'Hand it to the component as literals.') };
  const items = catalogue.state === 'known' ? readItems(catalogue.value) : undefined;
  if (items === undefined) return { problem: violation(`The component has no list ${CATALOGUE_INPUT}: no tool was judged. Hand the catalogue to it.`) };
  return { entries: items.map(readEntry) };
}

function readEntry(item: Reading, place: number): CatalogueEntry | { readonly problem: Finding } {
  if (item.state !== 'known' || !isRecord(item.value)) return { problem: notJudged(`Tool ${place + 1} of the catalogue`, 'Hand it to the component as a literal.') };
  return { label: labelOf(readInput(item.value, 'name'), place), tool: item.value };
}

/** Findings quote no value, because packs see secrets in clear; the name of a tool is quoted when it looks like nothing else. */
function labelOf(name: Reading, place: number): string {
  return name.state === 'known' && typeof name.value === 'string' && NAME.test(name.value) ? `Tool ${name.value}` : `Tool ${place + 1} of the catalogue`;
}
