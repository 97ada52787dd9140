import type { OfferedTool } from '../../lock/offeredTools.ts';
import { ANNOTATIONS, innerSchemas, isObject, isSame, withoutAnnotations, type JsonSchema } from './jsonSchema.ts';
import { narrowings } from './narrowings.ts';

/** One difference between what was offered and what is. */
export interface OfferedChange {
  /** Stable: kind, tool, and where in its schema; what `--accept` takes. */
  readonly id: string;
  /** Whether a client, or the model behind it, may meet something else than it was told: then it blocks unless accepted. */
  readonly blocks: boolean;
  /** What was and what is. */
  readonly text: string;
}

/** Words for a reader, in the order in which they are compared; dialect and id of a schema are none. */
const WORDS = [...ANNOTATIONS].filter((keyword) => !['$schema', '$id'].includes(keyword));
const MAX_SHOWN_CHARACTERS = 160;

/**
 * What clients would notice of a change of the list of tools. Arguments may be allowed more than before, results less: a schema of arguments is
 * compatible when it accepts all that the former one accepted, a schema of results when the former one accepts all that it accepts.
 * Everything that a model reads is compared to the letter, since a changed description changes what agents do.
 */
export function offeredChanges(before: readonly OfferedTool[], after: readonly OfferedTool[]): OfferedChange[] {
  const now = new Map(after.map((tool) => [tool.name, tool]));
  const had = new Set(before.map(({ name }) => name));
  return [
    ...before.flatMap((tool) => {
      const other = now.get(tool.name);
      return other === undefined ? [{ id: `tool-removed:${tool.name}`, blocks: true, text: 'the tool is gone' }] : changesOf(tool, other);
    }),
    ...after.filter(({ name }) => !had.has(name)).map(({ name }) => ({ id: `tool-added:${name}`, blocks: false, text: 'a new tool' })),
  ];
}

function changesOf(before: OfferedTool, after: OfferedTool): OfferedChange[] {
  const { name } = before;
  return [
    ...schemaChanges(`schema-breaking:${name}`, `schema-compatible:${name}`, before.inputSchema, after.inputSchema, narrowings(before.inputSchema, after.inputSchema).map(({ pointer, narrow, wide }) => ({ pointer, was: narrow, is: wide }))),
    ...outputChanges(name, before.outputSchema, after.outputSchema),
    ...(['description', 'title'] as const).flatMap((field) => changed(`${field}-changed:${name}`, before[field], after[field])),
    ...wordChanges(name, 'inputSchema', before.inputSchema, after.inputSchema),
    ...wordChanges(name, 'outputSchema', before.outputSchema ?? true, after.outputSchema ?? true),
    ...keysOf(before.annotations, after.annotations).flatMap((hint) => changed(`annotations-changed:${name}:${hint}`, before.annotations?.[hint], after.annotations?.[hint])),
  ];
}

function outputChanges(name: string, before: JsonSchema | undefined, after: JsonSchema | undefined): OfferedChange[] {
  // What was promised nothing may become anything that is promised.
  if (before === undefined) return after === undefined ? [] : [{ id: `output-compatible:${name}`, blocks: false, text: 'results have a schema now' }];
  if (after === undefined) return [{ id: `output-breaking:${name}`, blocks: true, text: 'results have no schema any more' }];
  return schemaChanges(`output-breaking:${name}`, `output-compatible:${name}`, before, after, narrowings(after, before).map(({ pointer, narrow, wide }) => ({ pointer, was: wide, is: narrow })));
}

function schemaChanges(breaking: string, compatible: string, before: JsonSchema, after: JsonSchema, found: readonly { pointer: string; was: string; is: string }[]): OfferedChange[] {
  if (found.length === 0) return isSame(withoutAnnotations(before), withoutAnnotations(after)) ? [] : [{ id: compatible, blocks: false, text: 'the schema differs; all that was valid is' }];
  // Several differences in one place are one change, to be accepted or not.
  const places = [...new Set(found.map(({ pointer }) => pointer))];
  return places.map((place) => ({
    id: place === '' ? breaking : `${breaking}:${place}`,
    blocks: true,
    text: found.filter(({ pointer }) => pointer === place).map(({ was, is }) => `${shown(was)} → ${shown(is)}`).join('; '),
  }));
}

/** Changed words at the places that both schemas have. */
function wordChanges(name: string, side: string, before: JsonSchema, after: JsonSchema): OfferedChange[] {
  const now = new Map(innerSchemas(after));
  return [...innerSchemas(before)].flatMap(([pointer, schema]) => {
    const other = now.get(pointer);
    if (!isObject(schema) || !isObject(other)) return [];
    return WORDS.flatMap((word) => changed(`${word}-changed:${name}:/${side}${pointer}`, schema[word], other[word]));
  });
}

function changed(id: string, before: unknown, after: unknown): OfferedChange[] {
  return isSame(before ?? null, after ?? null) ? [] : [{ id, blocks: true, text: `${shown(before)} → ${shown(after)}` }];
}

function keysOf(...objects: readonly (object | undefined)[]): string[] {
  return [...new Set(objects.flatMap((one) => Object.keys(one ?? {})))].sort();
}

/** One line for a terminal: what a tool's author wrote may hold anything. */
function shown(value: unknown): string {
  const text = (typeof value === 'string' ? value : value === undefined ? 'none' : JSON.stringify(value)).replaceAll(/[\p{C}\s]+/gu, ' ');
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}
