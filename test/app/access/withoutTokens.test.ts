import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutTokens } from '../../../app/access/withoutTokens.ts';
import { createAuthority } from '../support/authority.ts';

describe('withoutTokens', () => {
  it('replaces each token, whole or cut off, and leaves the rest of the text', async () => {
    const token = await (await createAuthority()).appToken();
    assert.equal(withoutTokens(token), '[redacted]');
    assert.equal(withoutTokens(`a ${token}, ${token}. b`), 'a [redacted], [redacted] b');
    assert.equal(withoutTokens(JSON.stringify({ topic: `Bearer ${token}`, [token]: 1 })), '{"topic":"Bearer [redacted]","[redacted]":1}');
    assert.equal(withoutTokens(token.slice(0, 300)), '[redacted]');
    assert.equal(withoutTokens(`${token.split('.').slice(0, 2).join('.')}.`), '[redacted]');
    assert.equal(withoutTokens('eyJhbGciOiJSU0EtT0FFUCJ9.a2V5.aXY.Y2lwaGVy.dGFn'), '[redacted]', 'an encrypted one has five parts');
  });

  it('leaves what is no token as it is', () => {
    for (const text of ['', 'whoami', 'eyJ', 'eyJhbGciOiJub25lIn0', 'keyJar.of.mine', '{"limit":1000}']) assert.equal(withoutTokens(text), text);
  });

  it('takes no longer than the text is long', () => {
    const startedAtMs = performance.now();
    for (const text of ['eyJ'.repeat(300_000), `${'eyJhbGciOiJSUzI1NiJ9'.repeat(40_000)}.`, `eyJhbGciOiJSUzI1NiJ9${'.a'.repeat(400_000)}`]) withoutTokens(text);
    assert.ok(performance.now() - startedAtMs < 2_000);
  });
});
