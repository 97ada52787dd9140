import type { StackName } from '../arguments.ts';
import { CommandError } from '../commandError.ts';
import type { Progress } from '../progress.ts';
import type { ControlClient } from './controlClient.ts';
import type { LocalFolders } from './folders.ts';
import { endOrphans } from './orphans.ts';
import { settlePendingCreates } from './pendingCreates.ts';
import type { PulumiRunner } from './pulumi.ts';
import { releaseStaleLock } from './stackLock.ts';

export interface LocalStack {
  readonly folders: LocalFolders;
  readonly pulumi: PulumiRunner;
  readonly control: Pick<ControlClient, 'locate'>;
  readonly stack: StackName;
  readonly progress: Progress;
}

/** Makes a stack of the local backend ready for an update, whatever an earlier one that was cut off has left: docs/decisions/004-cut-off-updates.md. @throws CommandError STACK_BUSY */
export async function readyLocalStack({ folders, pulumi, control, stack, progress }: LocalStack): Promise<void> {
  await pulumi.run(['stack', 'select', '--create', stack]);
  if (await releaseStaleLock(folders, pulumi, stack)) {
    await endOrphans(folders);
    progress.note(`An earlier update of stack ${stack} was cut off; its lock is released.`);
  }
  const undecided = await settlePendingCreates(folders, pulumi, control, stack);
  if (undecided > 0) progress.note(`${undecided} creates of an earlier update were undecided; what they made is part of the stack now.`);
}

/** How long an engine that outlived its command is waited for. */
const BUSY_TIMEOUT_MS = 10 * 60_000;
const BUSY_POLL_MS = 500;

/**
 * Waits for an engine that still works on the stack, as a command that was killed leaves it behind, and mends what one has left that is gone.
 * @throws CommandError STACK_BUSY after ten minutes
 */
export async function awaitEngine({ folders, pulumi, control, stack }: Omit<LocalStack, 'progress'>, onWait: (text: string) => void): Promise<void> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      if (!(await releaseStaleLock(folders, pulumi, stack))) return;
      await endOrphans(folders);
      await settlePendingCreates(folders, pulumi, control, stack);
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'STACK_BUSY' || Date.now() > deadline) throw error;
      onWait('another pulumi works on the stack');
      await new Promise((resolve) => setTimeout(resolve, BUSY_POLL_MS));
    }
  }
}
