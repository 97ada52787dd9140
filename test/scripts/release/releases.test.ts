import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewEvent, ReleaseEvent, Slots } from '../../../scripts/release/log/events.ts';
import { lastVerification, releasesOf, standingOf } from '../../../scripts/release/log/releases.ts';

const ref = (digit: string) => ({ name: `5e6f7a8b/${digit.repeat(64)}`, digest: digit.repeat(64) });
const [A, B, C] = [ref('a'), ref('b'), ref('c')];

let minutes = 0;
const event = (release: string, members: NewEvent): ReleaseEvent => {
  minutes += 1;
  return { format: 1, id: String(minutes), at: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString(), release, ...members };
};
const deployed = (ref_: typeof A, commit: string): ReleaseEvent => event('r', { event: 'deployed', package: ref_, commit, policy: { verdict: 'passed', pack: 'pack 1' }, update: 7 });
const swapped = (production: typeof A, staging: typeof A, direction: 'forward' | 'back' = 'forward'): ReleaseEvent => event('r', { event: 'swapped', slots: { production, staging }, direction });
const digestOf = (standing: { readonly package: typeof A } | undefined): string | undefined => standing?.package.digest[0];

describe('where a stack stands, by its log', () => {
  it('has a candidate from its deployment to its promotion', () => {
    assert.deepEqual(standingOf([]), { candidate: undefined, promoted: undefined, previous: undefined, lastSwapAt: undefined });
    const waiting = standingOf([deployed(B, 'two')]);
    assert.deepEqual(waiting.candidate, { release: 'r', package: B, commit: 'two', policy: 'passed', update: 7 });
    const promoted = standingOf([deployed(B, 'two'), swapped(B, A)]);
    assert.equal(promoted.candidate, undefined);
    assert.deepEqual([digestOf(promoted.promoted), promoted.promoted?.commit, digestOf(promoted.previous)], ['b', 'two', 'a']);
  });

  it('goes down by a rollback and never back up [release.rollback-down]', () => {
    const line = [swapped(B, A), deployed(C, 'three'), swapped(C, B)];
    assert.deepEqual([standingOf(line)].map(({ promoted, previous }) => [digestOf(promoted), digestOf(previous)]), [['c', 'b']]);
    const once = [...line, swapped(B, C, 'back')];
    assert.deepEqual([standingOf(once)].map(({ promoted, previous }) => [digestOf(promoted), digestOf(previous)]), [['b', 'a']]);
    const twice = [...once, swapped(A, B, 'back')];
    assert.deepEqual([standingOf(twice)].map(({ promoted, previous }) => [digestOf(promoted), previous]), [['a', undefined]]);
  });

  it('follows production when it was changed by other means between two releases', () => {
    const standing = standingOf([swapped(B, A), swapped(A, C)]);
    assert.deepEqual([digestOf(standing.promoted), digestOf(standing.previous)], ['a', 'c']);
    const back = standingOf([swapped(B, A), swapped(C, B, 'back')]);
    assert.deepEqual([digestOf(back.promoted), digestOf(back.previous)], ['c', 'a']);
  });
});

describe('the releases of a log', () => {
  const before: Slots = { production: A, staging: B };
  const started = (release: string): ReleaseEvent => event(release, { event: 'started', verb: 'promote', by: { oid: 'ada', azp: 'cli' }, host: 'runner', slots: before, commit: 'two' });
  const gate = { name: 'spread', measured: 1, limit: 2, pass: true, details: [] };

  it('tell who, what, when, gates and outcome, and who went on with them [release.history]', () => {
    const [one, two, ...others] = releasesOf([
      started('one'),
      event('one', { event: 'step', step: 'swap', state: 'begun' }),
      event('one', { event: 'gates', step: 'swap', gates: [gate] }),
      started('two'),
      event('one', { event: 'taken-over', by: { oid: 'grace', azp: 'cli' }, host: 'laptop', statement: 'it stood' }),
      event('one', { event: 'finished', outcome: 'done', slots: { production: B, staging: A } }),
      event('lost', { event: 'step', step: 'swap', state: 'begun' }),
    ]);
    assert.deepEqual(others, []);
    assert.deepEqual([one?.by.oid, one?.outcome, one?.after, one?.steps, one?.gates, one?.takenOver.map(({ by }) => by.oid)], ['ada', 'done', { production: B, staging: A }, ['swap'], [{ step: 'swap', gates: [gate] }], ['grace']]);
    assert.deepEqual([two?.outcome, two?.finishedAt, two?.before], [undefined, undefined, before]);
  });

  it('know the last verification of a package', () => {
    const verified = (digest: string, pass: boolean): ReleaseEvent => event('one', { event: 'verified', commit: 'two', verification: { stack: 'staging', slot: 'staging', packageDigest: digest, startedAt: '', finishedAt: '', gates: [{ ...gate, pass }] } });
    const events = [verified(A.digest, true), verified(B.digest, true), verified(A.digest, false)];
    assert.equal(lastVerification(events, A.digest)?.verification.gates[0]?.pass, false);
    assert.equal(lastVerification(events, B.digest)?.commit, 'two');
    assert.equal(lastVerification(events, C.digest), undefined);
  });
});
