import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEventLog } from '../../../scripts/policy/engine/eventLog.ts';
import { judgePreview } from '../../../scripts/policy/judge/preview.ts';
import { events, log, PACK, rule, SITE, SLOT, STACK_URN, urnOf, type Events } from './samples.ts';

const RULES = [rule('https-only'), rule('tags'), rule('locks', 'stack'), rule('slots', 'stack')];
const LEVELS = new Map([['https-only', 'mandatory'], ['tags', 'mandatory'], ['locks', 'advisory'], ['slots', 'mandatory']] as const);
const DIGEST = 'a'.repeat(64);

function judge(...list: Events) {
  return judgePreview(readEventLog(log(...list), 'log'), { name: PACK, rules: RULES, levels: LEVELS }, 'staging', 'mcp-app-service');
}
const inShort = ({ results }: ReturnType<typeof judge>) => results.map(({ rule: id, resource, outcome, level }) => [id, resource, outcome, level]);

describe('a preview, judged by the engine\'s events [report.preview]', () => {
  test('that the pack refused is a judged one: what failed, could not be judged, is exempt and passed', () => {
    const judged = judge(
      events.summary(SITE, ['tags'], ['https-only']), events.finding(SITE, 'https-only', 'mandatory', 'httpsOnly has a value that is not allowed. Allowed: true.'), events.step(SITE, { op: 'create', outputs: {} }),
      events.summary(SLOT, [], ['https-only', 'tags']), events.finding(SLOT, 'https-only', 'mandatory', 'httpsOnly was not judged. [not-judged]'), events.finding(SLOT, 'tags', 'advisory', 'No tags. Exempt until 9999-12-31, ticket T-1. [exempt]'), events.step(SLOT, { id: '/slot' }),
      events.stackSummary(['slots'], ['locks']), events.finding(SITE, 'locks', 'advisory', 'No lock.'), events.error('preview failed'), events.end(true),
    );
    assert.deepEqual([judged.status, judged.packVersion], ['judged', '0.2.0']);
    assert.deepEqual(inShort(judged), [
      ['https-only', SITE, 'failed', 'mandatory'],
      ['https-only', SLOT, 'not-judged', 'mandatory'],
      ['tags', SITE, 'passed', 'mandatory'],
      ['tags', SLOT, 'exempt', 'advisory'],
      ['locks', SITE, 'failed', 'advisory'],
      ['slots', STACK_URN, 'passed', 'mandatory'],
    ]);
    assert.deepEqual(judged.resources, [{ urn: SITE, type: 'azure-native:web:WebApp', name: 'site' }, { urn: SLOT, type: 'azure-native:web:WebAppSlot', name: 'staging', id: '/slot' }]);
  });

  test('that broke off leaves the rules on the whole stack not judged, and says why', () => {
    const judged = judge(events.summary(SITE, ['https-only']), events.step(SITE), events.error('the program failed', STACK_URN));
    assert.deepEqual(inShort(judged), [['https-only', SITE, 'passed', 'mandatory'], ['locks', STACK_URN, 'not-judged', 'advisory'], ['slots', STACK_URN, 'not-judged', 'mandatory']]);
    assert.match(judged.results[1]?.message ?? '', /the preview ended before it came to them\. urn:.*: the program failed Mend that/);
  });

  test('without the pack, or with another one alone, is unjudged, and so is one that failed at once', () => {
    const other = events.summary(SITE, ['https-only']);
    other.policyAnalyzeSummaryEvent.policyPackName = 'other';
    const cases: readonly (readonly [Events, RegExp])[] = [
      [[events.step(SITE), events.end(true)], /^Not judged: the pack was not run\.$/],
      [[other, events.end(true)], /^Not judged: the pack was not run\.$/],
      [[events.error('a setting is wrong')], /^Not judged: the preview failed before a resource was judged:\na setting is wrong\.$/],
      [[events.finding(SITE, 'https-only', 'mandatory', 'Wrong.')], /older than 3\.210/],
    ];
    for (const [list, reason] of cases) {
      const judged = judge(...list);
      assert.deepEqual([judged.status, judged.results], ['unjudged', []]);
      assert.match(judged.reason ?? '', reason);
    }
  });

  test('names the package that was built and those that the slots would run, as far as they are known', () => {
    const settings = (slot: boolean) => urnOf(`azure-native:web:WebAppApplicationSettings${slot ? 'Slot' : ''}`, 'settings');
    const judged = judge(
      events.summary(SITE, []),
      events.step(STACK_URN), events.step(STACK_URN, { outputs: { packageDigest: DIGEST } }),
      events.step(settings(false), { inputs: { properties: { WEBSITE_RUN_FROM_PACKAGE: `https://a.blob.example/packages/0a1b/${'b'.repeat(64)}.zip` } } }),
      events.step(settings(true), { inputs: { properties: { WEBSITE_RUN_FROM_PACKAGE: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' } } }),
    );
    assert.deepEqual(judged.packages, { built: DIGEST, production: 'b'.repeat(64) });
  });

  test('lists what stands after the update, and not what it deletes', () => {
    assert.deepEqual(judge(events.summary(SITE, []), events.step(SITE), events.step(SLOT, { op: 'delete' })).resources.map(({ urn }) => urn), [SITE]);
  });
});

test('an event log that was cut off is read to its last whole line; one that was changed is refused by line', () => {
  const whole = log(events.step(SITE), events.end(true));
  assert.equal(readEventLog(whole.slice(0, -20), 'log').length, 1);
  assert.throws(() => readEventLog(whole.replace('"timestamp":1795600000', '"timestamp":"yesterday"'), 'the log'), { code: 'POLICY_EVENT_LOG_UNREADABLE', message: /^Line 1 of the log is no event/ });
});
