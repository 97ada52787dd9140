import { CommandError } from '../../commandError.ts';
import type { Finding } from '../verifyStream.ts';
import { accessRows, type AccessFilter, type AccessRow } from './accessRows.ts';
import { noticesOf, tokensFor, type TokensFor } from './notices.ts';
import type { FoundSnapshots, RecordedSnapshot } from './recordedSnapshots.ts';
import type { SnapshotFinding } from './readSnapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** What `audit access --at` answers. */
export interface AccessAnswer {
  readonly askedAt: string;
  /** The snapshot that it is answered from; null when none is left in a record that is not as it was written. */
  readonly snapshot: (RecordedSnapshot & { readonly secondsBefore: number }) | null;
  /** The one after the asked time; null when there is none yet. */
  readonly next: { readonly takenAt: string; readonly changes: boolean } | null;
  /** Absent when there is no snapshot that can be trusted. */
  readonly access?: {
    readonly application: Snapshot['application'];
    readonly tokensFor: TokensFor;
    readonly rows: readonly AccessRow[];
    readonly notices: readonly string[];
  };
  readonly findings: readonly (Finding | SnapshotFinding)[];
}

export interface Question {
  readonly at: Date;
  readonly filter: AccessFilter;
  readonly found: FoundSnapshots;
  readonly read: (recorded: RecordedSnapshot) => Promise<Snapshot | SnapshotFinding>;
}

/**
 * Answers from the last snapshot up to the time. One that was altered or removed is told of, and nothing is answered in its place: an earlier one would hide what happened.
 * @throws CommandError SNAPSHOT_NONE_YET, SNAPSHOT_NO_SUCH_TOOL
 */
export async function answerAccessAt({ at, filter, found: { used, next, findings }, read }: Question): Promise<AccessAnswer> {
  if (!used && findings.length > 0) return { askedAt: at.toISOString(), snapshot: null, next: next === undefined ? null : { takenAt: next.takenAt, changes: true }, findings };
  if (!used) throw new CommandError('SNAPSHOT_NONE_YET', `There is no snapshot up to ${at.toISOString()}. ${next === undefined ? 'None has been taken yet: npm run audit -- snapshot takes one.' : `The earliest is of ${next.takenAt}: ask for that time or a later one.`}`);
  const base = {
    askedAt: at.toISOString(),
    snapshot: { ...used, secondsBefore: Math.round((at.getTime() - Date.parse(used.takenAt)) / 1_000) },
    next: next === undefined ? null : { takenAt: next.takenAt, changes: next.digest !== used.digest },
  };
  const snapshot = await read(used);
  if ('code' in snapshot) return { ...base, findings: [snapshot, ...findings] };
  const names = snapshot.catalogue.tools.map(({ name }) => name);
  if (filter.tool !== undefined && !names.includes(filter.tool)) throw new CommandError('SNAPSHOT_NO_SUCH_TOOL', `There was no tool "${filter.tool}" when the snapshot of ${used.takenAt} was taken. Tools: ${names.join(', ')}.`, 2);
  const rows = accessRows(snapshot, filter, at.getTime());
  return { ...base, access: { application: snapshot.application, tokensFor: tokensFor(snapshot.application), rows, notices: noticesOf(snapshot, filter, rows, at.getTime()) }, findings };
}
