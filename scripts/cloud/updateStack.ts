import { readFileSync } from 'node:fs';
import type { StackName } from '../arguments.ts';
import { readEventLog } from '../policy/engine/eventLog.ts';
import { updateWithEvidence } from '../policy/evidence/updateLogs.ts';
import type { StepTitle } from '../progress.ts';
import type { LocalFolders } from './folders.ts';
import { judgedBy, type PolicyJudgement } from './policyJudgement.ts';
import type { PulumiRunner } from './pulumi.ts';

export interface StackUpdate {
  readonly summary: UpdateSummary;
  readonly policy: PolicyJudgement;
}

export interface UpdatedStack {
  readonly pulumi: PulumiRunner;
  readonly stack: StackName;
  /** Where the evidence of the update is kept. */
  readonly folders: LocalFolders;
}

export interface UpdateSummary {
  readonly changed: boolean;
  /** The counts, in one line. */
  readonly text: string;
}

/**
 * `pulumi up` with the policy pack, which the runner's environment names. What the pack forbids stops it.
 * @throws CommandError PULUMI_FAILED with what the engine printed
 */
export async function updateStack({ pulumi, stack, folders }: UpdatedStack, update: (text: string) => void): Promise<StackUpdate> {
  const { output, log } = await updateWithEvidence(folders, pulumi, stack, ['--yes', '--non-interactive', '--color', 'never'], (line) => update(line.trim()));
  return { summary: readSummary(output), policy: judgedBy(readEventLog(readFileSync(log, 'utf8'), log)) };
}

/** What is said while a stack is updated, and after it. */
export function updateTitle(stack: StackName): StepTitle<StackUpdate> {
  return { running: `pulumi up, stack ${stack}, with the policy pack`, done: `pulumi up, stack ${stack}` };
}

/** The counts under `Resources:` that the engine ends with. */
export function readSummary(output: string): UpdateSummary {
  const lines = output.split('\n').map((line) => line.trim());
  const start = lines.lastIndexOf('Resources:');
  const counts: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line === '') break;
    counts.push(line);
  }
  return { changed: counts.some((line) => /^[+~-]|^\+-/.test(line)), text: start < 0 ? '' : counts.join(', ') };
}
