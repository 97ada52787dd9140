import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokensOf } from '../../../app/identity/managedIdentity.ts';

const HOUR_MS = 3_600_000;

/** A credential whose tokens are good for an hour, and its clock. */
function create() {
  const state = { nowMs: 0, asked: 0, isDown: false };
  const getToken = tokensOf({
    async getToken(scope) {
      const number = (state.asked += 1);
      await new Promise((resolve) => setImmediate(resolve));
      if (state.isDown) throw new Error('The identity endpoint does not answer.');
      return { token: `${String(scope)}#${number}`, expiresOnTimestamp: state.nowMs + HOUR_MS };
    },
  }, () => state.nowMs);
  return { state, getToken };
}

describe('tokensOf', () => {
  it('asks once for each scope, however many wait', async () => {
    const { state, getToken } = create();
    assert.deepEqual(await Promise.all([getToken('a'), getToken('a'), getToken('b')]), ['a#1', 'a#1', 'b#2']);
    assert.equal(await getToken('a'), 'a#1');
    assert.equal(state.asked, 2);
  });

  it('renews five minutes before the end, and nobody waits for it', async () => {
    const { state, getToken } = create();
    await getToken('a');
    state.nowMs = HOUR_MS - 300_000;
    assert.equal(await getToken('a'), 'a#1');
    assert.equal(await getToken('a'), 'a#1');
    assert.equal(state.asked, 2);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await getToken('a'), 'a#2');
  });

  it('goes on with a token that is good while none can be had, and says so when it has ended', async () => {
    const { state, getToken } = create();
    await getToken('a');
    state.isDown = true;
    state.nowMs = HOUR_MS - 1;
    assert.equal(await getToken('a'), 'a#1');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await getToken('a'), 'a#1');
    assert.equal(state.asked, 2, 'it waits before it asks again');
    state.nowMs = HOUR_MS;
    await assert.rejects(getToken('a'), /does not answer/);
    state.isDown = false;
    assert.equal(await getToken('a'), 'a#4');
  });
});
