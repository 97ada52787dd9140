import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rememberTokens } from '../../../app/access/rememberTokens.ts';
import type { Principal } from '../../../app/tools/principal.ts';

const principal: Principal = { kind: 'app', oid: 'o', tid: 't', azp: 'a', idtyp: 'app', name: undefined, agent: undefined, roles: [], scopes: [] };

function create(expiresAtMs: number) {
  let nowMs = 1_000;
  const verified: string[] = [];
  const tokens = rememberTokens(async (token) => {
    if (token === 'bad') throw new Error('refused');
    verified.push(token);
    return { principal, expiresAtMs };
  }, { capacity: 2, durationMs: 100, now: () => nowMs });
  return { tokens, verified, setNow: (value: number) => (nowMs = value) };
}

describe('rememberTokens', () => {
  it('knows an accepted token again, until its time is over', async () => {
    const { tokens, setNow } = create(10_000);
    assert.equal(tokens.remembered('a'), undefined);
    assert.equal(await tokens.verify('a'), principal);
    assert.equal(tokens.remembered('a'), principal);
    setNow(1_099);
    assert.equal(tokens.remembered('a'), principal);
    setNow(1_100);
    assert.equal(tokens.remembered('a'), undefined);
  });

  it('never remembers a token past its end', async () => {
    const { tokens, setNow } = create(1_050);
    await tokens.verify('a');
    setNow(1_050);
    assert.equal(tokens.remembered('a'), undefined);
  });

  it('does not remember refusals', async () => {
    const { tokens } = create(10_000);
    await assert.rejects(tokens.verify('bad'));
    assert.equal(tokens.remembered('bad'), undefined);
  });

  it('forgets the oldest when it is full', async () => {
    const { tokens } = create(10_000);
    for (const token of ['a', 'b', 'c']) await tokens.verify(token);
    assert.deepEqual(['a', 'b', 'c'].map((token) => tokens.remembered(token) !== undefined), [false, true, true]);
  });
});
