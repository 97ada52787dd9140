import { packageBlobName } from '../../../infra/names.ts';
import { CommandError } from '../../commandError.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { openSlots } from '../arm/slots.ts';
import type { Checkout } from '../checkout.ts';
import type { Gate } from '../gate.ts';
import { openReleaseLog } from '../log/releaseLog.ts';
import { standingOf } from '../log/releases.ts';
import { openStack, type TargetAddress } from '../openTarget.ts';
import { shortDigest, type PackageRef } from '../package.ts';
import { startOfLastUpdate, packageToCarry, readPackage, sourceGates, type StoredPackage } from '../preconditions.ts';
import type { Session } from '../session.ts';

/** The stack that a package is carried from: what it has, and whether that may be carried. */
export interface Source {
  readonly gates: readonly Gate[];
  readonly package: PackageRef | undefined;
  readonly stored: StoredPackage | undefined;
  readonly commit: string | undefined;
}

/** Looks at a stack; nothing is changed there, and no lock is taken. */
export async function lookAtSource(context: CommandContext, address: TargetAddress, checkout: Checkout): Promise<Source> {
  const { target } = await openStack(context, address);
  const [{ slots }, events, lastUpdate] = await Promise.all([openSlots(target, () => undefined).facts(), openReleaseLog(target.releases, target.stack).read(), startOfLastUpdate(target.pulumi, target.stack)]);
  const standing = standingOf(events);
  const carried = packageToCarry(standing, checkout);
  const stored = carried && await readPackage(target.packages, carried.package);
  return { gates: sourceGates({ stack: address.stack, standing, events, slots, checkout, isLocal: target.isLocal, stored, lastUpdate }), package: carried?.package, stored, commit: carried?.commit };
}

/**
 * Copies a package into the account of the target stack, under the same name. Bytes that were hashed are what is written; a blob that stands there already has to have the same.
 * @throws GateStop; CommandError RELEASE_PACKAGE_DIFFERS
 */
export async function carryPackage(session: Session, source: Source): Promise<PackageRef> {
  const { target } = session.parts;
  const { package: carried, stored, commit } = source;
  await session.pass('preconditions', source.gates);
  if (!carried || !stored) throw new Error('A gate passed without a package.');
  await session.step('carry', { running: `Copying package ${shortDigest(carried.digest)}`, done: `Package ${shortDigest(carried.digest)} is copied, ${stored.bytes.length} bytes` }, async () => {
    const metadata = { digest: carried.digest, ...(commit === undefined ? {} : { commit }) };
    const blob = target.packages.getBlockBlobClient(packageBlobName(carried.name));
    await blob.uploadData(stored.bytes, { conditions: { ifNoneMatch: '*' }, metadata, blobHTTPHeaders: { blobContentType: 'application/zip' } }).catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 409) throw error;
    });
    const there = await readPackage(target.packages, carried);
    if (there?.digest !== carried.digest) throw new CommandError('RELEASE_PACKAGE_DIFFERS', `The blob ${packageBlobName(carried.name)} of stack ${target.stack} is not what its name says: its SHA-256 is ${there?.digest ?? 'unknown'}. Delete it, and find out who wrote it.`);
  });
  return carried;
}
