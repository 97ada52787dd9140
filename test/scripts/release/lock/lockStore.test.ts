import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { it } from 'node:test';
import { judgeLock } from '../../../../scripts/release/lock/lockStore.ts';
import { signedText, type LockContent } from '../../../../scripts/release/lock/offeredTools.ts';

const KEY_ID = 'https://vault.example/keys/release-lock/1';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = {
  verify: async (id: string, text: string, signature: string) => id === KEY_ID && verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
};
const content: LockContent = {
  format: 1, stack: 'prod', signedAt: '2026-11-25T10:00:00.000Z', packageDigest: 'ab'.repeat(32),
  tools: [{ name: 'whoami', description: 'Who', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
};
const signature = sign('sha256', Buffer.from(signedText(content)), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const lock = { ...content, key: KEY_ID, signature };
const judge = (value: unknown, stack = 'prod') => judgeLock(typeof value === 'string' ? value : JSON.stringify(value), stack, key);

it('believes a lock that the release key has signed, whatever the order of its members [release.lock]', async () => {
  assert.equal((await judge(lock)).kind, 'signed');
  assert.equal((await judge(Object.fromEntries(Object.entries(lock).reverse()))).kind, 'signed');
});

it('refuses what was changed, is of another stack or key, or has another form [release.lock]', async () => {
  const [tool] = content.tools;
  for (const [value, reason, stack] of [
    [{ ...lock, packageDigest: 'cd'.repeat(32) }, /signature/],
    [{ ...lock, signedAt: '2026-11-26T10:00:00.000Z' }, /signature/],
    [{ ...lock, tools: [{ ...tool, description: 'Whom' }] }, /signature/],
    [{ ...lock, tools: [] }, /signature/],
    [{ ...lock, key: `${KEY_ID}2` }, /signature/],
    [{ ...lock, signature: signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }, /signature/],
    [lock, /lock of stack "prod"/, 'staging'],
    [{ ...lock, stack: 'staging' }, /signature/, 'staging'],
    [{ ...lock, note: 'more' }, /form/],
    ['{', /form/],
    ['', /form/],
  ] as const) {
    const found = await judge(value, stack);
    assert.equal(found.kind, 'refused');
    assert.match(found.kind === 'refused' ? found.reason : '', reason);
  }
  const withoutKey = await judgeLock(JSON.stringify(lock), 'prod', undefined);
  assert.match(withoutKey.kind === 'refused' ? withoutKey.reason : '', /has no release key/);
});
