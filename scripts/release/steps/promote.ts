import { nameOfCommit, type Checkout } from '../checkout.ts';
import { GateStop, type ReleaseParts, type Session } from '../session.ts';
import { standingOf } from '../log/releases.ts';
import { startOfLastUpdate, promotionGates, readPackage } from '../preconditions.ts';
import { hasPassed } from '../gate.ts';
import { formatDifferences } from '../show.ts';
import { concludePromotion, verify, type End } from './conclude.ts';
import { swapSlots } from './swap.ts';

/** What stands in the staging slot, and whether it may be promoted. */
export async function lookAtCandidate({ target, slots, log }: Pick<ReleaseParts, 'target' | 'slots' | 'log'>, checkout: Checkout) {
  const [{ slots: found }, events, lastUpdate] = await Promise.all([slots.facts(), log.read(), startOfLastUpdate(target.pulumi, target.stack)]);
  const standing = standingOf(events);
  const { candidate, promoted } = standing;
  const stored = candidate && await readPackage(target.packages, candidate.package);
  return {
    gates: promotionGates({ standing, slots: found, checkout, isLocal: target.isLocal, lastUpdate, stored }),
    candidate: candidate?.package,
    /** Promoted before, from this very checkout: a pipeline that is run again has nothing left to do. */
    isDone: candidate === undefined && promoted !== undefined && promoted.package.digest === found.production?.digest && promoted.commit !== undefined && promoted.commit === nameOfCommit(checkout),
  };
}

/**
 * Brings the candidate of the staging slot into production, gate by gate.
 * @throws GateStop, with production as it was
 */
export async function promoteCandidate(session: Session, checkout: Checkout): Promise<End> {
  const { parts } = session;
  const { gates, candidate, isDone } = await session.step<Awaited<ReturnType<typeof lookAtCandidate>>>('preconditions', { running: 'Looking at log, slots and package', done: () => undefined }, () => lookAtCandidate(parts, checkout));
  if (isDone) {
    session.notices.push('Production runs the package of this commit already.');
    return { outcome: 'done' };
  }
  await session.pass('preconditions', gates);
  if (!candidate) throw new Error('A gate passed without a candidate.');
  session.about({ wanted: candidate });

  const verification = await verify(session, 'staging');
  if (!hasPassed(verification)) throw new GateStop('verify-staging', verification.gates);
  const differences = await session.step('differences', { running: 'Comparing the settings of the slots', done: 'The slots are compared' }, () => parts.slots.differences());
  parts.progress.note(formatDifferences(differences));

  await session.pass('swap', [await swapSlots(session, { wanted: candidate, direction: 'forward' })]);
  return concludePromotion(session);
}
