import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { readPin } from '../../../scripts/release/pin.ts';
import { concludePromotion, goBack } from '../../../scripts/release/steps/conclude.ts';
import { swapSlots } from '../../../scripts/release/steps/swap.ts';
import { standingOf } from '../../../scripts/release/log/releases.ts';
import { MemoryRelease, ref } from './support/memoryRelease.ts';

function release(t: TestContext): MemoryRelease {
  const made = new MemoryRelease();
  t.after(() => made.close());
  return made;
}

const SETTLING = ['refresh', 'pin', 'preview', 'sign', 'snapshot'];

describe('what follows a swap', () => {
  it('is that production is verified, state and pin follow, and a preview shows no changes', async (t) => {
    const world = release(t);
    const session = world.session();
    assert.equal((await swapSlots(session, { wanted: ref('b'), direction: 'forward' })).pass, true);
    assert.deepEqual(await concludePromotion(session), { outcome: 'done' });
    assert.deepEqual(world.steps(), ['swap', 'verify-production', ...SETTLING]);
    assert.deepEqual(world.engine, ['refresh', 'preview']);
    assert.equal(readPin(world.settingsFile), ref('a').name);
    assert.equal(readFileSync(world.settingsFile, 'utf8'), `config:\n  a:b: "1"\n  mcp-app-service:stagingPackage: ${ref('a').name}\n`);
    assert.equal(session.notices.length, 2, 'what could not be signed and recorded is told');
  });

  it('swaps back by itself when production does not pass, and says why [release.undo]', async (t) => {
    const world = release(t);
    world.failing.add('production');
    const session = world.session();
    await swapSlots(session, { wanted: ref('b'), direction: 'forward' });
    const end = await concludePromotion(session);
    assert.deepEqual(end, { outcome: 'undone', reason: 'Production did not pass verification after the swap: spread was 0, allowed is 1.' });
    assert.deepEqual([world.slots.production, world.slots.staging], [ref('a'), ref('b')]);
    assert.equal(world.journal?.direction, 'back', 'who takes it up goes back as well');
    assert.equal(readPin(world.settingsFile), ref('b').name);
    assert.deepEqual([standingOf(world.events).promoted?.package, standingOf(world.events).candidate], [ref('a'), undefined]);
  });

  it('says that production still runs the new package when the former one does not come up any more', async (t) => {
    const world = release(t);
    world.failing.add('production');
    world.comesUp = (swap) => swap === 1;
    const session = world.session();
    await swapSlots(session, { wanted: ref('b'), direction: 'forward' });
    await assert.rejects(concludePromotion(session), { code: 'RELEASE_NOT_UNDONE', message: /spread was 0, allowed is 1\. The former package aaaaaaaaaaaa did not come up: Conflict: it did not come up .*Production still runs the new one\./ });
    world.comesUp = () => true;
    assert.equal((await goBack(session)).outcome, 'undone');
  });

  it('is no success when a preview shows changes', async (t) => {
    const world = release(t);
    world.previewChanges = ['urn:pulumi:staging::p::type::name'];
    const session = world.session();
    await swapSlots(session, { wanted: ref('b'), direction: 'forward' });
    assert.deepEqual(await concludePromotion(session), { outcome: 'failed', reason: 'The slots are as they shall be, and a preview from this checkout shows changes: update type::name' });
  });
});

describe('a swap', () => {
  it('that App Service reverts is a gate that stops, with production as it was', async (t) => {
    const world = release(t);
    world.comesUp = () => false;
    const gate = await swapSlots(world.session(), { wanted: ref('b'), direction: 'forward' });
    assert.deepEqual([gate.pass, gate.details[0], world.slots.production, world.events.some(({ event }) => event === 'swapped')], [false, 'Conflict: it did not come up', ref('a'), false]);
  });

  it('brings nothing into production but what was verified', async (t) => {
    const world = release(t);
    const session = world.session();
    world.slots = { production: ref('a'), staging: ref('c') };
    await assert.rejects(swapSlots(session, { wanted: ref('b'), direction: 'forward' }), { code: 'RELEASE_SLOTS_CHANGED' });
    assert.equal(world.swaps, 0);
  });

  it('is not begun by a release that has lost its lock [release.lock-lost]', async (t) => {
    const world = release(t);
    world.isHeld = () => false;
    await assert.rejects(swapSlots(world.session(), { wanted: ref('b'), direction: 'forward' }), { code: 'RELEASE_LOCK_LOST' });
    assert.deepEqual([world.swaps, world.events, world.journal], [0, [], undefined]);
  });
});
