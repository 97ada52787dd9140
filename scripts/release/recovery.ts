import type { Journal } from './journal.ts';
import type { Slots, Verb } from './log/events.ts';
import { shortDigest } from './package.ts';

/** What production runs, seen from a release that was cut off: what it ran before, what the release is about, or neither. */
export type Position = 'old' | 'new' | 'other';

/**
 * What is done about a release that was cut off. `abandon`: nothing is left to do, or nobody can tell; it is closed. `finish`: the swap has happened; what comes after it is done.
 * `go-back`: verification has failed, and the swap back has not happened yet. `settle`: production is where it shall be; the state of the stack follows. `go-on`: a rollback swaps.
 */
export type RecoveryAction = 'abandon' | 'finish' | 'go-back' | 'settle' | 'go-on';

export interface Recovery {
  readonly action: RecoveryAction;
  readonly position: Position;
  /** Where it stood, for the person who runs the next one. */
  readonly statement: string;
}

/** Steps of a rollback before which nothing was changed. */
const HARMLESS_STEPS: readonly string[] = ['started', 'preconditions'];

/** What production runs now, seen from the release. Decided by what ARM says the slots are set to run. */
export function positionOf({ before, wanted }: Pick<Journal, 'before' | 'wanted'>, slots: Slots): Position {
  if (wanted !== undefined && slots.production?.digest === wanted.digest) return 'new';
  return slots.production?.digest === before.production?.digest ? 'old' : 'other';
}

/**
 * Decides about a release that was cut off, from what the slots run. The journal says what it was about, never how far it came.
 * @param next verb of the command that found it
 */
export function planRecovery(journal: Journal, slots: Slots, next: Verb): Recovery {
  const position = positionOf(journal, slots);
  const action = actionOf(journal, position, next);
  return { action, position, statement: statementOf(journal, slots, position, action) };
}

function actionOf({ verb, direction, step }: Journal, position: Position, next: Verb): RecoveryAction {
  if (verb === 'deploy' || position === 'other') return 'abandon';
  if (verb === 'rollback') {
    if (position === 'new') return 'settle';
    return HARMLESS_STEPS.includes(step) ? 'abandon' : 'go-on';
  }
  if (direction === 'back') return position === 'new' ? 'go-back' : 'settle';
  if (position === 'old') return 'abandon';
  // Whoever wants the former package back is not kept waiting by a verification.
  return next === 'rollback' ? 'abandon' : 'finish';
}

const WORDS: Readonly<Record<RecoveryAction, string>> = {
  abandon: 'It is closed.',
  finish: 'It is finished now: production is verified, and the state of the stack follows.',
  'go-back': 'Its verification of production had failed: production is brought back now.',
  settle: 'Production is where it shall be; the state of the stack follows now.',
  'go-on': 'It goes on now.',
};

function statementOf({ release, verb, by, host, step, stepSince, wanted }: Journal, slots: Slots, position: Position, action: RecoveryAction): string {
  const swap = verb === 'deploy' ? 'production is not its concern'
    : position === 'new' ? `the swap had happened: production runs ${shortDigest(wanted?.digest)}`
    : position === 'old' ? 'the swap had not happened, or is undone'
    : `production runs ${shortDigest(slots.production?.digest)}, which neither this release nor the one before it brought there`;
  return `Release ${release} (${verb}) of ${by.oid} on ${host} was cut off: it stood at step "${step}" since ${stepSince}; ${swap}. Staging runs ${shortDigest(slots.staging?.digest)}. ${WORDS[action]}`;
}
