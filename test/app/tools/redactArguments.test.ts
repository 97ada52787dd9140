import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { keepsAccepted, redactArguments } from '../../../app/tools/redactArguments.ts';
import { tools } from '../../../app/tools/index.ts';

/** Schemas of every kind that tools use, some of which mark something. */
const scalars = [z.string(), z.int(), z.boolean(), z.enum(['a', 'b']), z.url(), z.string().meta({ redact: true }), z.coerce.string(), z.union([z.string(), z.int()])];
const schemas: fc.Arbitrary<z.ZodType> = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof({ maxDepth: 3 },
    fc.constantFrom(...scalars),
    tie('schema').map((schema) => z.array(schema)),
    tie('schema').map((schema) => schema.optional()),
    tie('schema').map((schema) => z.record(z.string(), schema)),
    fc.tuple(tie('schema'), tie('schema')).map(([left, right]) => z.strictObject({ left, right: right.optional() })),
    tie('schema').map((member) => z.object({ member })),
  ),
})).schema;
const scalarValues = fc.oneof(fc.constantFrom('a', 'b', 'https://example.net/'), fc.integer(), fc.boolean(), fc.constant({ toString: () => 'x' }));
const values = fc.oneof(scalarValues, fc.array(scalarValues, { maxLength: 2 }), fc.record({ left: scalarValues, right: fc.oneof(scalarValues, fc.array(scalarValues)) }, { requiredKeys: ['left'] }), fc.dictionary(fc.string(), scalarValues, { maxKeys: 2 }), fc.record({ member: scalarValues, more: scalarValues }));

describe('keepsAccepted', () => {
  it('is true only where redacting changes nothing that the schema accepts', () => {
    let kept = 0;
    fc.assert(fc.property(schemas, values, (schema, value) => {
      if (!keepsAccepted(schema) || !schema.safeParse(value).success) return;
      kept += 1;
      assert.equal(JSON.stringify(redactArguments(schema, value)), JSON.stringify(value));
    }), { seed: 20_261_125, numRuns: 20_000 });
    assert.ok(kept > 300, `${kept} cases judged`);
  });

  it('is false where something is marked, dropped, converted or not plain to see', () => {
    const marked = z.string().meta({ redact: true });
    for (const schema of [marked, z.strictObject({ marked }), z.array(marked).optional(), z.object({ name: z.string() }), z.coerce.number(), z.string().transform(Number), z.unknown(), z.union([z.string(), z.int()])]) {
      assert.equal(keepsAccepted(schema), false, JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
    }
  });

  it('is true of the tools that there are', () => {
    assert.deepEqual(tools.filter(({ input }) => !keepsAccepted(input)).map(({ name }) => name), []);
  });
});
