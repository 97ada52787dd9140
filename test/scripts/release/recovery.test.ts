import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Journal } from '../../../scripts/release/journal.ts';
import { VERBS, type Slots, type Verb } from '../../../scripts/release/log/events.ts';
import { planRecovery, type Position, type RecoveryAction } from '../../../scripts/release/recovery.ts';

const ref = (digit: string) => ({ name: `5e6f7a8b/${digit.repeat(64)}`, digest: digit.repeat(64) });
const [OLD, NEW, THIRD] = [ref('a'), ref('b'), ref('c')];
const BEFORE: Slots = { production: OLD, staging: NEW };
const SWAPPED: Slots = { production: NEW, staging: OLD };
const FACTS: readonly (readonly [Position, Slots])[] = [['old', BEFORE], ['new', SWAPPED], ['other', { production: THIRD, staging: NEW }], ['other', {}]];

const journal = (members: Partial<Journal>): Journal => ({
  format: 1, release: '20260101t000000z-00000001', verb: 'promote', by: { oid: 'operator', azp: 'cli' }, host: 'runner', since: '2026-01-01T00:00:00.000Z', step: 'swap', stepSince: '2026-01-01T00:01:00.000Z',
  direction: 'forward', before: BEFORE, wanted: NEW, ...members,
});

const STEPS = ['started', 'preconditions', 'update', 'candidate', 'carry', 'verify-staging', 'differences', 'prepare', 'swap', 'health', 'verify-production', 'refresh', 'pin', 'preview', 'sign', 'snapshot'];

/** By what production runs; steps that are not named make no difference: the journal is not asked how far it came. */
const PROMOTE: Readonly<Record<Position, RecoveryAction>> = { old: 'abandon', new: 'finish', other: 'abandon' };
const PROMOTE_THEN_ROLLBACK: Readonly<Record<Position, RecoveryAction>> = { old: 'abandon', new: 'abandon', other: 'abandon' };
const UNDO: Readonly<Record<Position, RecoveryAction>> = { old: 'settle', new: 'go-back', other: 'abandon' };
const ROLLBACK: Readonly<Record<Position, RecoveryAction>> = { old: 'go-on', new: 'settle', other: 'abandon' };
const ROLLBACK_NOT_BEGUN: Readonly<Record<Position, RecoveryAction>> = { ...ROLLBACK, old: 'abandon' };

function expected(verb: Verb, direction: 'forward' | 'back', step: string, position: Position, next: Verb): RecoveryAction {
  if (verb === 'deploy') return 'abandon';
  if (verb === 'rollback') return (['started', 'preconditions'].includes(step) ? ROLLBACK_NOT_BEGUN : ROLLBACK)[position];
  if (direction === 'back') return UNDO[position];
  return (next === 'rollback' ? PROMOTE_THEN_ROLLBACK : PROMOTE)[position];
}

describe('a release that was cut off', () => {
  it('is decided by what the slots run, at every step, in every direction and for every next verb [release.recovery-facts]', () => {
    for (const verb of VERBS) for (const direction of ['forward', 'back'] as const) for (const step of STEPS) for (const [position, slots] of FACTS) for (const next of VERBS) {
      const left = journal({ verb, direction: verb === 'rollback' ? 'back' : direction, step });
      const recovery = planRecovery(left, slots, next);
      const where = `${verb} ${direction} at ${step}, production ${position}, next ${next}`;
      assert.equal(recovery.position, position, where);
      assert.equal(recovery.action, expected(verb, left.direction, step, position, next), where);
    }
  });

  it('is told with who, where, since when, and whether the swap had happened', () => {
    const at = (slots: Slots): string => planRecovery(journal({}), slots, 'promote').statement;
    assert.equal(at(SWAPPED), 'Release 20260101t000000z-00000001 (promote) of operator on runner was cut off: it stood at step "swap" since 2026-01-01T00:01:00.000Z; the swap had happened: production runs bbbbbbbbbbbb. Staging runs aaaaaaaaaaaa. It is finished now: production is verified, and the state of the stack follows.');
    assert.match(at(BEFORE), /the swap had not happened, or is undone\. Staging runs bbbbbbbbbbbb\. It is closed\.$/);
    assert.match(at({ production: THIRD }), /production runs cccccccccccc, which neither this release nor the one before it brought there\. Staging runs none\. It is closed\.$/);
  });

  it('that was about nothing yet, or about what production runs anyway, does not take the one for the other', () => {
    assert.equal(planRecovery(journal({ wanted: undefined }), SWAPPED, 'promote').position, 'other');
    assert.equal(planRecovery(journal({ wanted: undefined }), BEFORE, 'promote').position, 'old');
    // The same bytes under another name, as a build that came back has them, are the same package.
    assert.equal(planRecovery(journal({}), { production: { ...NEW, name: `00000000/${NEW.digest}` } }, 'promote').position, 'new');
  });
});
