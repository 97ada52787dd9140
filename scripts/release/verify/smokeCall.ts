import type { OfferedTool } from '../lock/offeredTools.ts';
import { isObject, type JsonSchema, type SchemaObject } from './schema/jsonSchema.ts';

/** A call that shows whether a tool works, or why there is none. */
export type SmokeCall =
  | { readonly kind: 'call'; readonly arguments: SchemaObject; /** Its answer hangs on hosts outside. */ readonly isOpenWorld: boolean }
  /** It may change something: a release is no reason to. */
  | { readonly kind: 'not-called'; readonly reason: string }
  /** It could be called, were it known with what. */
  | { readonly kind: 'no-example'; readonly reason: string };

/**
 * Arguments come from what the slot itself offers: the first of `examples` in the tool's schema of arguments, which its declaration carries
 * (docs/decisions/035-gates-of-a-release.md); else from what the required ones allow by themselves.
 * Source: JSON Schema 2020-12, validation 9.5, "examples"; Model Context Protocol 2026-07-28, schema, ToolAnnotations and their defaults.
 */
export function smokeCallOf({ inputSchema, annotations = {} }: Pick<OfferedTool, 'inputSchema' | 'annotations'>): SmokeCall {
  if (annotations['readOnlyHint'] !== true) return { kind: 'not-called', reason: `it may change something (readOnlyHint is not true; destructiveHint ${JSON.stringify(annotations['destructiveHint'] ?? true)}, idempotentHint ${JSON.stringify(annotations['idempotentHint'] ?? false)})` };
  const isOpenWorld = annotations['openWorldHint'] !== false;
  const examples = isObject(inputSchema) ? inputSchema['examples'] : undefined;
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  if (isObject(example)) return { kind: 'call', arguments: example, isOpenWorld };
  const derived = requiredValues(inputSchema);
  if ('missing' in derived) return { kind: 'no-example', reason: `its argument ${derived.missing} has no example; declare one: input.meta({ examples: [{ … }] })` };
  return { kind: 'call', arguments: derived.values, isOpenWorld };
}

function requiredValues(schema: JsonSchema): { readonly values: SchemaObject } | { readonly missing: string } {
  const required = isObject(schema) && Array.isArray(schema['required']) ? schema['required'].filter((name): name is string => typeof name === 'string') : [];
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const values: [string, unknown][] = [];
  for (const name of required) {
    const value = valueOf(properties[name]);
    if (value === undefined) return { missing: name };
    values.push([name, value]);
  }
  return { values: Object.fromEntries(values) };
}

/** A value that the schema itself names. */
function valueOf(schema: unknown): unknown {
  if (!isObject(schema)) return undefined;
  const first = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);
  return first(schema['examples']) ?? schema['const'] ?? schema['default'] ?? first(schema['enum']);
}
