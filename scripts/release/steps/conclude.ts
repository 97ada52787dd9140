import { takeSnapshot } from '../../audit/snapshots/takeSnapshot.ts';
import { operatorOf, recordOperation } from '../../audit/operatorStream.ts';
import { CommandError } from '../../commandError.ts';
import { writeOfferedToolsLock } from '../lock/writeOfferedToolsLock.ts';
import { hasPassed, type Verification } from '../gate.ts';
import type { Outcome } from '../log/events.ts';
import { shortDigest } from '../package.ts';
import type { Session } from '../session.ts';
import type { SlotName } from '../target.ts';
import { settle } from './settle.ts';
import { swapSlots } from './swap.ts';

/** How a release has ended. */
export interface End {
  readonly outcome: Outcome;
  readonly reason?: string;
}

/** Verifies a slot, and notes it in the log. */
export async function verify(session: Session, slot: SlotName): Promise<Verification> {
  const { target, verify: verifySlot, acceptedChanges } = session.parts;
  const step = slot === 'staging' ? 'verify-staging' : 'verify-production';
  const verification = await session.step<Verification>(step, { running: `Verifying ${slot}`, done: (found) => `${slot === 'staging' ? 'Staging' : 'Production'}: ${found.gates.filter(({ pass }) => pass).length} of ${found.gates.length} gates passed` }, (onStep) =>
    verifySlot(target, { slot, acceptedChanges, onStep }));
  session.keep(step, verification.gates);
  const { commit } = session.journal;
  await session.tell({ event: 'verified', ...(commit === undefined ? {} : { commit }), verification: toEvent(verification) });
  return verification;
}

function toEvent({ packageDigest, gates, ...rest }: Verification) {
  return { ...rest, ...(packageDigest === undefined ? {} : { packageDigest }), gates: gates.map((gate) => ({ ...gate, details: [...gate.details] })) };
}

/** What follows the swap of a promotion: production is verified; when it does not hold, the former package comes back by itself. */
export async function concludePromotion(session: Session): Promise<End> {
  const verification = await verify(session, 'production');
  if (hasPassed(verification)) return concludeSettled(session, 'done');
  const failed = verification.gates.filter(({ pass }) => !pass).map(({ name, measured, limit }) => `${name} was ${measured}, allowed is ${limit}`);
  session.about({ direction: 'back', reason: `Production did not pass verification after the swap: ${failed.length === 0 ? 'no gate was asked' : failed.join('; ')}.` });
  return goBack(session);
}

/** Brings back what production ran before. @throws CommandError RELEASE_NOT_UNDONE when the former package does not come up */
export async function goBack(session: Session): Promise<End> {
  const { before, reason = 'The promotion is undone.' } = session.journal;
  const former = before.production;
  if (!former) throw new CommandError('RELEASE_NOT_UNDONE', `${reason} Nobody knows what production ran before, so that it cannot be brought back.`);
  const swapped = await swapSlots(session, { wanted: former, direction: 'back' });
  if (!swapped.pass) throw new CommandError('RELEASE_NOT_UNDONE', `${reason} The former package ${shortDigest(former.digest)} did not come up: ${swapped.details.join(' ')} Production still runs the new one. Mend the cause, then run "npm run release -- rollback".`);
  return concludeSettled(session, 'undone', reason);
}

/** The last part: state, pin, preview, and who may call. */
export async function concludeSettled(session: Session, outcome: 'done' | 'undone', reason?: string): Promise<End> {
  const gate = await settle(session);
  await signOffer(session);
  await keepSnapshot(session);
  if (gate.pass) return { outcome, ...(reason === undefined ? {} : { reason }) };
  return { outcome: outcome === 'undone' ? 'undone' : 'failed', reason: [reason, `The slots are as they shall be, and a preview from this checkout shows changes: ${gate.details.join('; ')}`].filter((text) => text !== undefined).join(' ') };
}

/** Signs what production offers now, which the next candidate is held against. Where that fails, the next verification says that the lock is stale. */
async function signOffer(session: Session): Promise<void> {
  const { target } = session.parts;
  const problem = await session.step<string | undefined>('sign', { running: 'Signing what production offers', done: (text) => (text === undefined ? 'What production offers is signed' : undefined) }, async (update) => {
    try {
      await writeOfferedToolsLock(target, update);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
  if (problem !== undefined) session.notices.push(`What production offers is not signed: ${problem}`);
}

async function keepSnapshot(session: Session): Promise<void> {
  const { record, outputs, stack } = session.parts.target;
  const problem = await session.step<string | undefined>('snapshot', { running: 'Recording who may call', done: (text) => (text === undefined ? 'Who may call is recorded' : undefined) }, async (update) => {
    try {
      await takeSnapshot(record, outputs.entraClientId, update);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
  if (problem !== undefined) session.notices.push(`Who may call is not recorded: ${problem} Then: npm run audit -- snapshot --stack ${stack}`);
}

/** Notes a release that has ended in the record of calls, beside what other operators did. Releases do not fail by it: prod's record is closed to hosted runners. */
export async function noteInRecord(session: Session, end: End): Promise<void> {
  const { record } = session.parts.target;
  const { verb, wanted, commit } = session.journal;
  try {
    const by = operatorOf(await record.token('https://storage.azure.com/.default'));
    const details = { release: session.id, verb, outcome: end.outcome, ...(wanted && { packageDigest: wanted.digest }), ...(commit === undefined ? {} : { commit }), ...(end.reason === undefined ? {} : { why: end.reason }) };
    await recordOperation(record, [{ kind: 'operation', operation: 'release', by, details }], session.parts.now());
  } catch (error) {
    session.notices.push(`The release is in the release log, and not in the record of calls: ${(error as Error).message}`);
  }
}

