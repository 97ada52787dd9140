import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CommandError } from '../../../scripts/commandError.ts';
import { followingRing, isSameKeys, keyIdsOf, phaseOf, type KeyRing } from '../../../scripts/secrets/keyRing.ts';
import { bringKeys, replaceKeys, RETIRE_AFTER_SECONDS, retireKey, rotateKey, type RotationParts } from '../../../scripts/secrets/rotate.ts';

/** The command is gone, as by kill -9. */
class Killed extends Error {}

const keyOf = (number: number): string => Buffer.alloc(32, number).toString('base64url');
const mints = ({ current }: KeyRing): string => current;
const accepts = (ring: KeyRing, key: string): boolean => [ring.current, ring.next, ring.previous].includes(key);

/**
 * A vault and six processes that learn of its secret at moments of their own. After each of them every process has to accept what any of them mints, and what was minted within the last
 * 600 s: that is what it means that no request fails.
 * @param killAt the effect at which the command is killed, before or after it
 */
function createModel(killAt = Number.POSITIVE_INFINITY) {
  const world = {
    secret: { ring: { current: keyOf(1) } as KeyRing, version: 'v1' },
    /** What App Service holds for each slot, and what the processes of both started with. */
    held: [{ current: keyOf(1) }, { current: keyOf(1) }] as KeyRing[],
    processes: Array.from({ length: 6 }, () => ({ ring: { current: keyOf(1) }, sinceSeconds: 0 })),
    minted: [] as { key: string; atSeconds: number }[],
    nowSeconds: 0,
    effects: 0,
    drawn: 1,
    /** Keys that the vault has held. */
    stored: new Set([keyOf(1)]),
    refusals: 0,
    checks: true,
  };
  const look = (): void => {
    for (const { ring } of world.processes) world.minted.push({ key: mints(ring), atSeconds: world.nowSeconds });
    world.minted = world.minted.filter(({ atSeconds }) => world.nowSeconds - atSeconds < 600);
    for (const { key, atSeconds } of world.minted) {
      for (const { ring } of world.processes) {
        if (accepts(ring, key)) continue;
        world.refusals += 1;
        if (world.checks) assert.fail(`a process with ${JSON.stringify(keyIdsOf(ring))} refuses what was minted ${world.nowSeconds - atSeconds} s ago`);
      }
    }
  };
  /** A value that is new restarts the process. */
  const follow = (index: number): void => {
    const ring = world.held[index % 2] as KeyRing;
    const process = world.processes[index];
    if (process && !isSameKeys(keyIdsOf(process.ring), keyIdsOf(ring))) world.processes[index] = { ring, sinceSeconds: world.nowSeconds };
    look();
  };
  /** The command dies before what it does, or when it is done and nobody has heard. */
  const effect = <T>(run: () => T): T => {
    world.effects += 1;
    if (world.effects === killAt) throw new Killed();
    const result = run();
    world.effects += 1;
    if (world.effects === killAt) throw new Killed();
    return result;
  };
  /** The order in which processes are replaced. */
  let order = [0, 1, 2, 3, 4, 5];
  const parts: RotationParts = {
    newKey: () => keyOf((world.drawn += 1)),
    step: async (_title, run) => run(() => undefined),
    store: {
      read: async () => world.secret,
      currentVersion: async () => world.secret.version,
      write: async (ring, overVersion) => effect(() => {
        assert.equal(overVersion, world.secret.version);
        for (const key of [ring.current, ring.next]) if (key !== undefined) world.stored.add(key);
        return (world.secret = { ring, version: `v${world.effects}` });
      }),
    },
    fleet: {
      refresh: async () => {
        for (const slot of [0, 1]) {
          effect(() => {
            world.held[slot] = world.secret.ring;
            // Some follow at once; the others while the command waits for them.
            for (const index of order.slice(0, 3)) if (index % 2 === slot) follow(index);
          });
        }
      },
      waitFor: async (keys) => effect(() => {
        for (const index of order) {
          world.nowSeconds += 1;
          follow(index);
        }
        for (const { ring } of world.processes) assert.ok(isSameKeys(keyIdsOf(ring), keys));
        look();
        return { heldSeconds: world.nowSeconds - Math.max(...world.processes.map(({ sinceSeconds }) => sinceSeconds)), instances: 6 };
      }),
    },
  };
  return { world, parts, look, setOrder: (next: number[]) => void (order = next), neverKilled: () => void (killAt = Number.POSITIVE_INFINITY), swap: () => {
    world.held.reverse();
    world.processes = world.processes.map(({ sinceSeconds }, index) => ({ ring: world.held[index % 2] as KeyRing, sinceSeconds }));
    look();
  } };
}

