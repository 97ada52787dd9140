import type { StackName } from '../../arguments.ts';
import type { LocalFolders } from '../../cloud/folders.ts';
import type { PulumiRunner } from '../../cloud/pulumi.ts';
import { readEventLog } from '../engine/eventLog.ts';
import { lastUpdateOf, type PastUpdate } from '../engine/history.ts';
import { cutOffUpdate, lastUpdateVerdict, logOfUpdate } from '../lastUpdate.ts';
import type { Subject } from '../report.ts';
import { listUpdateLogs, type UpdateLog } from './updateLogs.ts';

/** Refreshes and previews stand in a history as well, between two updates. */
const HISTORY_PAGE = '100';

/** The update that made a stack what it is, by the engine's history; undefined when there is none. */
export async function readLastUpdate(pulumi: PulumiRunner, stack: StackName): Promise<PastUpdate | undefined> {
  return lastUpdateOf(await pulumi.run(['stack', 'history', '--json', '--page-size', HISTORY_PAGE, '--stack', stack]));
}

/**
 * What the pack made of the last update, by the evidence that was kept where it ran. One that was cut off stands in no history, and its log tells all the same.
 * @param last of `readLastUpdate`
 * @param pack name of the pack whose verdict is asked for
 */
export function judgeLastUpdate(last: PastUpdate | undefined, pack: string, stack: StackName, folders: LocalFolders): { readonly lastUpdate: NonNullable<Subject['lastUpdate']>; readonly log: UpdateLog | undefined } {
  const kept = listUpdateLogs(folders, stack).map((log) => ({ log, events: readEventLog(log.text, log.file) }));
  const cutOff = cutOffUpdate(last, kept);
  const found = cutOff ?? (last && logOfUpdate(last, kept));
  return { lastUpdate: lastUpdateVerdict(cutOff === undefined ? last : undefined, found?.events, pack), log: found?.log };
}
