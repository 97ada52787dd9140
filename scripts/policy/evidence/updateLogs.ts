import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { StackName } from '../../arguments.ts';
import { projectDir, type LocalFolders } from '../../cloud/folders.ts';
import type { PulumiRunner } from '../../cloud/pulumi.ts';
import { digestOfPack, sha256 } from '../pack/digest.ts';

/** Updates of a stack whose evidence is kept: the newest. A log has about 1 MB. */
export const KEPT_UPDATES = 20;

const LOG = '.jsonl';
const NOTE = '.run.json';

/** What an event log does not say of the run that it is of. */
const noteSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  /** Over the files of the pack as they were then. */
  packSha256: z.string(),
  packVersion: z.string(),
  /** Levels and settings as they were then: policy/config/<stack>.json. */
  configuration: z.json(),
  exemptionsSha256: z.string(),
});

/** What was kept of an update. */
export interface UpdateLog {
  readonly file: string;
  readonly text: string;
  readonly note: z.output<typeof noteSchema> | undefined;
}

/** Where the evidence of a stack's updates lies. */
export function evidenceFolder({ root }: LocalFolders, stack: StackName): string {
  return join(root, 'evidence', stack);
}

/**
 * Updates a stack and keeps the engine's event log, which says of each resource what the pack made of it, with a note of pack, levels and settings beside it. What an update that
 * fails or is cut off has written stays. Secrets are masked by the engine. The oldest beyond KEPT_UPDATES are removed.
 * @param args arguments behind `pulumi up`
 * @returns standard output, and the file of the log
 * @throws CommandError PULUMI_FAILED
 */
export async function updateWithEvidence(folders: LocalFolders, pulumi: PulumiRunner, stack: StackName, args: readonly string[], onLine: (line: string) => void): Promise<{ readonly output: string; readonly log: string }> {
  const folder = evidenceFolder(folders, stack);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const startedAt = new Date().toISOString();
  // Two at once do not come about: the second finds the stack locked. Their names differ all the same.
  const name = `${startedAt.replaceAll(':', '-')}-${process.pid}`;
  const log = join(folder, `${name}${LOG}`);
  const pack = (file: string): string => readFileSync(join(projectDir, 'policy', file), 'utf8');
  const note = {
    startedAt,
    packSha256: digestOfPack(),
    packVersion: z.object({ version: z.string() }).parse(JSON.parse(pack('package.json'))).version,
    configuration: z.json().parse(JSON.parse(pack(`config/${stack}.json`))),
    exemptionsSha256: sha256(pack('exemptions.yaml')),
  } satisfies z.output<typeof noteSchema>;
  writeFileSync(join(folder, `${name}${NOTE}`), `${JSON.stringify(note, undefined, 2)}\n`, { mode: 0o600 });
  // The engine would make it readable for all.
  writeFileSync(log, '', { mode: 0o600 });
  try {
    return { output: await pulumi.run(['up', '--stack', stack, '--event-log', log, ...args], onLine), log };
  } finally {
    removeOldest(folder);
  }
}

function removeOldest(folder: string): void {
  const names = namesIn(folder);
  for (const name of names.slice(0, Math.max(0, names.length - KEPT_UPDATES))) for (const ending of [LOG, NOTE]) rmSync(join(folder, `${name}${ending}`), { force: true });
}

/** Names begin with the time, so that their order is that of the updates. */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return [...new Set(readdirSync(folder).filter((file) => [LOG, NOTE].some((ending) => file.endsWith(ending))).map((file) => file.replace(/\.(run\.json|jsonl)$/, '')))].sort();
}

/** What was kept of the updates of a stack, the newest first. A log in which nothing stands, as of an update that was refused at once, is none. */
export function listUpdateLogs(folders: LocalFolders, stack: StackName): UpdateLog[] {
  const folder = evidenceFolder(folders, stack);
  return namesIn(folder).reverse().flatMap((name) => {
    const file = join(folder, `${name}${LOG}`);
    if (!existsSync(file) || statSync(file).size === 0) return [];
    const note = join(folder, `${name}${NOTE}`);
    return [{ file, text: readFileSync(file, 'utf8'), note: existsSync(note) ? noteSchema.parse(JSON.parse(readFileSync(note, 'utf8'))) : undefined }];
  });
}
