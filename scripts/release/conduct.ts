import { operatorOf } from '../audit/operatorStream.ts';
import type { CommandError } from '../commandError.ts';
import type { Gate } from './gate.ts';
import type { Journal } from './journal.ts';
import { takeLock, type HeldLock } from './lease/leaseLock.ts';
import { ownIdentity } from './lease/processIdentity.ts';
import type { By, Outcome, Slots, Verb } from './log/events.ts';
import { planRecovery, type Recovery } from './recovery.ts';
import { GateStop, newReleaseId, openSession, type ReleaseParts, type Session } from './session.ts';
import { concludePromotion, concludeSettled, goBack, noteInRecord, type End } from './steps/conclude.ts';
import { rollBackTo } from './steps/rollBack.ts';

/** What a command has done, for people and for programs. */
export interface ReleaseResult {
  readonly release: string;
  readonly stack: string;
  readonly verb: Verb;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly before: Slots;
  readonly after: Slots;
  readonly gates: readonly { readonly step: string; readonly gates: readonly Gate[] }[];
  /** Where a release stood that was cut off, and what was done about it. */
  readonly recovered: string | undefined;
  readonly notices: readonly string[];
}

export interface Conducted {
  readonly parts: ReleaseParts;
  readonly verb: Verb;
  /** Commit of the checkout. */
  readonly commit: string | undefined;
  /** The stack that the package is carried from. */
  readonly from?: string;
}

/** Exit code of an outcome: 0 done, 1 failed or undone, 3 a gate stopped it. */
export const EXIT_CODES: Readonly<Record<Outcome, 0 | 1 | 3>> = { done: 0, failed: 1, undone: 1, abandoned: 1, stopped: 3 };

/**
 * Runs a release under the lock of the stack. One that was cut off before it is finished, undone or closed first, by what the slots run.
 * @param run the release itself
 * @throws CommandError RELEASE_LOCKED, RELEASE_LOCK_LOST, RELEASE_JOURNAL_UNREADABLE; what a step throws
 */
export async function conduct({ parts, verb, commit, from }: Conducted, run: (session: Session) => Promise<End>): Promise<ReleaseResult> {
  const { target, now } = parts;
  const by = operatorOf(await target.record.token('https://storage.azure.com/.default'));
  const release = newReleaseId(now());
  const since = now().toISOString();
  const process = ownIdentity();
  const lock = await takeLock(target.releases, target.stack, { release, verb, by, process, since });
  try {
    const left = await parts.journal.read();
    const recovery = left && await recover(parts, lock, left, { verb, by, host: process.host });
    if (recovery?.result) return recovery.result;
    const { slots: before } = await parts.slots.settled();
    const journal: Journal = { format: 1, release, verb, by, host: process.host, since, step: 'started', stepSince: since, direction: verb === 'rollback' ? 'back' : 'forward', before, ...(commit === undefined ? {} : { commit }) };
    await lock.requireHeld();
    await parts.journal.write(journal);
    const session = openSession(parts, lock, journal);
    await session.tell({ event: 'started', verb, by, host: process.host, slots: before, ...(commit === undefined ? {} : { commit }), ...(from === undefined ? {} : { from }) });
    return await end(session, () => run(session), recovery?.statement);
  } finally {
    await lock.release();
  }
}

/** Runs what is left of a release, and ends it. What throws on the way stays open when production or the state of the stack may be half done: the next call goes on. */
async function end(session: Session, run: () => Promise<End>, recovered: string | undefined): Promise<ReleaseResult> {
  let ended: End;
  try {
    ended = await run();
  } catch (error) {
    if (error instanceof GateStop) ended = { outcome: 'stopped', reason: error.message };
    else {
      await closeHarmless(session, error as CommandError);
      throw error;
    }
  }
  if (ended.outcome === 'done' || ended.outcome === 'undone') await noteInRecord(session, ended);
  const after = await session.finish(ended.outcome, ended.reason);
  const { journal, gates, notices, parts } = session;
  return { release: session.id, stack: parts.target.stack, verb: journal.verb, outcome: ended.outcome, reason: ended.reason, before: journal.before, after, gates, recovered, notices };
}

/** Closes a release that failed before anything of production was changed. One that has lost its lock writes nothing any more. */
async function closeHarmless(session: Session, { code, message }: { readonly code?: string; readonly message: string }): Promise<void> {
  if (code === 'RELEASE_LOCK_LOST') return;
  try {
    const { slots } = await session.parts.slots.facts();
    if (planRecovery(session.journal, slots, session.journal.verb).action === 'abandon') await session.finish('failed', `${code === undefined ? '' : `${code}: `}${message.split('\n')[0] ?? ''}`);
  } catch {
    // Then the next call decides.
  }
}

interface Next { readonly verb: Verb; readonly by: By; readonly host: string }

/** @returns a result when what was left is what the command asked for, or did not end well */
async function recover(parts: ReleaseParts, lock: HeldLock, left: Journal, next: Next): Promise<{ readonly statement: string; readonly result: ReleaseResult | undefined }> {
  const { slots } = await parts.slots.settled();
  const recovery = planRecovery(left, slots, next.verb);
  parts.progress.note(recovery.statement);
  const session = openSession(parts, lock, left);
  await session.tell({ event: 'taken-over', by: next.by, host: next.host, statement: recovery.statement });
  await noteSwap(session, recovery, slots);
  const result = await end(session, () => carryOut(session, recovery), recovery.statement);
  const isAnswer = recovery.action !== 'abandon' && (left.verb === next.verb || EXIT_CODES[result.outcome] !== 0);
  return { statement: recovery.statement, result: isAnswer ? result : undefined };
}

/** A release that was killed between the swap and the line about it: the log gets what ARM says. */
async function noteSwap(session: Session, { position }: Recovery, slots: Slots): Promise<void> {
  const { journal, parts } = session;
  if (journal.verb === 'deploy' || position === 'other') return;
  const last = (await parts.log.read()).findLast((event) => event.event === 'swapped' && event.release === journal.release);
  const told = last?.event === 'swapped' ? last.slots.production?.digest : journal.before.production?.digest;
  if (told === slots.production?.digest) return;
  const isForward = journal.verb === 'promote' && position === 'new';
  await session.tell({ event: 'swapped', slots, direction: isForward ? 'forward' : 'back' });
}

async function carryOut(session: Session, { action, statement }: Recovery): Promise<End> {
  const { journal } = session;
  switch (action) {
    case 'abandon': return { outcome: 'abandoned', reason: statement };
    case 'finish': return concludePromotion(session);
    case 'go-back': return goBack(session);
    case 'settle': return concludeSettled(session, journal.verb === 'promote' ? 'undone' : 'done', journal.reason);
    case 'go-on': return journal.wanted ? rollBackTo(session, journal.wanted) : { outcome: 'abandoned', reason: statement };
  }
}
