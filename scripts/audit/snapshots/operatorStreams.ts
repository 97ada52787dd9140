import type { BelievedRecord } from '../chainCheck.ts';
import type { Finding } from '../finding.ts';
import type { OpenRecord } from '../openRecord.ts';
import type { Period } from '../period.ts';
import { vaultKeys } from '../publicKeys.ts';
import { readRecord, type SignatureKeys } from '../readRecord.ts';
import { blobSource, type BlobSource } from '../source.ts';
import { chooseStreams } from '../storedStreams.ts';

/** A record of an operator, and the stream that it stands in. */
export type OperatorRecord = BelievedRecord & { readonly stream: string };

/** What operators did on one day. */
export interface OperatorDay {
  /** Those that are to be believed. */
  readonly records: readonly OperatorRecord[];
  readonly findings: readonly Finding[];
}

/** The streams of operators, verified, and nothing of those of the server, which are many and large. */
export interface OperatorStreams {
  /** Days on which there may be one, in their order. */
  days(): Promise<string[]>;
  readDay(day: string): Promise<OperatorDay>;
}

const EVER: Period = { from: '0001-01-01', to: '9999-12-31' };

/** The streams of operators in the record. @throws CommandError AUDIT_KEY_UNREADABLE */
export function openOperatorStreams({ containers, keyUrl, token }: OpenRecord): OperatorStreams {
  return createOperatorStreams(blobSource(containers), vaultKeys(keyUrl, () => token('https://vault.azure.net/.default')));
}

export function createOperatorStreams(source: BlobSource, keys: SignatureKeys): OperatorStreams {
  return {
    // A day of which only the manifest is left counts: what it names is missing.
    days: async () => [...(await chooseStreams(source, EVER, 'operator')).days.keys()],
    async readDay(day) {
      const records: OperatorRecord[] = [];
      const { findings } = await readRecord(source, keys, { from: day, to: day }, {
        origin: 'operator',
        take: (believed, { stream }) => void records.push(...believed.map((one) => ({ ...one, stream }))),
      });
      return { records, findings };
    },
  };
}
