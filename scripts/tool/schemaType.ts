import type { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The schema that a reference stands for: `#` or a member of `$defs`, which are all that `z.toJSONSchema` makes. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1];
  const found = name === undefined ? root : root.$defs?.[name];
  if (typeof found !== 'object') throw new Error(`${schema.$ref} is nowhere in the schema`);
  return found;
}

/** A schema, where JSON Schema also allows true and false. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The references that are open once this schema is entered; undefined when its own reference is among them, because it holds itself. */
export function entered({ $ref }: JsonSchema, open: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if ($ref === undefined) return open;
  return open.has($ref) ? undefined : new Set([...open, $ref]);
}

/** The type of a value in words: "array of string", "integer or null". */
export function typeOf(given: JsonSchema, root: JsonSchema, open: ReadonlySet<string> = new Set()): string {
  const inside = entered(given, open);
  if (!inside) return 'the same again';
  const schema = resolved(given, root);
  const of = (inner: unknown): string => (isSchema(inner) ? typeOf(inner, root, inside) : 'any');
  const variants = [...schema.anyOf ?? [], ...schema.oneOf ?? []];
  if (variants.length > 0) return [...new Set(variants.map(of))].join(' or ');
  const types = [schema.type ?? []].flat().map((type) => {
    if (type === 'array') return schema.prefixItems ? `array of exactly ${schema.prefixItems.map(of).join(', ')}` : `array of ${of(schema.items)}`;
    if (type === 'object' && !schema.properties && schema.additionalProperties !== false) return `object of ${of(schema.additionalProperties)} by key`;
    return type;
  });
  return types.join(' or ') || (schema.allOf ? 'object' : 'any');
}
