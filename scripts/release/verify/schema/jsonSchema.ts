import { canonicalJson } from '../../../audit/snapshots/canonicalJson.ts';

/** JSON Schema 2020-12. */
export type JsonSchema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

/** Keywords that say something to a reader and nothing about which values are valid. Source: JSON Schema 2020-12, core 8 and validation 9. */
export const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$comment', '$schema', '$id']);
/** Where schemas lie that others refer to; by themselves they say nothing. */
export const DEFINITIONS: ReadonlySet<string> = new Set(['$defs', 'definitions']);

const MAPS = ['properties', 'patternProperties', 'dependentSchemas'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SINGLE = ['items', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else', 'unevaluatedItems', 'unevaluatedProperties'];

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || isObject(value);
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a schema demands at its top, without definitions; `true` and `{}` are one. */
export function assertionsOf(schema: JsonSchema): SchemaObject | false {
  if (schema === true) return {};
  if (schema === false) return false;
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword) && !DEFINITIONS.has(keyword)));
}

/** A schema without annotations, at any depth; a property that is named as one of them stays. */
export function withoutAnnotations(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword)).map(([keyword, value]) => {
    if ((MAPS.includes(keyword) || DEFINITIONS.has(keyword)) && isObject(value)) return [keyword, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, isSchema(one) ? withoutAnnotations(one) : one]))];
    if (LISTS.includes(keyword) && Array.isArray(value)) return [keyword, value.map((one: unknown) => (isSchema(one) ? withoutAnnotations(one) : one))];
    return [keyword, SINGLE.includes(keyword) && isSchema(value) ? withoutAnnotations(value) : value];
  }));
}

/** Every schema inside of one, itself first, with its JSON Pointer (RFC 6901). */
export function* innerSchemas(schema: JsonSchema, pointer = ''): Generator<readonly [string, JsonSchema]> {
  yield [pointer, schema];
  if (!isObject(schema)) return;
  for (const keyword of [...MAPS, ...DEFINITIONS]) {
    const inner = schema[keyword];
    if (isObject(inner)) for (const [name, one] of Object.entries(inner)) if (isSchema(one)) yield* innerSchemas(one, `${pointer}/${keyword}/${segment(name)}`);
  }
  for (const keyword of LISTS) {
    const inner = schema[keyword];
    if (Array.isArray(inner)) for (const [place, one] of inner.entries()) if (isSchema(one)) yield* innerSchemas(one, `${pointer}/${keyword}/${place}`);
  }
  for (const keyword of SINGLE) {
    const inner = schema[keyword];
    if (isSchema(inner)) yield* innerSchemas(inner, `${pointer}/${keyword}`);
  }
}

/** A name as a segment of a JSON Pointer. */
export function segment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What a local reference leads to; undefined for one that leads out of the document, or nowhere. */
export function referenced(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: unknown = root;
  for (const name of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : Array.isArray(found) ? (found as unknown[])[Number(key)] : undefined;
  }
  return isSchema(found) ? found : undefined;
}

/** Whether two values are the same JSON. */
export function isSame(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
