import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProgress, formatElapsed } from '../../scripts/progress.ts';

/** A stream that remembers, and a clock that stands still until it is told otherwise. */
function createStage() {
  let text = '';
  let timeMs = 0;
  return {
    stream: { columns: 40, write: (more: string) => { text += more; } },
    now: () => timeMs,
    advance: (ms: number) => { timeMs += ms; },
    text: () => text,
  };
}

describe('createProgress away from a terminal', () => {
  it('writes a line at the start and one at the end, without control characters', async () => {
    const stage = createStage();
    const progress = createProgress({ stream: stage.stream, isTerminal: false, now: stage.now, env: {} });
    const result = await progress.step({ running: 'Building Pulumi CLI', done: 'Pulumi CLI built' }, async () => { stage.advance(86_000); return 7; });
    assert.equal(result, 7);
    assert.equal(stage.text(), 'Building Pulumi CLI …\n✓ Pulumi CLI built (1m 26s)\n');
  });

  it('writes a line every 10 seconds with what the step is busy with', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const stage = createStage();
    const progress = createProgress({ stream: stage.stream, isTerminal: false, now: stage.now, env: {} });
    const pass = (ms: number) => { stage.advance(ms); context.mock.timers.tick(ms); };
    await progress.step('Building', async (update) => {
      pass(9_999);
      update('12 packages');
      pass(1);
      pass(10_000);
    });
    pass(60_000);
    assert.equal(stage.text(), 'Building …\nBuilding … 10s (12 packages)\nBuilding … 20s (12 packages)\n✓ Building (20s)\n');
  });

  it('reports a failure and throws it on', async () => {
    const stage = createStage();
    const progress = createProgress({ stream: stage.stream, isTerminal: false, now: stage.now, env: {} });
    const failure = new Error('no disk');
    await assert.rejects(progress.step('Building', async () => { throw failure; }), failure);
    assert.equal(stage.text(), 'Building …\n✗ Building: failed (0.0s)\n');
  });

  it('lets the end depend on the result, and be left out', async () => {
    const stage = createStage();
    const progress = createProgress({ stream: stage.stream, isTerminal: false, now: stage.now, env: {} });
    await progress.step({ running: 'Counting', done: (count) => `${count} counted` }, async () => 3);
    await progress.step({ running: 'Looking', done: () => undefined }, async () => undefined);
    assert.equal(stage.text(), 'Counting …\n✓ 3 counted (0.0s)\nLooking …\n');
  });
});

describe('createProgress on a terminal', () => {
  it('rewrites one line, no wider than the terminal, and ends it in colour', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const stage = createStage();
    const progress = createProgress({ stream: stage.stream, isTerminal: true, now: stage.now, env: {} });
    await progress.step('Building', async (update) => {
      update('a text that is far longer than what is left of the line');
      stage.advance(12_000);
      context.mock.timers.tick(250);
      progress.note('A note');
    });
    const erase = '\r\u001B[2K';
    const live = 'Building … 12s (a text that is far long';
    assert.equal(live.length, 39);
    assert.equal(stage.text(), `${erase}Building … 0.0s${erase}${live}${erase}A note\n${erase}${live}${erase}\u001B[32m✓\u001B[39m Building (12s)\n`);
  });

  it('uses no colour when NO_COLOR is set', async () => {
    const stage = createStage();
    await createProgress({ stream: stage.stream, isTerminal: true, now: stage.now, env: { NO_COLOR: '1' } }).step('Building', async () => undefined);
    assert.equal(stage.text().includes('\u001B[3'), false);
  });
});

describe('formatElapsed', () => {
  for (const [ms, text] of [[0, '0.0s'], [-5, '0.0s'], [440, '0.4s'], [9_940, '9.9s'], [9_950, '10s'], [59_499, '59s'], [59_500, '1m 00s'], [86_000, '1m 26s'], [3_599_499, '59m 59s'], [3_720_000, '1h 02m']] as const) {
    it(`${ms} ms is ${text}`, () => assert.equal(formatElapsed(ms), text));
  }
});
