import { CommandError } from '../../commandError.ts';
import type { Gate } from '../gate.ts';
import { shortDigest, type PackageRef } from '../package.ts';
import type { Session } from '../session.ts';

export interface WantedSwap {
  /** What production is to run after it. */
  readonly wanted: PackageRef;
  readonly direction: 'forward' | 'back';
}

/**
 * Swaps the slots, after a look at what they run: nothing but the wanted package comes into production.
 * @returns gates: whether the package came up, so that routing switched
 * @throws CommandError RELEASE_SLOTS_CHANGED
 */
export async function swapSlots(session: Session, { wanted, direction }: WantedSwap): Promise<Gate> {
  const { slots } = session.parts;
  return session.step('swap', { running: `Swapping staging and production, package ${shortDigest(wanted.digest)}`, done: (gate) => (gate.pass ? `Production runs ${shortDigest(wanted.digest)}` : 'The swap was reverted') }, async (update) => {
    const before = await slots.settled();
    if (before.slots.staging?.digest !== wanted.digest) {
      throw new CommandError('RELEASE_SLOTS_CHANGED', `The staging slot runs ${shortDigest(before.slots.staging?.digest)} by now, and ${shortDigest(wanted.digest)} was to be swapped in. Somebody else has changed it; production is as it was. Run the command again.`);
    }
    update('App Service restarts the candidate with production\'s settings and warms it up');
    const end = await slots.swap();
    if (end.state === 'reverted') {
      return { name: 'swap-completed', measured: 'reverted', limit: 'swapped', pass: false, details: [end.why, 'The package did not come up with production\'s settings; routing never changed. The log of the staging slot says why.'] };
    }
    const { slots: after } = await slots.settled();
    await session.tell({ event: 'swapped', slots: after, direction });
    return { name: 'swap-completed', measured: 'swapped', limit: 'swapped', pass: after.production?.digest === wanted.digest, details: [] };
  });
}
