import fc from 'fast-check';
import type { JsonSchema, SchemaObject } from '../../../../../scripts/release/verify/schema/jsonSchema.ts';

/** Few names and small numbers, so that two drawn schemas speak of the same things. */
const NAMES = ['a', 'b', 'c'];
const small = fc.integer({ min: 0, max: 4 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const scalar = fc.constantFrom<unknown>(null, true, false, 0, 1, 2, 1.5, '', 'x', 'xyz');

function defined(record: Readonly<Record<string, unknown>>): SchemaObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Any schema of the keywords that the comparison takes apart, and of some that it does not. */
export const { schema: drawnSchema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const inner = tie('schema');
  const text = fc.record({ type: fc.constant('string'), minLength: maybe(small), maxLength: maybe(small), pattern: maybe(fc.constantFrom('^x', 'z$')) }).map(defined);
  const number = fc.record({
    type: fc.constantFrom('integer', 'number'), minimum: maybe(small), maximum: maybe(small), exclusiveMinimum: maybe(small), exclusiveMaximum: maybe(small), multipleOf: maybe(fc.constantFrom(0.5, 1, 2, 4)),
  }).map(defined);
  const list = fc.record({ type: fc.constant('array'), items: maybe(inner), prefixItems: maybe(fc.array(inner, { minLength: 1, maxLength: 2 })), minItems: maybe(small), maxItems: maybe(small), uniqueItems: maybe(fc.boolean()) }).map(defined);
  const object = fc.record({
    type: fc.constant('object'),
    properties: maybe(fc.dictionary(fc.constantFrom(...NAMES), inner, { maxKeys: 3, noNullPrototype: true })),
    required: maybe(fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 })),
    additionalProperties: maybe(inner),
    patternProperties: maybe(fc.constantFrom<unknown>({ '^a': { type: 'string' } }, { '^a': { type: 'number' } })),
    minProperties: maybe(small),
    maxProperties: maybe(small),
    propertyNames: maybe(fc.constantFrom<unknown>({ minLength: 1 }, { pattern: '^[ab]' })),
  }).map(defined);
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.boolean(), text, number, fc.constantFrom<JsonSchema>({}, { type: 'boolean' }, { type: 'null' }, { type: ['string', 'null'] }, { type: ['integer', 'boolean'] }, { minLength: 2 }, { minimum: 1 }, { required: ['a'] }),
        fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })), scalar.map((value) => ({ const: value })),
      ),
      list, object, object,
      fc.array(inner, { minLength: 1, maxLength: 3 }).chain((anyOf) => fc.constantFrom<JsonSchema>({ anyOf }, { oneOf: anyOf }, { allOf: anyOf }, { type: 'object', anyOf }, { minLength: 1, allOf: anyOf })),
      inner.map((not) => ({ not })),
      fc.constantFrom<JsonSchema>(
        { oneOf: [{ type: 'object', properties: { a: { const: 1 } }, required: ['a'] }, { type: 'object', properties: { a: { const: 2 }, b: { type: 'string' } }, required: ['a'] }] },
        { if: { required: ['a'] }, then: { required: ['b'] } }, { type: 'array', contains: { type: 'string' }, minContains: 2 }, { dependentRequired: { a: ['b'] } },
        { type: 'object', properties: { a: true }, unevaluatedProperties: false }, { anyOf: [{ properties: { a: true } }, { properties: { b: true } }], unevaluatedProperties: false },
      ),
    ),
  };
});

/** Values that the drawn schemas speak of. */
export const { value: drawnValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, fc.constantFrom<unknown>(3, 4, 5, -1, 0.25, 'xxxxx', 'ax', 'z', 'xz'), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.constantFrom(...NAMES, 'd', 'ab'), tie('value'), { maxKeys: 4, noNullPrototype: true })),
}));

type Change = (schema: SchemaObject, number: number) => JsonSchema;
/** What people do to a schema from one version to the next; some of it narrows, some widens, some does neither. */
const CHANGES: readonly Change[] = [
  (schema) => ({ ...schema, properties: { ...(schema['properties'] as object | undefined), c: { type: 'string' } } }),
  (schema) => ({ ...schema, required: [...((schema['required'] as string[] | undefined) ?? []).filter((name) => name !== 'b'), 'b'] }),
  (schema) => without(schema, 'required'),
  (schema) => without(schema, 'additionalProperties'),
  (schema) => ({ ...schema, additionalProperties: false }),
  (schema) => ({ ...schema, maxLength: 2 }),
  (schema) => without(schema, 'maxLength'),
  (schema) => ({ ...schema, minimum: 1 }),
  (schema, number) => ({ ...schema, maximum: number }),
  (schema) => without(schema, 'minimum'),
  (schema) => without(schema, 'maximum'),
  (schema) => (Array.isArray(schema['enum']) && schema['enum'].length > 1 ? { ...schema, enum: (schema['enum'] as unknown[]).slice(1) } : schema),
  (schema) => (Array.isArray(schema['enum']) ? { ...schema, enum: [...(schema['enum'] as unknown[]), 'more'] } : schema),
  (schema) => (Array.isArray(schema['anyOf']) ? { ...schema, anyOf: [...(schema['anyOf'] as unknown[]), { type: 'null' }] } : { anyOf: [schema, { type: 'null' }] }),
  (schema) => (schema['type'] === 'integer' ? { ...schema, type: 'number' } : schema['type'] === 'number' ? { ...schema, type: 'integer' } : schema),
  (schema) => without(schema, 'type'),
  (schema) => ({ allOf: [schema, { minProperties: 1 }] }),
  (schema) => (typeof schema['properties'] === 'object' ? { ...schema, properties: Object.fromEntries(Object.entries(schema['properties'] as object).slice(1)) } : schema),
  (schema) => (typeof schema['properties'] === 'object' ? { ...schema, properties: Object.fromEntries(Object.entries(schema['properties'] as Record<string, JsonSchema>).map(([name, one]) => [name, typeof one === 'object' ? without(one, 'maximum') : one])) } : schema),
  (schema) => ({ ...schema, description: 'other words' }),
];

function without(schema: SchemaObject, keyword: string): SchemaObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}

/** A schema and a later version of it. */
export const drawnChange: fc.Arbitrary<readonly [JsonSchema, JsonSchema]> = fc.oneof(
  fc.tuple(drawnSchema, drawnSchema),
  fc.tuple(drawnSchema, fc.array(fc.tuple(fc.constantFrom(...CHANGES), small), { minLength: 1, maxLength: 3 })).map(([schema, changes]) => {
    const changed = changes.reduce<JsonSchema>((last, [change, number]) => (typeof last === 'object' ? change(last, number) : last), schema);
    return [schema, changed] as const;
  }),
);
