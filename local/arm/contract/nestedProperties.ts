import type { Json, JsonObject } from '../types.ts';
import type { TypeSchema } from './declarations.ts';

/**
 * Objects inside of a resource that are resources themselves on the wire, by their name in the declarations: the names that stand beside their `properties`.
 * azure-native shows such an object flat, as it shows the resource: `{ name, addressPrefix }` for `{ name, properties: { addressPrefix } }`.
 */
export type NestedEnvelopes = Readonly<Record<string, readonly string[]>>;

const DEFINITIONS = '#/$defs/';

/** The definitions as the wire has them, so that a body is judged in its own terms. */
export function nestDefinitions(definitions: Readonly<Record<string, TypeSchema>>, envelopes: NestedEnvelopes): Record<string, TypeSchema> {
  const nested: Record<string, TypeSchema> = { ...definitions };
  for (const [key, envelope] of Object.entries(envelopes)) {
    const flat = definitions[key];
    if (flat) nested[key] = nest(flat, envelope);
  }
  return nested;
}

function nest(flat: TypeSchema, envelope: readonly string[]): TypeSchema {
  const split = (inside: boolean): TypeSchema => ({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(flat.properties ?? {}).filter(([name]) => envelope.includes(name) !== inside)),
    required: (flat.required ?? []).filter((name) => envelope.includes(name) !== inside),
    'x-readOnly': (flat['x-readOnly'] ?? []).filter((name) => envelope.includes(name) !== inside),
  });
  const [outside, inside] = [split(false), split(true)];
  return {
    ...outside,
    properties: { ...outside.properties, properties: inside },
    required: [...(outside.required ?? []), ...((inside.required ?? []).length > 0 ? ['properties'] : [])],
  };
}

/** Flat inputs as the wire has them. @param schema the flat schema of the value */
export function toNested(value: Json, schema: TypeSchema | undefined, definitions: Readonly<Record<string, TypeSchema>>, envelopes: NestedEnvelopes): Json {
  return walk(value, schema, definitions, (object, envelope) => {
    const inside = Object.entries(object).filter(([name]) => !envelope.includes(name));
    return {
      ...Object.fromEntries(Object.entries(object).filter(([name]) => envelope.includes(name))),
      ...(inside.length > 0 ? { properties: Object.fromEntries(inside) } : {}),
    };
  }, envelopes, 'before');
}

/** The wire's form as azure-native shows it. @param schema the flat schema of the value */
export function toFlat(value: Json, schema: TypeSchema | undefined, definitions: Readonly<Record<string, TypeSchema>>, envelopes: NestedEnvelopes): Json {
  return walk(value, schema, definitions, ({ properties, ...outside }) => ({ ...(isObject(properties) ? properties : {}), ...outside }), envelopes, 'after');
}

/**
 * Changes each object whose definition has an envelope, with what is in it.
 * @param children whether the children are changed before or after their object: while it is flat
 */
function walk(
  value: Json, schema: TypeSchema | undefined, definitions: Readonly<Record<string, TypeSchema>>,
  change: (object: JsonObject, envelope: readonly string[]) => JsonObject, envelopes: NestedEnvelopes, children: 'before' | 'after',
): Json {
  const deeper = (item: Json, of: TypeSchema | undefined): Json => walk(item, of, definitions, change, envelopes, children);
  if (Array.isArray(value)) return value.map((item) => deeper(item, schema?.items));
  if (!isObject(value) || !schema) return value;
  const key = schema.$ref?.slice(DEFINITIONS.length);
  const resolved = key === undefined ? schema : definitions[key];
  const envelope = key === undefined ? undefined : envelopes[key];
  const within = (object: JsonObject): JsonObject => Object.fromEntries(Object.entries(object).map(([name, item]) => [name, deeper(item, resolved?.properties?.[name])]));
  if (!envelope) return within(value);
  return children === 'before' ? change(within(value), envelope) : within(change(value, envelope));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
