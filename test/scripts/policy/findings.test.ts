import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OUTCOME_MARKS } from '../../../policy/toPolicy.ts';
import { readFinding, resultsOf } from '../../../scripts/policy/findings.ts';
import { rule, SITE, SLOT } from './samples.ts';

describe('what a finding of the pack amounts to', () => {
  const description = 'Sites and slots serve HTTPS alone.';

  test('is read off the end of its message, in the words that the pack uses', () => {
    assert.deepEqual(OUTCOME_MARKS, { exempt: ' [exempt]', notJudged: ' [not-judged]' });
    const text = 'httpsOnly has a value that is not allowed. Allowed: true.';
    for (const [mark, outcome] of [['', 'failed'], [OUTCOME_MARKS.exempt, 'exempt'], [OUTCOME_MARKS.notJudged, 'not-judged']] as const) {
      assert.deepEqual(readFinding(`${description}\n${text}${mark}\n`, description), { outcome, text });
    }
  });

  test('is a failure when the words stand elsewhere: a message cannot talk itself out', () => {
    assert.equal(readFinding(`${description}\nThe tool [exempt] has no owner.`, description).outcome, 'failed');
  });

  test('is not judged when the SDK says that the rule met an unknown value', () => {
    const message = "can't run policy 'tags' from policy pack 'mcp-app-service@v0.2.0' during preview: string value at .tags can't be known during preview";
    assert.deepEqual(readFinding(message, description), { outcome: 'not-judged', text: message });
  });
});

describe('results', () => {
  const rules = [rule('a'), rule('b'), rule('off')];
  const levels = new Map([['a', 'mandatory'], ['b', 'remediate'], ['off', 'disabled']] as const);

  test('are one for each rule and resource: what passed has the level of the rule, what did not that of the finding', () => {
    const results = resultsOf(rules, levels, [{ rule: 'b', resource: SLOT }, { rule: 'a', resource: SITE }, { rule: 'off', resource: SITE }], [{ rule: 'a', resource: SLOT, level: 'advisory', message: 'Holds a.\nWrong. [exempt]' }]);
    assert.deepEqual(results, [
      { rule: 'a', resource: SITE, outcome: 'passed', level: 'mandatory' },
      { rule: 'a', resource: SLOT, outcome: 'exempt', level: 'advisory', message: 'Wrong.' },
      { rule: 'b', resource: SLOT, outcome: 'passed', level: 'remediate' },
    ]);
  });

  test('of several findings are what weighs most: a violation before what could not be judged, and that before what is exempt', () => {
    const finding = (level: 'advisory' | 'mandatory', message: string) => ({ rule: 'a', resource: SITE, level, message });
    const [unjudged, violated, exempt] = [finding('advisory', 'Unknown. [not-judged]'), finding('mandatory', 'Wrong.'), finding('advisory', 'Known. [exempt]')];
    assert.deepEqual(resultsOf(rules, levels, [{ rule: 'a', resource: SITE }], [unjudged, violated, unjudged]), [{ rule: 'a', resource: SITE, outcome: 'failed', level: 'mandatory', message: 'Unknown.\nWrong.' }]);
    assert.deepEqual(resultsOf(rules, levels, [], [exempt, unjudged]).map(({ outcome, level }) => [outcome, level]), [['not-judged', 'advisory']]);
  });

  test('leave out what another pack found', () => {
    assert.deepEqual(resultsOf(rules, levels, [{ rule: 'theirs', resource: SITE }], [{ rule: 'theirs', resource: SITE, level: 'mandatory', message: 'Wrong.' }]), []);
  });
});
