import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackName } from '../arguments.ts';
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
  /** Where the evidence of the update is kept; it is kept nowhere without. */
  readonly folders?: LocalFolders | undefined;
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
  const args = ['--yes', '--non-interactive', '--color', 'never'];
  const onLine = (line: string): void => update(line.trim());
  if (folders) {
    const { output, log } = await updateWithEvidence(folders, pulumi, stack, args, onLine);
    return { summary: readSummary(output), policy: judgedBy(readFileSync(log, 'utf8')) };
  }
  const folder = mkdtempSync(join(tmpdir(), 'mcp-update-'));
  try {
    const log = join(folder, 'events.jsonl');
    const output = await pulumi.run(['up', '--stack', stack, '--event-log', log, ...args], onLine);
    return { summary: readSummary(output), policy: judgedBy(readFileSync(log, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
