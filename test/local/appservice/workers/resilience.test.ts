import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { z } from 'zod';
import { createWorkerRecords } from '../../../../local/appservice/workers/records.ts';
import { identify } from '../../../../local/core/processIdentity.ts';
import type { InstanceReport, SiteReport } from '../../../../local/appservice/index.ts';
import { call, createServingWorld, createWorld, eventually, isAlive, keepAliveAgent, type World } from '../world.ts';

async function within(made: Promise<World>, act: (world: World) => Promise<void>): Promise<void> {
  const world = await made;
  try {
    await act(world);
  } finally {
    await world.close();
  }
}

function report(world: World, id = world.siteId): SiteReport {
  const found = world.service.describe().find((site) => site.id === id);
  assert.ok(found);
  return found;
}

function instanceOf(world: World, number: number): InstanceReport & { pid: number } {
  const instance = report(world).instances.find((one) => one.number === number);
  assert.ok(instance?.pid !== undefined);
  return instance as InstanceReport & { pid: number };
}

/** Calls without pause until told to stop. */
function load(world: World, clients: number): { stop(): Promise<{ statuses: number[]; errors: number }> } {
  let running = true;
  const statuses: number[] = [];
  let errors = 0;
  const work = Promise.all(
    Array.from({ length: clients }, async () => {
      const agent = keepAliveAgent(world);
      while (running) {
        await call(world, '/', { agent, method: 'POST', body: 'x' }).then(({ status }) => statuses.push(status), () => errors++);
      }
      agent.destroy();
    }),
  );
  return {
    async stop() {
      running = false;
      await work;
      return { statuses, errors };
    },
  };
}

it('loses only the requests in flight on a killed instance, and brings it back with the same id', () =>
  within(createServingWorld(3), async (world) => {
    const clients = 8;
    const before = instanceOf(world, 2);
    const running = load(world, clients);
    await eventually(async () => (await call(world, '/')).json<{ served: number }>().served, (served) => served > 30);
    process.kill(before.pid, 'SIGKILL');
    const after = await eventually(() => report(world).instances.find(({ number }) => number === 2), (seen) => seen?.state === 'Ready' && seen.pid !== before.pid);
    assert.equal(after?.id, before.id);
    assert.equal(after?.restarts, 1);
    // It gets its share again.
    await eventually(async () => (await call(world, '/')).json()['instance'], (instance) => instance === before.id);
    const { statuses, errors } = await running.stop();
    const failed = statuses.filter((status) => status !== 200).length + errors;
    assert.ok(failed <= clients, `${failed} failed of ${statuses.length}; at most one a client was in flight`);
    assert.ok(statuses.length > 100);
    assert.equal(report(world).instances[0]?.restarts, 0);
  }));

it('restarts on a change of settings without a failed request', () =>
  within(createServingWorld(2), async (world) => {
    const before = report(world).instances.map(({ pid }) => pid as number);
    const running = load(world, 4);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), APP_VERSION: '2' });
    await eventually(async () => (await call(world, '/')).json()['version'], (version) => version === '2');
    await eventually(() => before.some(isAlive), (alive) => !alive);
    const { statuses, errors } = await running.stop();
    assert.equal(errors, 0);
    assert.deepEqual(statuses.filter((status) => status !== 200), []);
  }));

it('keeps the old processes when the new ones never come up, and says why', () =>
  within(createServingWorld(1, { settings: { APP_VERSION: 'good' } }), async (world) => {
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), APP_VERSION: 'bad', APP_BROKEN: 'exit' });
    await assert.rejects(world.service.waitUntilServing(world.siteId, 600), /does not (serve as asked after 0\.6 s|come up).*What ran before goes on.*logs/);
    assert.equal((await call(world, '/')).json()['version'], 'good');
    const log = readFileSync(join(world.stateDir, 'logs', 'shop', 'production', '1.log'), 'utf8');
    assert.match(log, /ended with exit code 3/);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), APP_VERSION: 'better' });
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal((await call(world, '/')).json()['version'], 'better');
  }));

