/** Something in the record that is not as it was written. */
export interface Finding {
  readonly code:
    /** There is no blob of a stream that a signed head speaks of. */
    | 'STREAM_MISSING'
    /** A blob of a stream is not there, and a later one is. */
    | 'SEGMENT_MISSING'
    /** A signed head speaks of a record after the last one. */
    | 'STREAM_TRUNCATED'
    | 'LINE_UNREADABLE'
    | 'LINE_TORN'
    | 'RECORD_MISSING'
    | 'RECORD_OUT_OF_ORDER'
    /** The digest of a record is not the one that the next record has, or it does not follow the one before. */
    | 'CHAIN_BROKEN'
    /** A record is not the one that was signed. */
    | 'ANCHOR_MISMATCH'
    | 'ANCHOR_FORGED'
    /** A line of the heads or of the manifest is none. */
    | 'ANCHOR_UNREADABLE'
    /** Two signed heads of the same record disagree. */
    | 'ANCHOR_CONTRADICTION'
    /** A stream has heads, and does not stand in the manifest. */
    | 'MANIFEST_LINE_MISSING'
    /** A blob that no writer of the record makes. */
    | 'BLOB_UNEXPECTED';
  readonly message: string;
  readonly stream?: string;
  readonly blob?: string;
  /** Number of the line in its blob, from 1. */
  readonly line?: number;
  /** Number of the record in its stream. */
  readonly seq?: number;
}

/** One line for people. */
export function describeFinding({ code, stream, blob, line, seq, message }: Finding): string {
  const where = [blob ?? stream, line === undefined ? undefined : `line ${line}`, seq === undefined ? undefined : `record ${seq}`].filter((part) => part !== undefined).join(', ');
  return `${code} in ${where}: ${message}`;
}
