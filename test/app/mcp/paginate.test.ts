import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { paginate } from '../../../app/mcp/paginate.ts';

describe('paginate', () => {
  it('shows every entry once, whatever the page length', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (entries, pageLength) => {
      const list = entries.sort();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = paginate(list, (entry) => entry, cursor, pageLength);
        assert.ok(page.items.length <= pageLength);
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen, list);
    }), { seed: 20_261_124 });
  });

  it('goes on after an entry that is gone, for a version with another list', () => {
    const { nextCursor } = paginate(['a', 'c', 'e'], (entry) => entry, undefined, 2);
    assert.deepEqual(paginate(['a', 'b', 'd'], (entry) => entry, nextCursor, 2), { items: ['d'] });
  });

  it('refuses a cursor that it did not make by -32602', () => {
    for (const cursor of ['', 'x', 'YWZ0ZXI6Yg==', Buffer.from('before:a').toString('base64url')]) {
      assert.throws(() => paginate(['a'], (entry) => entry, cursor, 1), (error) => error instanceof ProtocolError && error.code === -32602, cursor);
    }
  });
});