it('starts new processes on restart, and none when a PUT changes nothing', () =>
  within(createServingWorld(1), async (world) => {
    const { pid } = instanceOf(world, 1);
    await world.putSite();
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal(instanceOf(world, 1).pid, pid);
    await world.act(world.siteId, 'restart');
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.notEqual(instanceOf(world, 1).pid, pid);
  }));

it('gives a stubborn process its stop time, then kills it', () =>
  within(createServingWorld(1, { settings: { APP_STUBBORN: '1', WEBSITES_CONTAINER_STOP_TIME_LIMIT: '1' } }), async (world) => {
    const { pid } = instanceOf(world, 1);
    const began = Date.now();
    await world.act(world.siteId, 'stop');
    await eventually(() => isAlive(pid), (alive) => !alive);
    assert.ok(Date.now() - began >= 900);
  }));

it('follows the capacity of the plan out and in; the instances that stay are not touched', () =>
  within(createServingWorld(1), async (world) => {
    const first = instanceOf(world, 1);
    await world.putPlan(3);
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal(new Set(report(world).instances.map(({ id }) => id)).size, 3);
    assert.equal(instanceOf(world, 1).pid, first.pid);
    const third = instanceOf(world, 3);
    await world.putPlan(1);
    await eventually(() => isAlive(third.pid), (alive) => !alive);
    assert.deepEqual(report(world).instances.map(({ pid }) => pid), [first.pid]);
    await world.putPlan(3);
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal(instanceOf(world, 3).id, third.id, 'an instance keeps its id');
  }));

it('lets an instance that is scaled out serve once it is healthy', () =>
  within(createServingWorld(1, { site: { siteConfig: { healthCheckPath: '/health' } }, settings: { WEBSITE_WARMUP_PATH: '/', WEBSITE_WARMUP_STATUSES: '200' } }), async (world) => {
    const sick = join(world.stateDir, 'home', 'shop', 'production', 'sick');
    writeFileSync(sick, '');
    await world.putPlan(2);
    const second = await eventually(() => report(world).instances[1], (instance) => instance?.port !== undefined);
    // It answers, and is not asked.
    await eventually(() => fetch(`http://127.0.0.1:${second?.port}/health`).then(({ status }) => status, () => 0), (status) => status === 503);
    for (let index = 0; index < 6; index++) assert.notEqual((await call(world, '/')).json()['instance'], second?.id);
    rmSync(sick);
    await world.service.waitUntilServing(world.siteId, 10_000);
    await eventually(async () => (await call(world, '/')).json()['instance'], (instance) => instance === second?.id);
  }));

it('takes an unhealthy instance out of rotation, never more than half, and back in when it is well [workers.health]', () =>
  within(createServingWorld(3, { site: { siteConfig: { healthCheckPath: '/health' } }, settings: { WEBSITE_HEALTHCHECK_MAXPINGFAILURES: '2' }, timing: { healthCheckIntervalMs: 40 } }), async (world) => {
    const sick = new Map<string, number>();
    for (const instance of report(world).instances.slice(0, 2)) {
      await direct(instance.port, '/sicken');
      sick.set(instance.id, instance.port ?? 0);
    }
    await eventually(() => report(world).instances.filter(({ state }) => state === 'Unhealthy').length, (count) => count === 2);
    const seen = new Set<unknown>();
    await eventually(() => world.logLines.filter((line) => line.includes('taken out of rotation')).length, (count) => count === 1);
    for (let index = 0; index < 12; index++) seen.add((await call(world, '/')).json()['instance']);
    assert.equal(seen.size, 2, 'one of the two sick ones still serves: half of three is one');
    for (const port of sick.values()) await direct(port, '/heal');
    await eventually(async () => {
      const all = new Set<unknown>();
      for (let index = 0; index < 3; index++) all.add((await call(world, '/')).json()['instance']);
      return all.size;
    }, (size) => size === 3);
  }));

