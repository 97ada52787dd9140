import { progressOf, type CommandContext } from '../commands/commandContext.ts';
import { openSlots } from './arm/slots.ts';
import { openJournal } from './journal.ts';
import { openReleaseLog } from './log/releaseLog.ts';
import type { OpenCloud } from './openTarget.ts';
import type { ReleaseParts } from './session.ts';
import type { ReleaseTarget } from './target.ts';
import { verifySlot } from './verify/verifySlot.ts';

/** What a release of a target works with. @param acceptedChanges changes of what production offers that may be promoted */
export function openParts(context: CommandContext, cloud: Pick<OpenCloud, 'awaitEngine'>, target: ReleaseTarget, acceptedChanges: readonly string[] = []): ReleaseParts {
  const progress = progressOf(context);
  let last = '';
  return {
    target,
    slots: openSlots(target, (text) => {
      // Said once, and not at every poll.
      if (text !== last) progress.note(text);
      last = text;
    }),
    log: openReleaseLog(target.releases, target.stack),
    journal: openJournal(target.releases, target.stack),
    progress,
    verify: verifySlot,
    awaitEngine: cloud.awaitEngine,
    acceptedChanges,
    now: () => new Date(),
  };
}
