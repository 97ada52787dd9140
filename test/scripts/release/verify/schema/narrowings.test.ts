import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JsonSchema } from '../../../../../scripts/release/verify/schema/jsonSchema.ts';
import { narrowings } from '../../../../../scripts/release/verify/schema/narrowings.ts';
import { drawnChange, drawnValue } from './drawnSchemas.ts';

const text = { type: 'string' };
const object = (properties: Record<string, JsonSchema>, more: object = {}): JsonSchema => ({ type: 'object', properties, additionalProperties: false, ...more });
const pointers = (narrow: JsonSchema, wide: JsonSchema): string[] => narrowings(narrow, wide).map(({ pointer }) => pointer);

describe('narrowings', () => {
  for (const [what, before, after, expected] of [
    ['nothing', object({ a: text }), object({ a: text }), []],
    ['other words', object({ a: { ...text, description: 'one' } }, { title: 'A', examples: [{}] }), object({ a: { ...text, description: 'two' } }), []],
    ['a property named as an annotation', object({ title: text }), object({}), ['/properties/title']],
    ['an argument that may be left out', object({ a: text }), object({ a: text, b: text }), []],
    ['an argument that may not be left out', object({ a: text }), object({ a: text, b: text }, { required: ['b'] }), ['/properties/b']],
    ['an argument that must be given now', object({ a: text }), object({ a: text }, { required: ['a'] }), ['/properties/a']],
    ['an argument that need not be given any more', object({ a: text }, { required: ['a'] }), object({ a: text }), []],
    ['an argument that is gone', object({ a: text, b: text }), object({ a: text }), ['/properties/b']],
    ['an argument that is gone where others are free', object({ a: text, b: text }), object({ a: text }, { additionalProperties: true }), []],
    ['further arguments that are refused', { type: 'object', properties: { a: text } }, object({ a: text }), ['/additionalProperties']],
    ['a shorter text', object({ a: { ...text, maxLength: 100 } }), object({ a: { ...text, maxLength: 50 } }), ['/properties/a']],
    ['a longer text', object({ a: { ...text, maxLength: 50 } }), object({ a: { ...text, maxLength: 100 } }), []],
    ['a pattern', object({ a: text }), object({ a: { ...text, pattern: '^a' } }), ['/properties/a']],
    ['a format', object({ a: text }), object({ a: { ...text, format: 'email' } }), ['/properties/a']],
    ['a format for listed values', { enum: ['a'] }, { type: 'string', format: 'email' }, ['']],
    ['whole numbers alone', object({ a: { type: 'number' } }), object({ a: { type: 'integer' } }), ['/properties/a']],
    ['all numbers', object({ a: { type: 'integer' } }), object({ a: { type: 'number' } }), []],
    ['another type', object({ a: text }), object({ a: { type: 'array', items: text } }), ['/properties/a']],
    ['one value less', object({ a: { enum: ['x', 'y'] } }), object({ a: { enum: ['x'] } }), ['/properties/a']],
    ['one value more', object({ a: { enum: ['x'] } }), object({ a: { enum: ['x', 'y'] } }), []],
    ['values where all texts were', object({ a: text }), object({ a: { ...text, enum: ['x'] } }), ['/properties/a']],
    ['values that a schema allows', object({ a: { enum: ['x', 1] } }), object({ a: { anyOf: [text, { type: 'integer', minimum: 1 }] } }), []],
    ['a bound that excludes itself', { type: 'integer', minimum: 1 }, { type: 'integer', exclusiveMinimum: 1 }, ['']],
    ['a bound that is stricter than asked', { type: 'integer', exclusiveMinimum: 1 }, { type: 'integer', minimum: 1 }, []],
    ['a bound for what is no number', text, { ...text, minimum: 5 }, []],
    ['items of another type', object({ a: { type: 'array', items: text } }), object({ a: { type: 'array', items: { type: 'integer' } } }), ['/properties/a/items']],
    ['something instead of nothing', object({ a: { anyOf: [text, { type: 'null' }] } }), object({ a: text }), ['/properties/a']],
    ['nothing beside something', object({ a: text }), object({ a: { anyOf: [text, { type: 'null' }] } }), []],
    ['a list of types as alternatives', { type: ['string', 'null'] }, { anyOf: [{ type: 'null' }, text] }, []],
    ['a variant more, told by its kind', oneOfKinds('x'), oneOfKinds('x', 'y'), []],
    ['a variant less', oneOfKinds('x', 'y'), oneOfKinds('x'), ['/properties/kind', '/properties/y']],
    ['alternatives that may overlap', { oneOf: [text] }, { oneOf: [text, { minLength: 2 }] }, ['']],
    ['the same alternatives beside another change', { oneOf: [{ minLength: 2 }, { maxLength: 3 }], maxLength: 9 }, { oneOf: [{ minLength: 2 }, { maxLength: 3 }], maxLength: 10 }, []],
    ['the same definition', { $ref: '#/$defs/a', $defs: { a: text } }, { $ref: '#/$defs/b', $defs: { b: text } }, []],
    ['a narrower definition', object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: text } }), object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { ...text, maxLength: 1 } } }), ['/properties/a']],
    ['a definition behind the same pattern', { not: { $ref: '#/$defs/a' }, $defs: { a: text } }, { not: { $ref: '#/$defs/a' }, $defs: { a: { type: ['string', 'null'] } } }, ['']],
    ['a tree with deeper leaves', tree({ type: 'integer' }), tree({ type: 'number' }), []],
    ['a tree with narrower leaves', tree({ type: 'number' }), tree({ type: 'integer' }), ['/properties/leaf']],
    ['a header for an argument', object({ a: text }), object({ a: { ...text, 'x-mcp-header': 'A' } }), ['/properties/a']],
  ] as const satisfies readonly (readonly [string, JsonSchema, JsonSchema, readonly string[]])[]) {
    it(`${expected.length === 0 ? 'lets pass' : 'names'}: ${what}`, () => {
      assert.deepEqual([...new Set(pointers(before, after))], expected);
    });
  }

  it('tells what held in each of the two', () => {
    assert.deepEqual(narrowings(object({ a: { ...text, maxLength: 100 } }), object({ a: { ...text, maxLength: 50 } })), [{ pointer: '/properties/a', narrow: 'maxLength 100', wide: 'maxLength 50' }]);
    assert.deepEqual(narrowings(object({}), object({ a: text }, { required: ['a'] })), [{ pointer: '/properties/a', narrow: 'optional', wide: 'required' }]);
  });

  it('a change that is judged compatible accepts every value that was accepted before [release.breaking-change]', () => {
    const ajv = new Ajv2020({ strict: false, validateSchema: false, meta: false, code: { optimize: false } });
    const compile = (schema: JsonSchema) => ajv.compile(schema);
    const seen = { differing: 0, accepted: 0, breaking: 0 };
    fc.assert(fc.property(drawnChange, fc.array(drawnValue, { minLength: 30, maxLength: 60 }), ([before, after], values) => {
      const problems = narrowings(before, after);
      if (problems.length > 0) {
        seen.breaking += 1;
        return;
      }
      const [accepts, acceptsNow] = [compile(before), compile(after)];
      const accepted = values.filter((value) => accepts(value));
      if (JSON.stringify(before) !== JSON.stringify(after) && before !== false && after !== true) seen.differing += 1;
      seen.accepted += accepted.length;
      for (const value of accepted) assert.ok(acceptsNow(value), `${JSON.stringify(value)} was accepted by ${JSON.stringify(before)} and is refused by ${JSON.stringify(after)}`);
    }), { seed: 20_261_125, numRuns: Number(process.env['MCP_SOAK'] === '1' ? 100_000 : 3_000) });
    // Not by judging all of them breaking, nor by drawing values that no schema accepts.
    assert.ok(seen.differing > 200 && seen.accepted > 5_000 && seen.breaking > 500, JSON.stringify(seen));
  });
});

/** Objects that name their kind, which tells the alternatives apart. */
function oneOfKinds(...kinds: readonly string[]): JsonSchema {
  return { oneOf: kinds.map((kind) => object({ kind: { const: kind }, [kind]: text }, { required: ['kind'] })) };
}

function tree(leaf: JsonSchema): JsonSchema {
  return { $ref: '#/$defs/node', $defs: { node: object({ leaf, left: { $ref: '#/$defs/node' } }) } };
}
