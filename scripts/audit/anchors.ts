import type { Finding } from './finding.ts';
import { parseHead, signedTextOf, type Head } from './lines.ts';
import { splitLines, textOf } from './rawLines.ts';

/** A line of heads or of a manifest, with its place. */
export interface AnchorLine {
  readonly blob: string;
  /** From 1. */
  readonly line: number;
  /** Undefined for a line that is none. */
  readonly head: Head | undefined;
}

/** Whether a signature over a text is that of the key of the record. */
export type VerifySignature = (key: string, text: string, signature: string) => boolean;

/** What the manifest of its day has of a stream. */
export interface ManifestOfStream {
  readonly lines: readonly AnchorLine[];
  /** Whether lines stand in it that cannot be read: one of this stream may have been among them. */
  readonly hasJunk: boolean;
}

/** What is signed about one stream. */
export interface StreamAnchors {
  /** By number of the record. More than one when a time-out had the same head stored twice; they agree, or there is a finding. */
  readonly bySeq: ReadonlyMap<number, readonly Head[]>;
  /** The head of the latest record; undefined when nothing is signed. */
  readonly last: Head | undefined;
  readonly findings: readonly Finding[];
  /** Whether something that was signed may be missing here: records that no head speaks of are not to be believed then. */
  readonly isInDoubt: boolean;
}

/** Reads the lines of a blob of `anchors`, empty ones and torn ones included. */
export async function readAnchorLines(blob: string, chunks: AsyncIterable<Buffer>): Promise<AnchorLine[]> {
  const found: AnchorLine[] = [];
  for await (const lines of splitLines(chunks)) {
    for (const raw of lines) {
      const read = textOf(raw);
      found.push({ blob, line: found.length + 1, head: 'text' in read ? parseHead(read.text) : undefined });
    }
  }
  return found;
}

/**
 * Judges what is signed about a stream. A line counts when its signature is that of the key of the record.
 * @param heads lines of the stream's own blob; undefined when there is no such blob
 * @param manifest lines of the manifest that name the stream, and whether other lines of it are none
 */
export function judgeAnchors(stream: string, heads: readonly AnchorLine[] | undefined, { lines: manifest, hasJunk }: ManifestOfStream, verifySignature: VerifySignature): StreamAnchors {
  const findings: Finding[] = [];
  const bySeq = new Map<number, Head[]>();
  const judge = ({ blob, line, head }: AnchorLine, isOfManifest: boolean): boolean => {
    const at = { stream, blob, line };
    if (head?.stream !== stream || (isOfManifest && (head.seq !== 0 || head.segment !== 0))) {
      findings.push({ ...at, code: 'ANCHOR_UNREADABLE', message: isOfManifest ? 'The line is not the head of the first record of the stream.' : 'The line is no head of the stream.' });
      return false;
    }
    if (!verifySignature(head.key, signedTextOf(head), head.signature)) {
      findings.push({ ...at, seq: head.seq, code: 'ANCHOR_FORGED', message: `The signature is not that of the key ${head.key}.` });
      return false;
    }
    const same = bySeq.get(head.seq) ?? [];
    const other = same.find((one) => one.head !== head.head || one.segment !== head.segment);
    if (other) findings.push({ ...at, seq: head.seq, code: 'ANCHOR_CONTRADICTION', message: `Another head of the same record was signed on ${other.at}.` });
    bySeq.set(head.seq, [...same, head]);
    return true;
  };
  const isInManifest = manifest.filter((line) => judge(line, true)).length > 0;
  for (const line of heads ?? []) judge(line, false);
  // The manifest is written first, and was read last.
  if (heads && !isInManifest) findings.push({ stream, code: 'MANIFEST_LINE_MISSING', message: 'The stream has heads, and does not stand in the manifest of the day on which it began.' });
  return { bySeq, last: bySeq.get([...bySeq.keys()].reduce((latest, seq) => Math.max(latest, seq), -1))?.[0], findings, isInDoubt: findings.length > 0 || (hasJunk && !isInManifest) };
}
