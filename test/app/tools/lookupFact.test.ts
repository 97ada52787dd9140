import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { facts } from '../../../app/tools/lookup-fact/facts.ts';
import { run } from '../../../app/tools/lookup-fact/run.ts';
import { output } from '../../../app/tools/lookup-fact/tool.ts';
import { ToolError } from '../../../app/tools/toolError.ts';

describe('lookup_fact', () => {
  it('answers each topic, in any letter case and with any separator', () => {
    for (const topic of facts.keys()) {
      assert.equal(output.parse(run({ topic })).topic, topic);
      assert.equal(run({ topic: ` ${topic.toUpperCase().replaceAll(' ', '_')} ` }).topic, topic);
    }
  });

  it('answers an unknown topic with the list of topics', () => {
    for (const topic of ['nope', '__proto__', 'constructor', '   ']) {
      assert.throws(() => run({ topic }), (error) => error instanceof ToolError && [...facts.keys()].every((known) => error.message.includes(known)));
    }
  });
});
