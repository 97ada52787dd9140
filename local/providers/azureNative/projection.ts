import type { Json, JsonObject } from '../../arm/types.ts';
import type { TypeSchema } from '../../arm/contract/declarations.ts';
import { equalValues } from '../values.ts';

/**
 * What a refresh makes of the inputs: only what changed between two readings of the outputs is carried over, so that a
 * default that the service filled in does not become an input that nobody wrote.
 * @param inputs inputs in the state
 * @param before outputs in the state
 * @param after outputs as read now
 * @param schema inputs of the resource; outputs that are no inputs stay out
 */
export function projectOntoInputs(inputs: JsonObject, before: JsonObject, after: JsonObject, schema: TypeSchema): JsonObject {
  const result: JsonObject = { ...inputs };
  for (const name of Object.keys(schema.properties ?? {})) {
    if (equalValues(before[name], after[name])) continue;
    const value = carry(inputs[name], before[name], after[name]);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}

function carry(input: Json | undefined, before: Json | undefined, after: Json | undefined): Json | undefined {
  if (after === undefined) return undefined;
  if (isObject(input) && isObject(before) && isObject(after)) {
    const result: JsonObject = { ...input };
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (equalValues(before[key], after[key])) continue;
      const value = carry(input[key], before[key], after[key]);
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  }
  if (Array.isArray(input) && Array.isArray(before) && Array.isArray(after)) {
    return after.map((item, index) => (index < input.length && index < before.length ? (carry(input[index], before[index], item) ?? item) : item));
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