it('replaces an instance that stays unhealthy for an hour by one with another id', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  return within(createServingWorld(2, { now: () => now, site: { siteConfig: { healthCheckPath: '/health' } }, settings: { WEBSITE_HEALTHCHECK_MAXPINGFAILURES: '2' }, timing: { healthCheckIntervalMs: 40 } }), async (world) => {
    const before = instanceOf(world, 1);
    await direct(before.port, '/sicken');
    await eventually(() => instanceOf(world, 1).state, (state) => state === 'Unhealthy');
    now = new Date('2026-01-01T01:00:01Z');
    const after = await eventually(() => report(world).instances.find(({ number }) => number === 1), (seen) => seen?.state === 'Ready' && seen.pid !== before.pid);
    assert.notEqual(after?.id, before.id);
    assert.equal(after?.state, 'Ready');
  });
});

it('shares instance ids between a site and its slot, and keeps them over a restart of the service', async () => {
  let world = await createServingWorld(2);
  try {
    const slotId = `${world.siteId}/slots/staging`;
    await world.putSite({}, slotId);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip') }, slotId);
    await world.service.waitUntilServing(slotId, 10_000);
    const ids = report(world).instances.map(({ id }) => id);
    assert.deepEqual(report(world, slotId).instances.map(({ id }) => id), ids);
    assert.match(ids[0] ?? '', /^[0-9a-f]{64}$/);
    const urls = [world.url(), world.url(slotId)];
    const pids = report(world).instances.map(({ pid }) => pid as number);
    // The blob server of these tests has a new port after the restart: the package comes from a new address.
    world = await world.restart();
    assert.deepEqual([world.url(), world.url(slotId)], urls);
    assert.equal(pids.some(isAlive), false, 'closing the service stopped its workers');
    await world.service.resume();
    assert.equal(report(world).status, 'Failed');
    assert.match(report(world).message ?? '', /could not be fetched/);
    for (const id of [world.siteId, slotId]) {
      await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip') }, id);
      await world.service.waitUntilServing(id, 10_000);
      assert.deepEqual(report(world, id).instances.map((instance) => instance.id), ids);
    }
  } finally {
    await world.close();
  }
});

it('ends the workers that a killed process left behind, and no process that only has their number', async () => {
  const world = await createWorld();
  const leftover = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  try {
    const records = createWorkerRecords(world.context);
    records.add(leftover.pid as number, world.siteId);
    // As if the number had been given to another process since.
    const stored = world.context.documents.collection('app-service-workers', z.object({ pid: z.number(), startedAt: z.string(), siteId: z.string() }));
    stored.put(String(stranger.pid), { pid: stranger.pid as number, startedAt: '1', siteId: world.siteId });
    const again = await world.restart();
    await eventually(() => identify(leftover.pid as number), (identity) => identity === undefined);
    assert.ok(identify(stranger.pid as number));
    assert.deepEqual(again.context.documents.collection('app-service-workers', z.unknown()).keys(), []);
    await again.close();
  } finally {
    for (const child of [leftover, stranger]) {
      if (child.pid !== undefined && identify(child.pid)) process.kill(-child.pid, 'SIGKILL');
    }
  }
});

it('leaves nothing running when a site is deleted, and forgets its address', () =>
  within(createServingWorld(1), async (world) => {
    const { pid } = instanceOf(world, 1);
    const onRecord = world.context.documents.collection('app-service-workers', z.unknown());
    assert.deepEqual(onRecord.keys(), [String(pid)]);
    await assert.rejects(world.remove(world.planId), { status: 409, code: 'Conflict' });
    await world.remove(world.siteId);
    assert.equal(isAlive(pid), false);
    assert.deepEqual(onRecord.keys(), []);
    assert.deepEqual(world.service.describe(), []);
    assert.equal(world.context.listeners.portOf('site:shop'), undefined);
    assert.equal(world.registrations.every(({ revoked }) => revoked), true);
    await world.remove(world.planId);
  }));

async function direct(port: number | undefined, path: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  await answer.arrayBuffer();
}
