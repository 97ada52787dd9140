import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { standingOf, type Standing } from '../../../scripts/release/log/releases.ts';
import type { ReleaseEvent } from '../../../scripts/release/log/events.ts';
import { packageToCarry, promotionGates, rollbackGates, sourceGates, type PromotionFacts, type SourceFacts } from '../../../scripts/release/preconditions.ts';
import { changesOf, settingsUrns } from '../../../scripts/release/steps/settle.ts';

const ref = (digit: string) => ({ name: `5e6f7a8b/${digit.repeat(64)}`, digest: digit.repeat(64) });
const [A, B, C] = [ref('a'), ref('b'), ref('c')];
const COMMIT = '1'.repeat(40);
const stored = (package_: typeof A) => ({ digest: package_.digest, bytes: Buffer.alloc(0), metadata: {} });
const standing: Standing = { candidate: { release: 'r', package: B, commit: COMMIT, policy: 'passed', update: 7 }, promoted: { package: A, commit: undefined }, previous: undefined, lastSwapAt: undefined };
const facts: PromotionFacts = { standing, slots: { production: A, staging: B }, checkout: { commit: COMMIT, changed: [] }, isLocal: false, lastUpdate: 7, stored: stored(B) };

const failed = (gates: ReturnType<typeof promotionGates>): string[] => gates.filter(({ pass }) => !pass).map(({ name }) => name);

describe('what has to hold before a promotion', () => {
  it('holds for a candidate that a release deployed from this very commit', () => assert.deepEqual(failed(promotionGates(facts)), []));

  const { candidate } = standing;
  const refusals: readonly (readonly [string, Partial<PromotionFacts>, string[]])[] = [
    ['without a deployment', { standing: { ...standing, candidate: undefined } }, ['candidate-deployed']],
    ['when the slot runs something else', { slots: { production: A, staging: C } }, ['candidate-deployed']],
    ['when production runs it already', { slots: { production: B, staging: B } }, ['candidate-is-new']],
    ['from another commit', { checkout: { commit: '2'.repeat(40), changed: [] } }, ['checkout-is-commit']],
    ['from changed files', { checkout: { commit: COMMIT, changed: ['app/app.ts'] } }, ['checkout-is-commit']],
    ['to Azure, of a candidate that is no commit', { checkout: { commit: COMMIT, changed: ['app/app.ts'] }, standing: { ...standing, candidate: candidate && { ...candidate, commit: `${COMMIT}-dirty` } } }, ['checkout-is-commit']],
    ['of a package whose bytes were replaced', { stored: stored(C) }, ['package-bytes']],
    ['of a package that is gone', { stored: undefined }, ['package-bytes']],
    ['without the verdict of the pack', { standing: { ...standing, candidate: candidate && { ...candidate, policy: 'unjudged' } } }, ['policy-passed']],
    ['when the stack was updated since', { lastUpdate: 8 }, ['last-update-is-candidates']],
  ];
  for (const [when, changed, gates] of refusals) it(`stops it ${when} [release.preconditions]`, () => assert.deepEqual(failed(promotionGates({ ...facts, ...changed })), gates));

  it('lets a changed tree be tried on the local Azure alone', () => {
    const dirty = { checkout: { commit: COMMIT, changed: ['app/app.ts'] }, standing: { ...standing, candidate: candidate && { ...candidate, commit: `${COMMIT}-dirty` } } };
    assert.deepEqual(failed(promotionGates({ ...facts, ...dirty, isLocal: true })), []);
  });
});

describe('what has to hold before a rollback', () => {
  const promoted: Standing = { candidate: undefined, promoted: { package: B, commit: COMMIT }, previous: { package: A, commit: undefined }, lastSwapAt: undefined };
  it('is a package that production ran before, and that is there', () => {
    assert.deepEqual(failed(rollbackGates(promoted, { production: B, staging: A }, stored(A))), []);
    assert.deepEqual(failed(rollbackGates(promoted, { production: B, staging: C }, stored(A))), []);
    assert.deepEqual(failed(rollbackGates(promoted, { production: B }, stored(C))), ['package-bytes']);
    assert.deepEqual(failed(rollbackGates(promoted, { production: C }, stored(A))), ['production-is-known']);
    assert.deepEqual(failed(rollbackGates({ ...promoted, previous: undefined }, { production: B }, undefined)), ['previous-known']);
    assert.deepEqual(failed(rollbackGates(standingOf([]), { production: A, staging: A }, undefined)), ['production-is-known', 'previous-known']);
  });
});

