import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineFullError, Turns } from '../../../app/workers/turns.ts';

const stays = new AbortController().signal;

describe('turns', () => {
  it('are given in the order in which they were asked for', async () => {
    const turns = new Turns(1, 3);
    const order: number[] = [];
    await turns.take(stays);
    const waiting = [1, 2, 3].map((number) => turns.take(stays).then(() => order.push(number)));
    for (const wait of waiting) {
      turns.giveBack();
      await wait;
    }
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('are refused when the line is full, and had again when one has left it', async () => {
    const turns = new Turns(1, 1);
    await turns.take(stays);
    const leaver = new AbortController();
    const left = turns.take(leaver.signal);
    await assert.rejects(turns.take(stays), LineFullError);
    leaver.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    const next = turns.take(stays);
    turns.giveBack();
    await next;
  });

  it('are not taken by one who has gone', async () => {
    const turns = new Turns(1, 0);
    await assert.rejects(turns.take(AbortSignal.abort(new Error('gone'))), /gone/);
    await turns.take(stays);
  });

  it('come back in full number', async () => {
    const turns = new Turns(2, 8);
    for (let round = 0; round < 50; round += 1) {
      const all = Array.from({ length: 8 }, () => turns.take(stays).then(() => turns.giveBack()));
      await Promise.all(all);
    }
    await turns.take(stays);
    await turns.take(stays);
    const third = turns.take(stays);
    assert.equal(await Promise.race([third.then(() => 'taken'), Promise.resolve('waiting')]), 'waiting');
    turns.giveBack();
    await third;
  });
});