const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });

async function untilDone(run: () => Promise<unknown>, onKilled: () => void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    onKilled();
    await run();
  }
}

describe('a rotation', () => {
  it('publishes, promotes and retires; each process accepts what any other mints, in whatever order they follow, killed at any step and run again, with a swap in between [secrets.rotation]', async () => {
    await fc.assert(fc.asyncProperty(orders, orders, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (first, second, killAt, swapped) => {
      const model = createModel(killAt);
      model.setOrder(first);
      const goOn = (): void => {
        model.neverKilled();
        if (swapped) model.swap();
        model.setOrder(second);
      };
      await untilDone(() => rotateKey(model.parts), goOn);
      assert.equal(phaseOf(model.world.secret.ring), 'promoted');
      assert.equal(model.world.secret.ring.previous, keyOf(1));
      assert.equal(model.world.stored.size, 2, 'one new key, however often the command ran');
      const [, newKey = assert.fail()] = model.world.stored;
      // Twice is once.
      await untilDone(() => rotateKey(model.parts), goOn);
      assert.equal(model.world.stored.size, 2);
      model.world.nowSeconds += RETIRE_AFTER_SECONDS;
      await untilDone(() => retireKey(model.parts, { atOnce: false }), goOn);
      assert.deepEqual(model.world.secret.ring, { current: newKey });
      for (const { ring } of model.world.processes) assert.equal(accepts(ring, keyOf(1)), false);
    }), { numRuns: 200 });
  });

  it('would fail requests in one step: the model sees it', async () => {
    const model = createModel();
    const { store, fleet } = model.parts;
    const stored = await store.write({ current: keyOf(9), previous: keyOf(1) }, 'v1');
    await assert.rejects(async () => {
      await fleet.refresh();
      await fleet.waitFor(keyIdsOf(stored.ring), () => undefined);
    }, /refuses what was minted/);
  });

  it('does not retire a key whose states are still good, nor one that does not mint yet, and names both [secrets.rotation]', async () => {
    const model = createModel();
    await rotateKey(model.parts);
    model.world.nowSeconds += RETIRE_AFTER_SECONDS - 60;
    await assert.rejects(retireKey(model.parts, { atOnce: false }), (error: CommandError) => error.code === 'SECRETS_TOO_EARLY' && /in \d+ s/.test(error.message) && error.message.includes('--at-once'));
    assert.equal(phaseOf(model.world.secret.ring), 'promoted', 'nothing was changed');
    model.world.checks = false;
    await retireKey(model.parts, { atOnce: true });
    assert.deepEqual(model.world.secret.ring, { current: keyOf(2) });
    await retireKey(model.parts, { atOnce: false });
    assert.equal(model.world.drawn, 2, 'at rest there is nothing to retire');
    await model.parts.store.write(followingRing(model.world.secret.ring, model.parts.newKey), model.world.secret.version);
    await assert.rejects(retireKey(model.parts, { atOnce: true }), (error: CommandError) => error.code === 'SECRETS_ROTATION_OPEN');
  });

  it('replaces all keys at once in an emergency, amid a rotation as well, and is completed without another key [secrets.emergency]', async () => {
    const model = createModel(3);
    model.world.checks = false;
    await assert.rejects(replaceKeys(model.parts), Killed);
    assert.deepEqual(model.world.secret.ring, { current: keyOf(2) });
    model.neverKilled();
    await bringKeys(model.parts);
    for (const { ring } of model.world.processes) assert.deepEqual(ring, { current: keyOf(2) });
    assert.ok(model.world.refusals > 0, 'what was minted before is refused');
    await model.parts.store.write(followingRing(model.world.secret.ring, model.parts.newKey), model.world.secret.version);
    await replaceKeys(model.parts);
    assert.deepEqual(model.world.secret.ring, { current: keyOf(4) });
  });
});
