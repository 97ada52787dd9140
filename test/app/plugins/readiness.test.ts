import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { createTestApp } from '../support/testApp.ts';

const { version: VERSION } = JSON.parse(readFileSync(new URL('../../../app/package.json', import.meta.url), 'utf8')) as { version: string };
let clockMs = 0;

it('[ready.detail] /ready answers 200 when calls can be served, with the detail for verified callers alone', async () => {
  const { app, authority } = await createTestApp({ monotonicMs: () => (clockMs += 1_500) });
  const stranger = await app.http.inject('/ready');
  assert.equal(stranger.statusCode, 200);
  assert.deepEqual(stranger.json(), { status: 'ready' });
  const impostor = await app.http.inject({ url: '/ready', headers: { authorization: 'Bearer made.up.token' } });
  assert.deepEqual(impostor.json(), { status: 'ready' });
  const known = await app.http.inject({ url: '/ready', headers: { authorization: `Bearer ${await authority.appToken()}` } });
  const { requestStateKeys: { heldSeconds, ...keys }, ...rest } = known.json<{ requestStateKeys: { heldSeconds: number } }>();
  assert.ok(heldSeconds >= 1 && heldSeconds <= clockMs / 1_000, `${heldSeconds}`);
  assert.deepEqual(keys, { current: '56319e6c' });
  assert.deepEqual(rest, {
    status: 'ready',
    instance: 'instance-a',
    slot: 'production',
    checks: [{ name: 'signing keys', status: 'ok' }, { name: 'record of calls', status: 'ok', detail: 'no record is kept: MCP_STATE_BLOB_URL is not set' }, { name: 'list of the denied', status: 'ok', detail: 'none is read: MCP_STATE_BLOB_URL is not set' }, { name: 'capacity', status: 'ok' }, { name: 'draining', status: 'ok' }],
    packageDigest: 'ab'.repeat(32),
    version: VERSION,
  });
  await app.http.close();
});

it('[ready.detail] /ready answers 503 when the signing keys cannot be had, while /health stays green', async () => {
  const { app } = await createTestApp({ fetch: async () => new Response('', { status: 500 }) });
  const ready = await app.http.inject('/ready');
  assert.equal(ready.statusCode, 503);
  assert.deepEqual(ready.json(), { status: 'not ready' });
  assert.equal((await app.http.inject('/health')).statusCode, 200);
  await app.http.close();
});
