import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRule, NO_RULES, withoutRule, withRule } from '../../../scripts/access/denyRules.ts';
import { CommandError } from '../../../scripts/commandError.ts';

const now = new Date('2026-11-24T12:00:00Z');
const later = new Date('2026-11-24T14:00:00Z');

describe('rules of the list of the denied', () => {
  it('are added and taken back, and leave when their time is over', () => {
    const lasting = createRule({ kind: 'tool', value: 'whoami', reason: 'broken' }, 'operator', now);
    const ending = createRule({ kind: 'principal', value: 'o', reason: 'odd', until: '2026-11-24T13:00Z' }, 'operator', now);
    const both = withRule(withRule(NO_RULES, lasting, now), ending, now);
    assert.deepEqual(both.rules, [lasting, ending]);
    assert.equal(ending.until, '2026-11-24T13:00:00.000Z');
    const third = createRule({ kind: 'client', value: 'c', reason: 'x' }, 'operator', later);
    assert.deepEqual(withRule(both, third, later).rules, [lasting, third]);
    const { list, removed } = withoutRule(both, lasting.id, now);
    assert.deepEqual([list.rules, removed], [[ending], lasting]);
  });

  it('that there are not cannot be taken back', () => {
    assert.throws(() => withoutRule(NO_RULES, 'deny-00000000', now), (error) => error instanceof CommandError && error.code === 'ACCESS_NO_SUCH_RULE');
  });
});
