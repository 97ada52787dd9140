import { randomBytes } from 'node:crypto';
import { CommandError } from '../commandError.ts';
import type { Progress, StepTitle } from '../progress.ts';
import type { SlotClient } from './arm/slots.ts';
import type { Gate } from './gate.ts';
import type { Journal, JournalStore } from './journal.ts';
import type { HeldLock } from './lease/leaseLock.ts';
import type { NewEvent, Outcome, Slots } from './log/events.ts';
import type { ReleaseLog } from './log/releaseLog.ts';
import type { ReleaseTarget } from './target.ts';
import type { verifySlot } from './verify/verifySlot.ts';

/** What a release works with. */
export interface ReleaseParts {
  readonly target: ReleaseTarget;
  readonly slots: SlotClient;
  readonly log: ReleaseLog;
  readonly journal: JournalStore;
  readonly progress: Progress;
  readonly verify: typeof verifySlot;
  /** Waits until the engine may work on the stack. */
  readonly awaitEngine: (onWait: (text: string) => void) => Promise<void>;
  /** Changes of what production offers that may be promoted. */
  readonly acceptedChanges: readonly string[];
  readonly now: () => Date;
}

/** Steps of a release, in no order of their own. */
export type StepName = 'preconditions' | 'update' | 'candidate' | 'carry' | 'verify-staging' | 'differences' | 'prepare' | 'swap' | 'health' | 'verify-production' | 'refresh' | 'pin' | 'preview' | 'sign' | 'snapshot';

/** A release under way, under the lock: each step is in the journal before it begins, and in the log when it begins and ends. */
export interface Session {
  readonly id: string;
  readonly parts: ReleaseParts;
  /** How far it has come. */
  readonly journal: Journal;
  /** Gates that were asked, by step. */
  readonly gates: readonly { readonly step: string; readonly gates: readonly Gate[] }[];
  /** What is to be told beside the result. */
  readonly notices: string[];
  /** @throws CommandError RELEASE_LOCK_LOST before the step begins; what the step throws */
  step<T>(name: StepName, title: StepTitle<T>, run: (update: (text: string) => void) => Promise<T>): Promise<T>;
  tell(event: NewEvent): Promise<void>;
  /** Notes gates. @throws GateStop when one of them does not pass */
  pass(step: StepName, gates: readonly Gate[]): Promise<void>;
  note(step: StepName, gates: readonly Gate[]): Promise<void>;
  /** Keeps gates for the result that stand in the log by other means. */
  keep(step: StepName, gates: readonly Gate[]): void;
  /** What the release is about, once it is known. */
  about(members: Partial<Pick<Journal, 'wanted' | 'commit' | 'direction' | 'reason'>>): void;
  /** Ends it. */
  finish(outcome: Outcome, reason?: string): Promise<Slots>;
}

/** A gate did not pass. Exit code 3. */
export class GateStop extends CommandError {
  readonly gates: readonly Gate[];
  constructor(step: string, gates: readonly Gate[]) {
    const failed = gates.filter(({ pass }) => !pass);
    super('RELEASE_GATE', `${failed.length === 1 ? 'A gate stopped' : `${failed.length} gates stopped`} the release at step "${step}".${failed.map(describeGate).join('')}`, 3);
    this.gates = failed;
  }
}

/** A gate in lines for people. */
export function describeGate({ name, measured, limit, details }: Gate): string {
  return `\n  ${name}: ${measured}, allowed ${limit}${details.map((line) => `\n    ${line}`).join('')}`;
}

/** A name that sorts by time. */
export function newReleaseId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-${randomBytes(4).toString('hex')}`;
}

/** Opens a release that is new, or one that was cut off. @param from its journal so far */
export function openSession(parts: ReleaseParts, lock: Pick<HeldLock, 'requireHeld'>, from: Journal): Session {
  let journal = from;
  const gates: { step: string; gates: readonly Gate[] }[] = [];
  const tell = (event: NewEvent): Promise<void> => parts.log.append(journal.release, event);
  const keep = (step: StepName, asked: readonly Gate[]): void => void gates.push({ step, gates: asked });
  const note = async (step: StepName, asked: readonly Gate[]): Promise<void> => {
    keep(step, asked);
    await tell({ event: 'gates', step, gates: asked.map((gate) => ({ ...gate, details: [...gate.details] })) });
  };
  return {
    id: from.release,
    parts,
    get journal() {
      return journal;
    },
    gates,
    notices: [],
    tell,
    note,
    keep,
    about(members) {
      journal = { ...journal, ...members };
    },
    async step(name, title, run) {
      await lock.requireHeld();
      journal = { ...journal, step: name, stepSince: parts.now().toISOString() };
      await parts.journal.write(journal);
      await tell({ event: 'step', step: name, state: 'begun' });
      try {
        const result = await parts.progress.step(title, run);
        await tell({ event: 'step', step: name, state: 'done' });
        return result;
      } catch (error) {
        await tell({ event: 'step', step: name, state: 'failed', message: firstLineOf(error) }).catch(() => undefined);
        throw error;
      }
    },
    async pass(step, asked) {
      await note(step, asked);
      if (asked.some(({ pass }) => !pass)) throw new GateStop(step, asked);
    },
    async finish(outcome, reason) {
      await lock.requireHeld();
      const { slots } = await parts.slots.facts();
      await tell({ event: 'finished', outcome, slots, ...(reason === undefined ? {} : { reason }) });
      await parts.journal.clear();
      return slots;
    },
  };
}

function firstLineOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message: string };
  return `${typeof code === 'string' ? `${code}: ` : ''}${message.split('\n')[0] ?? ''}`;
}
