import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { packageBlobName } from '../../infra/names.ts';
import type { StackName } from '../arguments.ts';
import type { PulumiRunner } from '../cloud/pulumi.ts';
import type { PastUpdate } from '../policy/engine/history.ts';
import { readLastUpdate } from '../policy/evidence/lastUpdate.ts';
import { nameOfCommit, type Checkout } from './checkout.ts';
import { hasPassed, type Gate } from './gate.ts';
import { lastVerification, type Candidate, type Promoted, type Standing } from './log/releases.ts';
import type { ReleaseEvent, Slots } from './log/events.ts';
import { shortDigest, type PackageRef } from './package.ts';

const NONE = 'none';

/** What a gate says: one line of measure and limit, and what to do when it does not pass. */
function gate(name: string, measured: string | undefined, limit: string | undefined, pass: boolean, ...next: string[]): Gate {
  return { name, measured: measured ?? NONE, limit: limit ?? NONE, pass, details: pass ? [] : next };
}

/** A package in a container: its SHA-256 as it lies there, and the commit in its metadata. */
export interface StoredPackage {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads a package and hashes it: whoever holds the account's key could have replaced it. @returns undefined when it is not there */
export async function readPackage(container: ContainerClient, { name }: PackageRef): Promise<StoredPackage | undefined> {
  const blob = container.getBlockBlobClient(packageBlobName(name));
  try {
    const { metadata = {} } = await blob.getProperties();
    const bytes = await blob.downloadToBuffer();
    return { digest: createHash('sha256').update(bytes).digest('hex'), bytes, metadata };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

export function bytesGate(wanted: PackageRef, stored: StoredPackage | undefined): Gate {
  return gate('package-bytes', shortDigest(stored?.digest), shortDigest(wanted.digest), stored?.digest === wanted.digest, `The blob ${packageBlobName(wanted.name)} is ${stored ? 'not what its name says' : 'not there'}. Deploy again.`);
}

/** The checkout is the commit that was tried out. */
export function checkoutGate(checkout: Checkout, commit: string | undefined, isLocal: boolean): Gate {
  const name = nameOfCommit(checkout);
  const isClean = isLocal || (checkout.commit !== undefined && checkout.changed.length === 0);
  return gate('checkout-is-commit', name, commit, name === commit && isClean, name === commit ? `Promote from a clean checkout of a repository; changed are ${checkout.changed.slice(0, 5).join(', ') || 'files outside of git'}.`
    : `Check out ${commit ?? 'the sources that were deployed'} (git checkout --detach), or deploy and verify what is checked out.`);
}

/** Start of an update, in seconds since 1970: what a deployment notes of its own. */
export function startOf(update: PastUpdate | undefined): number | undefined {
  return update && Math.floor(Date.parse(update.startTime) / 1_000);
}

/** Start of the last update of a stack, in seconds since 1970. */
export async function startOfLastUpdate(pulumi: PulumiRunner, stack: StackName): Promise<number | undefined> {
  return startOf(await readLastUpdate(pulumi, stack));
}

export interface PromotionFacts {
  readonly standing: Standing;
  readonly slots: Slots;
  readonly checkout: Checkout;
  readonly isLocal: boolean;
  readonly lastUpdate: number | undefined;
  readonly stored: StoredPackage | undefined;
}

/** What has to hold before a candidate is verified and swapped in. */
export function promotionGates({ standing: { candidate }, slots, checkout, isLocal, lastUpdate, stored }: PromotionFacts): Gate[] {
  const known = gate('candidate-deployed', shortDigest(slots.staging?.digest), candidate ? shortDigest(candidate.package.digest) : 'a package that was deployed by a release and is not promoted yet',
    candidate !== undefined && candidate.package.digest === slots.staging?.digest, 'The staging slot runs nothing that waits for promotion. Deploy first: npm run release -- deploy');
  if (!candidate || !known.pass) return [known];
  return [
    known,
    gate('candidate-is-new', shortDigest(slots.production?.digest), `another than ${shortDigest(candidate.package.digest)}`, slots.production?.digest !== candidate.package.digest, 'Production runs this package already; there is nothing to promote.'),
    checkoutGate(checkout, candidate.commit, isLocal),
    bytesGate(candidate.package, stored),
    gate('policy-passed', candidate.policy, 'passed', candidate.policy === 'passed', 'The policy pack did not judge the update that brought the candidate. Deploy again: npm run release -- deploy'),
    gate('last-update-is-candidates', timeOf(lastUpdate), timeOf(candidate.update), lastUpdate !== undefined && lastUpdate === candidate.update, 'The stack was updated after the deployment, by something that is not in the release log. Deploy again, so that the pack\'s verdict is about what stands: npm run release -- deploy'),
  ];
}

function timeOf(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1_000).toISOString().replace('.000', '');
}

/** What has to hold before production goes back. */
export function rollbackGates(standing: Standing, slots: Slots, stored: StoredPackage | undefined): Gate[] {
  const { promoted, previous } = standing;
  return [
    gate('production-is-known', shortDigest(slots.production?.digest), promoted ? shortDigest(promoted.package.digest) : 'a package that was promoted', promoted !== undefined && promoted.package.digest === slots.production?.digest,
      'Nothing in the release log brought into production what it runs, so that nobody can tell what it ran before. Deploy and promote the package that you want.'),
    gate('previous-known', shortDigest(previous?.package.digest), 'a package that was promoted before', previous !== undefined, 'There is none before this one: a rollback goes down, and never back up. Deploy and promote the package that you want.'),
    ...(previous ? [bytesGate(previous.package, stored)] : []),
  ];
}

/** A package of another stack, with what that stack's log says about it. */
export interface SourceFacts {
  readonly stack: string;
  readonly standing: Standing;
  readonly events: readonly ReleaseEvent[];
  readonly slots: Slots;
  readonly checkout: Checkout;
  readonly isLocal: boolean;
  readonly stored: StoredPackage | undefined;
  readonly lastUpdate: number | undefined;
}

/** The package that is carried: what the source stack has promoted, or else its candidate, whichever is of the commit that is checked out. */
export function packageToCarry({ promoted, candidate }: Standing, checkout: Checkout): Promoted | Candidate | undefined {
  const commit = nameOfCommit(checkout);
  return [promoted, candidate].find((known) => known !== undefined && known.commit === commit) ?? promoted ?? candidate;
}

/** What has to hold of the source stack before its package is carried to another one. */
export function sourceGates({ stack, standing, events, slots, checkout, isLocal, stored, lastUpdate }: SourceFacts): Gate[] {
  const carried = packageToCarry(standing, checkout);
  if (!carried) return [gate('source-has-package', NONE, `a package that was deployed to stack ${stack} by a release`, false, `Deploy and promote there first: npm run release -- deploy --stack ${stack}`)];
  const { digest } = carried.package;
  const runs = Object.values(slots).some((found) => found.digest === digest);
  const verified = lastVerification(events, digest);
  const isVerified = verified !== undefined && hasPassed(verified.verification) && verified.commit === carried.commit;
  const deployed = events.findLast((event) => event.event === 'deployed' && event.package.digest === digest);
  const policy = deployed?.event === 'deployed' ? deployed : undefined;
  const lastDeployed = events.findLast((event) => event.event === 'deployed');
  return [
    gate('source-runs-package', [slots.production?.digest, slots.staging?.digest].map(shortDigest).join(', '), shortDigest(digest), runs, `Stack ${stack} runs something else by now. Deploy and promote there first.`),
    gate('source-verified', verified === undefined ? NONE : isVerified ? 'passed' : 'failed', 'passed', isVerified, `The last verification of ${shortDigest(digest)} on stack ${stack} has to have passed for commit ${carried.commit ?? NONE}: npm run release -- promote --stack ${stack}`),
    gate('source-policy-passed', policy?.policy.verdict, 'passed', policy?.policy.verdict === 'passed', `The policy pack has to have judged the update of stack ${stack}: npm run release -- deploy --stack ${stack}`),
    gate('source-last-update', timeOf(lastUpdate), timeOf(lastDeployed?.event === 'deployed' ? lastDeployed.update : undefined), lastUpdate !== undefined && lastDeployed?.event === 'deployed' && lastDeployed.update === lastUpdate, `Stack ${stack} was updated since, by something that is not in its release log. Deploy there again.`),
    checkoutGate(checkout, carried.commit, isLocal),
    bytesGate(carried.package, stored),
  ];
}
