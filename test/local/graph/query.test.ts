import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { queryCollection } from '../../../local/graph/query.ts';

const options = { typeName: 'application', filterable: ['name', 'tags', 'on'] };
const names = (objects: Record<string, unknown>[], filter: string): unknown[] => queryCollection(objects, { $filter: filter }, options).value.map(({ name }) => name);

describe('$filter', () => {
  it('finds any text by its quoted form, also text with quotes and with " and "', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a.toLowerCase() !== b.toLowerCase());
        assert.deepEqual(names([{ name: a }, { name: b }], `name eq '${a.replaceAll("'", "''")}'`), [a]);
      }),
    );
    assert.deepEqual(names([{ name: "you and 'me'", on: true }], "name eq 'you and ''me''' and on eq true"), ["you and 'me'"]);
  });

  it('joins clauses, looks into lists, and compares without case', () => {
    const objects = [{ name: 'One', tags: ['x', 'Y'], on: true }, { name: 'Two', tags: ['y'], on: false }, { name: 'Three', tags: [], on: true }];
    assert.deepEqual(names(objects, "tags/any(t:t eq 'y')"), ['One', 'Two']);
    assert.deepEqual(names(objects, "tags/any(t:t eq 'y') and on eq true"), ['One']);
    assert.deepEqual(names(objects, "startswith(name,'t')"), ['Two', 'Three']);
    assert.deepEqual(names(objects, "name eq 'one'"), ['One']);
  });
});
