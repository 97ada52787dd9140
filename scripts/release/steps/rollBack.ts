import type { PackageRef } from '../package.ts';
import { shortDigest, urlOfPackage } from '../package.ts';
import type { Gate } from '../gate.ts';
import type { Session } from '../session.ts';
import type { SlotName } from '../target.ts';
import { concludeSettled, type End } from './conclude.ts';
import { checkHealth } from './health.ts';
import { START_TIMEOUT_MS } from './serves.ts';
import { swapSlots } from './swap.ts';

/** Routing has switched to instances that are warm. */
const SWITCHED_TIMEOUT_MS = 60_000;

/**
 * Swaps a package that production ran before back into production, without a build: it still stands in the staging slot, or its blob is mounted there first. What the staging slot
 * runs is changed through ARM, as a swap is: a rollback does not hang on the checkout.
 */
export async function rollBackTo(session: Session, wanted: PackageRef): Promise<End> {
  const { slots, target } = session.parts;
  if ((await slots.facts()).slots.staging?.digest !== wanted.digest) {
    await session.step('prepare', { running: `Bringing package ${shortDigest(wanted.digest)} into the staging slot`, done: 'The former package stands in the staging slot' }, async (update) => {
      await slots.setStagingPackage(urlOfPackage(target.outputs.packageBlobUrl.replace(/\/$/, ''), wanted.name));
      update('the slot starts it');
    });
    await session.pass('prepare', [await healthOf(session, 'staging', wanted, START_TIMEOUT_MS)]);
  }
  await session.pass('swap', [await swapSlots(session, { wanted, direction: 'back' })]);
  const health = await session.step<Gate>('health', { running: 'Asking production for its health', done: ({ pass }) => (pass ? 'Every instance of production runs the former package' : 'Not every instance runs the former package') }, () => healthOf(session, 'production', wanted, SWITCHED_TIMEOUT_MS));
  await session.note('health', [health]);
  const end = await concludeSettled(session, 'done');
  return health.pass ? end : { outcome: 'failed', reason: `Production was swapped back, and not every instance has said that it runs ${shortDigest(wanted.digest)}: ${health.details.join('; ')}` };
}

async function healthOf({ parts }: Session, slot: SlotName, { digest }: PackageRef, timeoutMs: number): Promise<Gate> {
  const { outputs } = parts.target;
  return checkHealth({ url: slot === 'production' ? outputs.mcpUrl : outputs.mcpStagingUrl, digest, instances: await parts.slots.instances(slot), timeoutMs, onWait: () => undefined });
}
