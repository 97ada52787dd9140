import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackName } from '../arguments.ts';
import type { LocalFolders } from '../cloud/folders.ts';
import type { PulumiRunner } from '../cloud/pulumi.ts';
import { CommandError } from '../commandError.ts';
import { errorsOf, readEventLog } from './engine/eventLog.ts';
import { readState, stateEvidence } from './engine/state.ts';
import { judgeLastUpdate, readLastUpdate } from './evidence/lastUpdate.ts';
import { keepEvidence } from './evidence/reportEvidence.ts';
import { judgePreview, type KnownPack } from './judge/preview.ts';
import { judgeResources } from './judge/resources.ts';
import { unjudged, type Judged } from './judge/judged.ts';
import { liveResources } from './live/liveResources.ts';
import { listGroups, unmanagedOf, type ArmReader } from './live/resourceGroups.ts';
import type { PackConfiguration } from './pack/configuration.ts';
import { startPack } from './pack/packProcess.ts';
import type { Evidence, Subject } from './report.ts';

/** What judging takes beside the stack. */
export interface Bench {
  readonly stack: StackName;
  /** Of the Pulumi project. */
  readonly project: string;
  readonly pulumi: PulumiRunner;
  readonly pack: KnownPack & { readonly version: string; readonly configuration: PackConfiguration };
  /** Folder of the report. */
  readonly folder: string;
  /** Evidence that stands for each subject of the stack: configuration and exemptions of the pack. */
  readonly common: readonly Evidence[];
}

/** Behind these the engine says the same in many more words. */
const REASON_LINES = 12;

/** What an update would make of the stack, as the engine itself runs the pack. */
export async function previewSubject({ stack, project, pulumi, pack, folder, common }: Bench): Promise<Subject> {
  const { log, problem } = await withEventLog(pulumi, ['preview', '--stack', stack, '--non-interactive', '--color', 'never']);
  // A preview that the pack refused fails as well: its log tells.
  const judged = log === '' ? unjudged(problem ?? 'Not judged: the engine kept no event log.') : judgePreview(readEventLog(log, 'the event log of the preview'), pack, stack, project);
  const evidence = log === '' ? [] : [keepEvidence(folder, 'event-log', `${stack}/preview.jsonl`, log)];
  return subjectOf(stack, 'preview', judged, [...evidence, ...common]);
}

/** The state that the last update left, and what the pack made of that update. @param state what `pulumi stack export` printed */
export async function deployedSubject(bench: Bench, state: string, folders: LocalFolders): Promise<Subject> {
  const { stack, project, pulumi, pack, folder, common } = bench;
  const judged = await withPack(bench, (running) => judgeResources(running, pack, pack.version, readState(state), stack, project));
  const { lastUpdate, log } = judgeLastUpdate(await readLastUpdate(pulumi, stack), pack.name, stack, folders);
  const evidence = [
    keepEvidence(folder, 'state', `${stack}/state.json`, stateEvidence(state)),
    ...(log === undefined ? [] : [keepEvidence(folder, 'event-log', `${stack}/last-update.jsonl`, log.text), ...(log.note === undefined ? [] : [keepEvidence(folder, 'policy-configuration', `${stack}/last-update.run.json`, `${JSON.stringify(log.note, undefined, 2)}\n`)])]),
  ];
  return { ...subjectOf(stack, 'deployed', judged, [...evidence, ...common]), lastUpdate };
}

/** What Azure answers now. Neither state nor resources are changed. @param state what `pulumi stack export` printed */
export async function liveSubject(bench: Bench, state: string, arm: ArmReader): Promise<Subject> {
  const { stack, project, pulumi, pack, folder, common } = bench;
  const evidence: Evidence[] = [];
  const judge = async (): Promise<Judged> => {
    const { log, problem } = await withEventLog(pulumi, ['refresh', '--preview-only', '--stack', stack, '--non-interactive', '--color', 'never']);
    if (log !== '') evidence.push(keepEvidence(folder, 'live-resources', `${stack}/live.jsonl`, log));
    const events = readEventLog(log, 'the event log of the refresh');
    if (problem !== undefined) return unjudged(errorsOf(events) === '' ? problem : `Not judged: Azure could not be read.\n${errorsOf(events)}`);
    const { resources, missing } = liveResources(readState(state), events);
    const listed = await listGroups(arm, resources);
    evidence.push(keepEvidence(folder, 'live-resources', `${stack}/resource-groups.json`, `${JSON.stringify(listed, undefined, 2)}\n`));
    return { ...(await withPack(bench, (running) => judgeResources(running, pack, pack.version, resources, stack, project))), missing: [...missing], unmanaged: unmanagedOf(listed, resources) };
  };
  const judged = await judge().catch((error: unknown) => {
    if (error instanceof CommandError) return unjudged(`Not judged, ${error.code}: ${error.message}`);
    throw error;
  });
  return subjectOf(stack, 'live', judged, [...evidence, ...common]);
}

/** @returns what `pulumi stack export` prints; undefined when the stack is not deployed */
export async function exportState(pulumi: PulumiRunner, stack: StackName): Promise<string | undefined> {
  const text = await pulumi.run(['stack', 'export', '--stack', stack]).catch((error: unknown) => {
    if (error instanceof CommandError && /no stack named/.test(error.message)) return undefined;
    throw error;
  });
  return text === undefined || readState(text).length === 0 ? undefined : text;
}

export function subjectOf(stack: StackName, kind: Subject['kind'], judged: Judged, evidence: readonly Evidence[]): Subject {
  return { stack, kind, judgedAt: new Date().toISOString(), ...judged, evidence: [...evidence] };
}

/** A pack remembers what it has judged, for its rules on exemptions and drift: each subject gets one of its own. */
async function withPack<T>({ pack }: Bench, work: (running: Awaited<ReturnType<typeof startPack>>) => Promise<T>): Promise<T> {
  const running = await startPack();
  try {
    await running.configure(pack.configuration);
    return await work(running);
  } finally {
    await running.close();
  }
}

/**
 * Runs the engine with an event log.
 * @returns the log, and why the engine failed, when it did
 */
async function withEventLog(pulumi: PulumiRunner, args: readonly string[]): Promise<{ readonly log: string; readonly problem?: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'policy-report-'));
  const file = join(folder, 'events.jsonl');
  try {
    const problem = await pulumi.run([...args, '--event-log', file]).then(() => undefined, (error: unknown) => {
      if (error instanceof CommandError) return error.message;
      throw error;
    });
    return { log: existsSync(file) ? readFileSync(file, 'utf8') : '', ...(problem === undefined ? {} : { problem: `Not judged: ${problem.split('\n').slice(0, REASON_LINES).join('\n')}` }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