describe('what has to hold of the stack that a package is carried from', () => {
  const base = { format: 1, at: '2026-01-01T00:00:00.000Z', release: 'r' } as const;
  const gate = { name: 'spread', measured: 1, limit: 1, pass: true, details: [] };
  const deployed: ReleaseEvent = { ...base, id: '1', event: 'deployed', package: B, commit: COMMIT, policy: { verdict: 'passed', pack: 'pack' }, update: 7 };
  const verified = (pass: boolean, commit = COMMIT): ReleaseEvent => ({ ...base, id: `${pass}${commit}`, event: 'verified', commit, verification: { stack: 'staging', slot: 'production', packageDigest: B.digest, startedAt: '', finishedAt: '', gates: [{ ...gate, pass }] } });
  const swapped: ReleaseEvent = { ...base, id: '3', event: 'swapped', slots: { production: B, staging: A }, direction: 'forward' };
  const source = (events: readonly ReleaseEvent[], changed: Partial<SourceFacts> = {}): string[] =>
    failed(sourceGates({ stack: 'staging', standing: standingOf(events), events, slots: { production: B, staging: A }, checkout: { commit: COMMIT, changed: [] }, isLocal: false, stored: stored(B), lastUpdate: 7, ...changed }));

  it('holds for what was promoted there, verified and judged [release.carry-preconditions]', () => {
    assert.deepEqual(source([deployed, verified(true), swapped]), []);
    assert.deepEqual(source([]), ['source-has-package']);
    assert.deepEqual(source([deployed, swapped]), ['source-verified']);
    assert.deepEqual(source([deployed, verified(true), swapped, verified(false)]), ['source-verified']);
    assert.deepEqual(source([deployed, verified(true, '2'.repeat(40)), swapped]), ['source-verified']);
    assert.deepEqual(source([deployed, verified(true), swapped], { slots: { production: C, staging: A } }), ['source-runs-package']);
    assert.deepEqual(source([deployed, verified(true), swapped], { lastUpdate: 9 }), ['source-last-update']);
    assert.deepEqual(source([deployed, verified(true), swapped], { checkout: { commit: '2'.repeat(40), changed: [] } }), ['checkout-is-commit']);
    assert.deepEqual(source([deployed, verified(true), swapped], { stored: stored(C) }), ['package-bytes']);
    assert.deepEqual(source([{ ...deployed, policy: { verdict: 'unjudged', pack: '' } }, verified(true), swapped]), ['source-policy-passed']);
  });

  it('is about the package of the commit that is checked out, be it promoted there or not yet', () => {
    const both: Standing = { ...standing, promoted: { package: A, commit: '2'.repeat(40) } };
    assert.equal(packageToCarry(both, { commit: COMMIT, changed: [] })?.package, B);
    assert.equal(packageToCarry(both, { commit: '2'.repeat(40), changed: [] })?.package, A);
    assert.equal(packageToCarry(standingOf([]), { commit: COMMIT, changed: [] }), undefined);
  });
});

it('what a preview would change is read from what the engine printed, and the settings of both slots are named as the program names them', () => {
  assert.deepEqual(changesOf('pulumi preview ended with exit code 255:\n{\n  "steps": [{"op":"same","urn":"urn:pulumi:s::p::t::a"},{"op":"update","urn":"urn:pulumi:s::p::t::b"}]\n}\nerror: no changes were expected\nbut'), ['update t::b']);
  assert.equal(changesOf('pulumi preview ended with exit code 1:\nerror: no such stack'), undefined);
  assert.deepEqual(settingsUrns('prod'), [
    'urn:pulumi:prod::mcp-app-service::mcp:infra:AppSettings$azure-native:web:WebAppApplicationSettings::production',
    'urn:pulumi:prod::mcp-app-service::mcp:infra:AppSettings$azure-native:web:WebAppApplicationSettingsSlot::staging',
  ]);
});
