import assert from 'node:assert/strict';
import { it } from 'node:test';
import { call, eventually, isAlive } from '../world.ts';
import { beginSwap, ended, instancesOf, startLoad, swap, withSlots } from './world.ts';

it('swaps forth and back under load without losing a request, and without an answer from a half-started process [swap.no-loss]', () =>
  withSlots(2, { staging: { APP_READY_AFTER_MS: '700' }, production: { APP_READY_AFTER_MS: '700' } }, async (world) => {
    const load = startLoad(world, 16);
    const more = (calls: number): Promise<number> => {
      const from = load.total();
      return eventually(() => load.total() - from, (made) => made >= calls, 60_000);
    };
    await more(700);
    await swap(world);
    assert.equal((await call(world, '/')).json()['version'], 'new');
    await more(700);
    await swap(world);
    assert.equal((await call(world, '/')).json()['version'], 'old');
    await more(700);
    const { answers, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.deepEqual([...answers.keys()].toSorted(), ['200 new', '200 old'], JSON.stringify([...answers]));
  }));

it('replaces processes under load without losing a request, even when they end at SIGTERM: they get no new ones, and what is on its way is answered first [swap.no-loss]', () =>
  withSlots(2, { production: { APP_RUDE: '1' } }, async (world) => {
    const load = startLoad(world, 16, '/slow?ms=60');
    for (let turn = 0; turn < 4; turn++) {
      const pids = instancesOf(world, world.siteId).map(({ pid }) => pid);
      await world.act(world.siteId, 'restart');
      await eventually(() => instancesOf(world, world.siteId), (instances) => instances.length === 2 && instances.every(({ state, pid }) => state === 'Ready' && !pids.includes(pid)));
    }
    const { answers, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.deepEqual([...answers.keys()], ['200 old'], JSON.stringify([...answers]));
  }));

it('lets a request that was under way at the switch end where it began, on the process that is replaced [swap.no-loss]', () =>
  withSlots(1, {}, async (world) => {
    const [old] = instancesOf(world, world.siteId);
    const slow = call(world, '/slow?ms=2500');
    const status = await beginSwap(world);
    await eventually(async () => (await call(world, '/')).json()['version'], (version) => version === 'new');
    assert.equal((await slow).json()['pid'], old?.pid);
    await ended(world, status);
    await eventually(() => isAlive(old?.pid ?? 0), (alive) => !alive);
  }));
