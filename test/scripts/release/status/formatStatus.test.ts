import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ReleaseEvent } from '../../../../scripts/release/log/events.ts';
import { formatStatus } from '../../../../scripts/release/status/formatStatus.ts';
import { pendingOf, policyOf, slotStatus, type StackStatus } from '../../../../scripts/release/status/readStatus.ts';
import type { InstanceAnswer } from '../../../../scripts/release/verify/gates/instancesHealthy.ts';

const [ONE, TWO] = ['a1'.repeat(32), 'b2'.repeat(32)];
const [OLD, NEW] = ['0'.repeat(64), 'f'.repeat(64)];
const NOW = new Date('2026-11-25T12:00:00Z');

const slot = (digest: string, ready: readonly boolean[]) => {
  const answers = ready.map((isReady, place): [string, InstanceAnswer] => [[ONE, TWO][place] ?? '', { isReady, packageDigest: digest, version: '1.2.3', failed: isReady ? [] : ['signing keys'] }]);
  return slotStatus(digest, { listed: [ONE, TWO], answers: new Map(answers), expectedDigest: digest, unnamed: [] }, { commit: `${'c'.repeat(40)}-dirty`, packagedAt: '2026-11-23T12:00:00Z' });
};
const stack = (changes: Partial<StackStatus> = {}): StackStatus => ({
  stack: 'prod', isDeployed: true, slots: { production: slot(OLD, [true, true]), staging: slot(NEW, [true, false]) }, pending: 'candidate', underWay: null,
  lastSwap: { at: '2026-11-24T08:00:00.000Z', source: 'staging', destination: 'Production' },
  policy: { verdict: 'passed', pack: 'mcp-app-service 0.2.0', at: '2026-11-25T11:00:00.000Z' },
  ...changes,
});

it('shows both slots beside each other, what waits, and what is wrong, in 100 columns [release.status]', () => {
  const text = formatStatus([stack(), { stack: 'staging', isDeployed: false }], NOW);
  assert.equal(text, `Stack prod  Production         Staging
Package     000000000000       ffffffffffff
Commit      cccccccccc-dirty   cccccccccc-dirty
Version     1.2.3, 2 days old  1.2.3, 2 days old
Instances   2 of 2 ready       1 of 2 ready
Health      healthy            unhealthy
Last swap  2026-11-24T08:00:00.000Z, staging to Production
Policy     passed, mcp-app-service 0.2.0, 2026-11-25T11:00:00.000Z
Pending    ffffffffffff waits for promotion: npm run release -- promote --stack prod
Under way  nothing
  staging: b2b2b2b2 is not ready: signing keys

Stack staging: not deployed. Deploy it: npm run release -- deploy --stack staging
`);
  assert.ok(text.split('\n').every((line) => line.length <= 100));
});

it('tells a release that runs from one that was cut off [release.status]', () => {
  const underWay = { release: '20261125t115900z-1a2b3c4d', verb: 'promote', step: 'swap', since: '2026-11-25T11:59:00.000Z', isRunning: true };
  const line = (isRunning: boolean) => /Under way {2}(.*)/.exec(formatStatus([stack({ underWay: { ...underWay, isRunning } })], NOW))?.[1];
  assert.equal(line(true), 'promote 20261125t115900z-1a2b3c4d since 2026-11-25T11:59:00.000Z, at step "swap"');
  assert.match(line(false) ?? '', /it was cut off, and the next release goes on from there$/);
});

it('knows the policy verdict of the last update, by the release log or else by what was kept where it ran [release.status]', () => {
  const update = (startTime: string) => ({ kind: 'update', startTime, result: 'succeeded' });
  const deployed = (at: string, verdict: 'passed' | 'unjudged'): ReleaseEvent => ({ format: 1, id: at, at, release: 'r', event: 'deployed', package: { name: NEW, digest: NEW }, policy: { verdict, pack: 'p 1' }, update: Date.parse(at) / 1_000 });
  const log = [deployed('2026-11-24T00:00:00Z', 'unjudged'), deployed('2026-11-25T00:00:00Z', 'passed')];
  const notAsked = () => assert.fail('the release log knows');
  assert.deepEqual(policyOf(update('2026-11-25T00:00:00.5Z'), log, notAsked), { verdict: 'passed', pack: 'p 1', at: '2026-11-25T00:00:00.000Z' });
  const later = '2026-11-25T08:00:00.000Z';
  assert.deepEqual(policyOf(update(later), log, () => ({ verdict: 'failed', packVersion: '0.3.0', at: later })), { verdict: 'failed', pack: 'mcp-app-service 0.3.0', at: later });
  assert.deepEqual(policyOf(undefined, [], () => ({ verdict: 'unknown' })), { verdict: 'unknown', pack: undefined, at: undefined });

  const line = (policy: StackStatus['policy']) => /^Policy {5}(.*)$/m.exec(formatStatus([stack({ policy })], NOW))?.[1];
  assert.equal(line({ verdict: 'failed', pack: 'p 1', at: later }), `failed, p 1, ${later}`);
  assert.equal(line({ verdict: 'unjudged', pack: undefined, at: later }), `unjudged: the update of ${later} ran without the pack, or not to its end`);
  assert.equal(line({ verdict: 'unknown', pack: undefined, at: undefined }), 'unknown: no evidence is kept here of the update of an unknown time');
});

it('tells a candidate from what production ran before, and both from what no release deployed [release.status]', () => {
  const ref = (digest: string) => ({ name: digest, digest });
  const standing = { candidate: { release: 'r', package: ref(NEW), policy: 'passed', commit: undefined, update: undefined }, previous: { package: ref(OLD), commit: undefined } } as const;
  const staged = (digest: string) => pendingOf({ production: ref('1'.repeat(64)), staging: ref(digest) }, standing);
  assert.deepEqual([NEW, OLD, '2'.repeat(64), '1'.repeat(64)].map(staged), ['candidate', 'former', 'other', 'none']);
  const line = (pending: StackStatus['pending']) => /^Pending {4}(.*)$/m.exec(formatStatus([stack({ pending })], NOW))?.[1];
  assert.equal(line('none'), 'nothing');
  assert.equal(line('former'), 'nothing; ffffffffffff is what production ran before, for a rollback');
  assert.equal(line('other'), 'ffffffffffff is no candidate of a release: npm run release -- deploy --stack prod');
});
