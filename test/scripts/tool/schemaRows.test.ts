import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { schemaRows } from '../../../scripts/tool/schemaRows.ts';

function rowsOf(schema: z.ZodObject): string[] {
  return schemaRows(z.toJSONSchema(schema, { io: 'input' })).map(({ name, type, isRequired, allowed, description }) => (
    [`${name}${isRequired ? '' : '?'}: ${type}`, ...allowed, ...(description === '' ? [] : [`"${description}"`])].join('; ')
  ));
}

describe('the rows of a schema', () => {
  it('say ranges, lengths, formats, values and defaults', () => {
    assert.deepEqual(rowsOf(z.strictObject({
      text: z.string().min(1).describe('Any text'),
      letter: z.string().length(1),
      email: z.email().optional(),
      code: z.string().regex(/^a|`b$/),
      count: z.int().max(1_000_000),
      share: z.number().gt(0).lt(1).multipleOf(0.05),
      order: z.enum(['up', 'down']).default('up'),
      version: z.literal([1, 2]),
    })), [
      'text: string; at least 1 character; "Any text"',
      'letter: string; exactly 1 character',
      'email?: string; format `email`',
      'code: string; pattern `` ^a\\|`b$ ``',
      'count: integer; at most 1,000,000',
      'share: number; more than 0; less than 1; a multiple of 0.05',
      'order?: string; `"up"`, `"down"`; default `"up"`',
      'version: number; `1`, `2`',
    ]);
  });

  it('hold those of inner objects after the property that holds them', () => {
    assert.deepEqual(rowsOf(z.strictObject({
      filter: z.strictObject({ by: z.strictObject({ owner: z.string() }) }).nullable().optional(),
      orders: z.array(z.strictObject({ id: z.string().max(5) })).min(1).max(3),
      pair: z.tuple([z.string().max(2), z.strictObject({ of: z.int() })]),
      labels: z.record(z.string().regex(/^k/), z.strictObject({ text: z.string() })),
    })), [
      'filter?: object or null',
      'filter.by: object',
      'filter.by.owner: string',
      'orders: array of object; 1 to 3 items',
      'orders[].id: string; at most 5 characters',
      'pair: array of exactly string, object; item 0: at most 2 characters',
      'pair[1].of: integer',
      'labels: object of object by key; each key: pattern `^k`',
      'labels.*.text: string',
    ]);
  });

  it('say each variant, and rules of what has no row of its own', () => {
    assert.deepEqual(rowsOf(z.strictObject({
      id: z.union([z.string().max(9), z.int().min(3)]),
      at: z.discriminatedUnion('by', [z.strictObject({ by: z.literal('day'), day: z.iso.date() }), z.strictObject({ by: z.literal('week'), week: z.int().min(1).max(53) })]),
      codes: z.array(z.string().length(3)),
      scores: z.record(z.string(), z.number().max(1)),
      open: z.looseObject({ a: z.string() }),
      anything: z.unknown(),
    })), [
      'id: string or integer; string: at most 9 characters; integer: at least 3',
      'at: object',
      'at (1).by: string; `"day"`',
      'at (1).day: string; format `date`',
      'at (2).by: string; `"week"`',
      'at (2).week: integer; 1 to 53',
      'codes: array of string; each item: exactly 3 characters',
      'scores: object of number by key; each value: at most 1',
      'open: object; further properties',
      'open.a: string',
      'anything: any',
    ]);
  });

  it('end where a schema holds itself', () => {
    const folder = z.strictObject({ name: z.string(), get folders() { return z.array(folder).max(3); } });
    assert.deepEqual(rowsOf(z.strictObject({ root: folder, data: z.json() })), [
      'root: object',
      'root.name: string',
      'root.folders: array of object; at most 3 items',
      'data: string or number or boolean or null or array of the same again or object of the same again by key',
    ]);
    assert.deepEqual(rowsOf(folder), ['name: string', 'folders: array of object; at most 3 items']);
  });
});
