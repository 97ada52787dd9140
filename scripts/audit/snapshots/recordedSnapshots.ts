import { z } from 'zod';
import type { RecordLine } from '../lines.ts';
import type { Finding, VerifiedStream } from '../verifyStream.ts';

/** The operation by which the record knows of a snapshot. */
export const OPERATION = 'access.snapshot';

const lineSchema = z.looseObject({
  kind: z.literal('operation'), operation: z.literal(OPERATION), seq: z.int(), at: z.iso.datetime(),
  by: z.object({ oid: z.string(), azp: z.string() }),
  details: z.object({ blob: z.string(), digest: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }),
});

/** A snapshot as the record has it: signed, so that nobody can say later that it was another. */
export interface RecordedSnapshot {
  readonly takenAt: string;
  readonly by: { readonly oid: string; readonly azp: string };
  readonly blob: string;
  readonly digest: string;
  readonly bytes: number;
  readonly stream: string;
}

export interface FoundSnapshots {
  /** The last one that was taken up to the time; undefined when the first one is later. */
  readonly used: RecordedSnapshot | undefined;
  /** The one after the time. */
  readonly next: RecordedSnapshot | undefined;
  /** What is not as it was written in the streams that were read: a snapshot may be missing among those that were found. */
  readonly findings: readonly Finding[];
}

/**
 * Finds the snapshot that tells of a time, and the one after it. Reads the streams of operators day by day, away from the time, until there is one.
 * @param days those of which the record or its manifest speaks, each as YYYY-MM-DD, in their order
 * @param readDay verifies the streams of operators that began on a day
 */
export async function findSnapshots(days: readonly string[], readDay: (day: string) => Promise<readonly VerifiedStream[]>, at: Date): Promise<FoundSnapshots> {
  const asked = at.toISOString();
  const askedDay = asked.slice(0, 'YYYY-MM-DD'.length);
  const read = new Map<string, readonly VerifiedStream[]>();
  const snapshotsOf = async (day: string): Promise<RecordedSnapshot[]> => {
    const streams = read.get(day) ?? (await readDay(day));
    read.set(day, streams);
    return streams.flatMap(snapshotsIn).sort((left, right) => (left.takenAt < right.takenAt ? -1 : 1));
  };
  let used: RecordedSnapshot | undefined;
  for (const day of days.filter((one) => one <= askedDay).reverse()) {
    used = (await snapshotsOf(day)).findLast(({ takenAt }) => takenAt <= asked);
    if (used) break;
  }
  let next: RecordedSnapshot | undefined;
  for (const day of days.filter((one) => one >= askedDay)) {
    next = (await snapshotsOf(day)).find(({ takenAt }) => takenAt > asked);
    if (next) break;
  }
  return { used, next, findings: [...read.values()].flat().flatMap(({ findings }) => findings) };
}

/** Those that count: in a stream that is as it was written, and before its last signed head. */
function snapshotsIn({ stream, lines, findings, unanchored }: VerifiedStream): RecordedSnapshot[] {
  if (findings.length > 0) return [];
  return lines.slice(0, lines.length - unanchored).flatMap((line: RecordLine) => {
    const parsed = lineSchema.safeParse(line);
    if (!parsed.success) return [];
    const { at, by, details } = parsed.data;
    return [{ takenAt: at, by, blob: details.blob, digest: details.digest, bytes: details.bytes, stream }];
  });
}
