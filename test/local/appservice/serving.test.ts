import assert from 'node:assert/strict';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { it } from 'node:test';
import { call, createServingWorld, createWorld, eventually, keepAliveAgent, type World } from './world.ts';

/** Opens a request and hands over its answer as it begins. */
function open(world: World, path: string, options: RequestOptions = {}): Promise<{ answer: IncomingMessage; leave(): void }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(`${world.url()}${path}`, { agent: false, ca: world.context.tls.authorityPem, ...options }, (answer) => {
      answer.on('error', () => undefined);
      resolve({ answer, leave: () => outgoing.destroy() });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function within(world: Promise<World>, act: (world: World) => Promise<void>): Promise<void> {
  const made = await world;
  try {
    await act(made);
  } finally {
    await made.close();
  }
}

it('spreads 1,800 calls of concurrent keep-alive clients over three instances, each within 10 % of a third', () =>
  within(createServingWorld(3), async (world) => {
    const counts = new Map<string, number>();
    const clients = Array.from({ length: 12 }, () => keepAliveAgent(world));
    await Promise.all(
      clients.map(async (agent) => {
        for (let index = 0; index < 150; index++) {
          const answer = await call(world, '/', { agent });
          assert.equal(answer.status, 200);
          assert.equal(answer.headers['set-cookie'], undefined);
          const { instance } = answer.json<{ instance: string }>();
          counts.set(instance, (counts.get(instance) ?? 0) + 1);
        }
        agent.destroy();
      }),
    );
    assert.equal(counts.size, 3);
    for (const count of counts.values()) assert.ok(Math.abs(count - 600) <= 60, `${[...counts.values()].join(', ')}`);
  }));

it('ties a client to an instance when affinity is on, and lets it go as soon as ARM turns affinity off', () =>
  within(createServingWorld(3, { site: { clientAffinityEnabled: true } }), async (world) => {
    const first = await call(world, '/');
    const { instance } = first.json<{ instance: string }>();
    const cookies = first.headers['set-cookie'] ?? [];
    assert.deepEqual(cookies, [
      `ARRAffinity=${instance};Path=/;HttpOnly;Secure;Domain=127.0.0.1`,
      `ARRAffinitySameSite=${instance};Path=/;HttpOnly;SameSite=None;Secure;Domain=127.0.0.1`,
    ]);
    const jar = { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') };
    for (let index = 0; index < 30; index++) {
      const answer = await call(world, '/', { headers: jar });
      assert.equal(answer.json()['instance'], instance);
      assert.equal(answer.headers['set-cookie'], undefined, 'a client that is tied already gets no cookie again');
    }
    const pids = world.service.describe()[0]?.instances.map(({ pid }) => pid);
    await world.patch(world.siteId, { properties: { clientAffinityEnabled: false } });
    const seen = new Set<unknown>();
    for (let index = 0; index < 9; index++) {
      const answer = await call(world, '/', { headers: jar });
      assert.equal(answer.headers['set-cookie'], undefined);
      seen.add(answer.json()['instance']);
    }
    assert.equal(seen.size, 3);
    assert.deepEqual(world.service.describe()[0]?.instances.map(({ pid }) => pid), pids, 'the front end changed, no process did');
  }));

it('is on when nobody speaks of affinity, as in Azure', () =>
  within(createServingWorld(1, { site: { clientAffinityEnabled: null } }), async (world) => {
    assert.equal(world.show(world.siteId).properties['clientAffinityEnabled'], true);
    assert.equal((await call(world, '/')).headers['set-cookie']?.length, 2);
  }));

it('tells the worker who called, and lets the client forge none of it', () =>
  within(createServingWorld(1), async (world) => {
    const answer = await call(world, '/headers?a=%2F', {
      headers: {
        host: 'shop.example', 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'http', 'x-arr-ssl': 'forged', 'client-ip': '192.0.2.9',
        'x-ms-client-principal': 'forged', 'x-forwarded-host': 'proxy.example', connection: 'x-private', 'x-private': 'for this connection only',
      },
    });
    const { headers, url } = answer.json<{ headers: Record<string, string>; url: string }>();
    assert.equal(url, '/headers?a=%2F');
    assert.equal(headers['host'], 'shop.example');
    assert.match(headers['x-forwarded-for'] ?? '', /^192\.0\.2\.1, 127\.0\.0\.1:\d+$/);
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.equal(headers['x-original-url'], '/headers?a=%2F');
    assert.equal(headers['disguised-host'], 'shop.example');
    assert.equal(headers['was-default-hostname'], world.url().slice('https://'.length));
    assert.equal(headers['x-site-deployment-id'], 'shop');
    assert.match(headers['client-ip'] ?? '', /^127\.0\.0\.1:/);
    assert.notEqual(headers['x-arr-ssl'], 'forged');
    assert.equal(headers['x-forwarded-host'], 'proxy.example', 'App Service does not touch it');
    assert.equal(headers['x-ms-client-principal'], undefined);
    assert.equal(headers['x-private'], undefined);
  }));

it('passes bodies and repeated headers on as they are', () =>
  within(createServingWorld(1), async (world) => {
    const body = 'x'.repeat(3_000_000);
    const answer = await call(world, '/echo', { method: 'POST', body });
    assert.equal(answer.text.length, body.length);
    assert.equal(answer.headers['x-one'], 'a, b');
    assert.deepEqual(answer.headers['set-cookie'], ['p=1', 'q=2']);
  }));

it('keeps its connections to a worker', () =>
  within(createServingWorld(1), async (world) => {
    const count = async (): Promise<number> => (await call(world, '/connections')).json<{ connections: number }>().connections;
    const before = await count();
    for (let index = 0; index < 20; index++) await call(world, '/', { method: 'POST', body: 'x' });
    assert.equal(await count(), before);
  }));

it('streams events as they come, and tells the worker when the client has gone', () =>
  within(createServingWorld(1), async (world) => {
    const { answer, leave } = await open(world, '/stream');
    assert.equal(answer.headers['content-type'], 'text/event-stream');
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await eventually(() => text, (seen) => seen.includes('data: 3'));
    assert.equal((await call(world, '/aborted')).json()['aborted'], 0);
    leave();
    await eventually(async () => (await call(world, '/aborted')).json()['aborted'], (aborted) => aborted === 1);
  }));

it('sends the head of a stream that says nothing yet, and cuts it at the idle limit', () =>
  within(createServingWorld(1, { timing: { idleLimitMs: 300 } }), async (world) => {
    const { answer } = await open(world, '/silent');
    assert.equal(answer.statusCode, 200);
    const cut = new Promise((resolve) => answer.once('close', resolve));
    answer.resume();
    await cut;
    assert.equal(answer.complete, false);
    assert.equal((await call(world, '/slow?ms=5000')).status, 504);
  }));

it('cuts the connection when a worker dies amid its answer, and answers 502 when it dies before', () =>
  within(createServingWorld(1, { timing: { restartPausesMs: [20] } }), async (world) => {
    const { answer } = await open(world, '/half');
    const cut = new Promise((resolve) => answer.once('close', resolve));
    answer.resume();
    await cut;
    assert.equal(answer.complete, false);
    // The cut is seen before the end of the process is.
    await eventually(() => world.service.describe()[0]?.instances[0], (instance) => instance?.restarts === 1 && instance.state === 'Ready');
    const died = await call(world, '/crash');
    assert.equal(died.status, 502);
    assert.match(died.text, /Bad Gateway/);
  }));

it('answers 503 without a package, 403 when stopped, and serves again when started', () =>
  within(createWorld(), async (world) => {
    await world.putPlan(1);
    await world.putSite();
    const empty = await eventually(() => call(world, '/'), ({ status, text }) => status === 503 && text.includes('No package'));
    assert.equal(empty.headers['retry-after'], '5');
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip') });
    await world.service.waitUntilServing(world.siteId, 10_000);
    await world.act(world.siteId, 'stop');
    assert.equal(world.show(world.siteId).properties['state'], 'Stopped');
    const stopped = await call(world, '/');
    assert.equal(stopped.status, 403);
    assert.match(stopped.text, /This web app is stopped/);
    await eventually(() => world.service.describe()[0]?.instances.length, (count) => count === 0);
    await world.act(world.siteId, 'start');
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal((await call(world, '/')).status, 200);
  }));
