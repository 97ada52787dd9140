import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEventLog } from '../../../scripts/policy/engine/eventLog.ts';
import { lastUpdateOf, type PastUpdate } from '../../../scripts/policy/engine/history.ts';
import { cutOffUpdate, lastUpdateVerdict, logOfUpdate } from '../../../scripts/policy/lastUpdate.ts';
import { events, log, PACK, SITE, type Events } from './samples.ts';

const AT = '2026-11-25T09:46:40.000Z';
const START = Date.parse(AT) / 1000;
const update = (part: Partial<PastUpdate> = {}): PastUpdate => ({ kind: 'update', startTime: AT, endTime: '2026-11-25T09:46:50.000Z', result: 'succeeded', environment: { 'pulumi.env.PULUMI_OPTION_POLICY_PACK': 'set' }, ...part });
/** A kept log whose events come a second apart. */
const kept = (name: string, first: number, ...list: Events) => ({ log: name, events: readEventLog(log(...list), name).map((event, place) => ({ ...event, timestamp: first + place })) });
const passed = [events.summary(SITE, ['https-only']), events.step(SITE, { planning: false }), events.stackSummary(['locks']), events.end(false)] as const;

describe('the last update [report.last-update]', () => {
  test('is told from refreshes, deletions and imports of states by the history', () => {
    const history = [update({ kind: 'refresh' }), update({ kind: 'destroy' }), update({ kind: 'import' }), update({ kind: 'update', startTime: '2026-11-24T00:00:00Z' }), update()];
    assert.equal(lastUpdateOf(JSON.stringify(history))?.startTime, '2026-11-24T00:00:00Z');
    assert.equal(lastUpdateOf('[]'), undefined);
  });

  test('has the log that was written while it ran, and no other', () => {
    const own = kept('own', START + 1, ...passed);
    const logs = [kept('later', START + 60, ...passed), kept('preview', START + 2, events.step(SITE), events.end(true)), own, kept('before', START - 60, ...passed)];
    assert.equal(logOfUpdate(update(), logs)?.log, 'own');
    assert.equal(logOfUpdate(update({ startTime: '2026-11-25T12:00:00Z', endTime: '2026-11-25T12:01:00Z' }), logs), undefined);
  });

  test('passed when the pack came to an end without a finding that stops, and failed with one', () => {
    assert.deepEqual(lastUpdateVerdict(update(), kept('own', START, ...passed).events, PACK), { at: AT, packVersion: '0.2.0', verdict: 'passed' });
    const advised = kept('own', START, ...passed, events.finding(SITE, 'locks', 'advisory', 'No lock.'));
    assert.equal(lastUpdateVerdict(update(), advised.events, PACK).verdict, 'passed');
    const refused = kept('own', START, events.summary(SITE, []), events.finding(SITE, 'https-only', 'mandatory', 'Wrong.'));
    assert.equal(lastUpdateVerdict(update(), refused.events, PACK).verdict, 'failed');
  });

  test('is unjudged when it ran without the pack: by its own log, by one of another pack, or by how the CLI was called', () => {
    const without = kept('own', START, events.step(SITE, { planning: false }), events.end(false));
    assert.deepEqual(lastUpdateVerdict(update(), without.events, PACK), { at: AT, verdict: 'unjudged' });
    assert.equal(lastUpdateVerdict(update(), kept('own', START, ...passed).events, 'another-pack').verdict, 'unjudged');
    assert.deepEqual(lastUpdateVerdict(update({ environment: { 'pulumi.flag.yes': 'true' } }), undefined, PACK), { at: AT, verdict: 'unjudged' });
  });

  test('is unknown, and never passed, when nothing tells: no log, no note of how the CLI was called, a log that ends too early', () => {
    for (const environment of [{ 'pulumi.flag.policy-pack': 'set' }, { 'pulumi.env.PULUMI_OPTION_POLICY_PACK': 'set' }, { 'git.head': 'abc' }, null] as PastUpdate['environment'][]) assert.equal(lastUpdateVerdict(update({ environment }), undefined, PACK).verdict, 'unknown');
    assert.equal(lastUpdateVerdict(undefined, undefined, PACK).verdict, 'unknown');
    for (const list of [passed.slice(0, 2), [events.step(SITE, { planning: false })]]) assert.equal(lastUpdateVerdict(update(), kept('own', START, ...list).events, PACK).verdict, 'unknown');
  });

  test('that was cut off stands in no history, and is found by its log', () => {
    const cut = kept('cut', START + 100, ...passed.slice(0, 2));
    assert.equal(cutOffUpdate(update(), [cut])?.log, 'cut');
    assert.equal(cutOffUpdate(undefined, [cut])?.log, 'cut');
    // Neither one that came to an end, nor one before the last update, nor a preview.
    for (const other of [kept('whole', START + 100, ...passed), kept('older', START - 100, ...passed.slice(0, 2)), kept('preview', START + 100, events.step(SITE))]) assert.equal(cutOffUpdate(update(), [other, cut])?.log, undefined);
    assert.equal(lastUpdateVerdict(undefined, cut.events, PACK).verdict, 'unknown');
  });
});
