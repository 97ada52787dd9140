import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { jwtVerify } from 'jose';
import { createSigningKeys, SigningKeysUnavailableError, type FindKey } from '../../../app/access/signingKeys.ts';
import { createAuthority, type TestAuthority } from '../support/authority.ts';

const HOUR_MS = 3_600_000;

/** A publisher of key sets that counts its reads and can be down. */
function createPublisher(first: TestAuthority) {
  const state = { publishes: first, down: false, reads: 0, nowMs: 0, failures: 0 };
  const findKey = createSigningKeys({
    url: 'https://authority.test/keys',
    now: () => state.nowMs,
    onReadFailure: () => {
      state.failures += 1;
    },
    fetch: async () => {
      state.reads += 1;
      if (state.down) throw new Error('connection refused');
      return Response.json(state.publishes.keySet);
    },
  });
  return Object.assign(state, { findKey });
}

describe('createSigningKeys', () => {
  let old: TestAuthority;
  let rolled: TestAuthority;
  before(async () => {
    old = await createAuthority(undefined, 'old');
    rolled = await createAuthority(undefined, 'rolled');
  });
  const verify = async (authority: TestAuthority, findKey: FindKey): Promise<unknown> => jwtVerify(await authority.appToken(), findKey);

  it('reads once for many tokens, at once as well', async () => {
    const publisher = createPublisher(old);
    await Promise.all([verify(old, publisher.findKey), verify(old, publisher.findKey), verify(old, publisher.findKey)]);
    await verify(old, publisher.findKey);
    assert.equal(publisher.reads, 1);
  });

  it('reads again for an unknown key, but not more often than every 30 s', async () => {
    const publisher = createPublisher(old);
    await verify(old, publisher.findKey);
    publisher.publishes = rolled;
    await assert.rejects(verify(rolled, publisher.findKey), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
    assert.equal(publisher.reads, 1);
    publisher.nowMs += 31_000;
    await verify(rolled, publisher.findKey);
    assert.equal(publisher.reads, 2);
    await assert.rejects(verify(old, publisher.findKey), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
    assert.equal(publisher.reads, 2);
  });

  it('serves the last good keys in an outage, for a day', async () => {
    const publisher = createPublisher(old);
    await verify(old, publisher.findKey);
    publisher.down = true;
    publisher.nowMs += 23 * HOUR_MS;
    await verify(old, publisher.findKey);
    assert.equal(publisher.reads, 2);
    publisher.nowMs += 2 * HOUR_MS;
    await assert.rejects(verify(old, publisher.findKey), SigningKeysUnavailableError);
    assert.equal(publisher.failures, 2);
    publisher.down = false;
    publisher.nowMs += 31_000;
    await verify(old, publisher.findKey);
  });

  it('renews keys older than an hour in the background', async () => {
    const publisher = createPublisher(old);
    await verify(old, publisher.findKey);
    publisher.publishes = rolled;
    publisher.nowMs += HOUR_MS + 1;
    await verify(old, publisher.findKey);
    assert.equal(publisher.reads, 2);
    await verify(rolled, publisher.findKey);
    assert.equal(publisher.reads, 2);
  });

  it('fails by name when no key was ever read, and asks at most once a second', async () => {
    const publisher = createPublisher(old);
    publisher.down = true;
    await assert.rejects(verify(old, publisher.findKey), { code: 'MCP_SIGNING_KEYS_UNAVAILABLE' });
    await assert.rejects(verify(old, publisher.findKey), { code: 'MCP_SIGNING_KEYS_UNAVAILABLE' });
    assert.equal(publisher.reads, 1);
    publisher.down = false;
    publisher.nowMs += 1_000;
    await verify(old, publisher.findKey);
  });

  it('does not take an error page or an empty set for keys', async () => {
    for (const answer of [new Response('<html>', { status: 200 }), new Response('', { status: 503 }), Response.json({ keys: [] })]) {
      const findKey = createSigningKeys({ url: 'https://authority.test/keys', fetch: async () => answer });
      await assert.rejects(verify(old, findKey), SigningKeysUnavailableError);
    }
  });
});
