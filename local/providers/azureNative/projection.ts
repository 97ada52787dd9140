import type { Json, JsonObject } from '../../arm/types.ts';
import type { TypeSchema } from '../../arm/contract/declarations.ts';
import { equalValues } from '../values.ts';

type Definitions = Readonly<Record<string, TypeSchema>>;

/**
 * What a refresh makes of the inputs: only what changed between two readings of the outputs is carried over, so that a
 * default that the service filled in does not become an input that nobody wrote.
 * @param inputs inputs in the state
 * @param before outputs in the state
 * @param after outputs as read now
 * @param schema inputs of the resource; outputs that are no inputs stay out, also inside of objects
 * @param definitions what the schema refers to
 */
export function projectOntoInputs(inputs: JsonObject, before: JsonObject, after: JsonObject, schema: TypeSchema, definitions: Definitions): JsonObject {
  const result: JsonObject = { ...inputs };
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    if (equalValues(before[name], after[name])) continue;
    const value = carry(inputs[name], before[name], after[name], own, definitions);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}

function carry(input: Json | undefined, before: Json | undefined, after: Json | undefined, schema: TypeSchema | undefined, definitions: Definitions): Json | undefined {
  if (after === undefined) return undefined;
  const known = schema?.$ref === undefined ? schema : definitions[schema.$ref.slice('#/$defs/'.length)];
  if (isObject(input) && isObject(before) && isObject(after)) {
    const result: JsonObject = { ...input };
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (equalValues(before[key], after[key]) || known?.['x-readOnly']?.includes(key)) continue;
      const value = carry(input[key], before[key], after[key], known?.properties?.[key], definitions);
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  }
  if (Array.isArray(input) && Array.isArray(before) && Array.isArray(after)) {
    return after.map((item, index) => (index < input.length && index < before.length ? (carry(input[index], before[index], item, known?.items, definitions) ?? item) : item));
  }
  return after;
}

/** The inputs that an imported resource would have been written with: every output that is an input. */
export function inputsFromOutputs(outputs: JsonObject, schema: TypeSchema): JsonObject {
  return Object.fromEntries(Object.keys(schema.properties ?? {}).flatMap((name) => (outputs[name] === undefined ? [] : [[name, outputs[name]]])));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
