import { hash } from 'node:crypto';
import { parseHead, parseLine, signedTextOf, type Head, type RecordLine } from './lines.ts';

/** A stream as it is stored. */
export interface StoredStream {
  readonly stream: string;
  /** Name and content of each blob, in the order of the names. */
  readonly segments: readonly { readonly blob: string; readonly text: string }[];
  /** The stored heads, a line each. */
  readonly heads: string;
  /** The lines of the manifest that name the stream. */
  readonly manifest: readonly Head[];
}

/** Something in the record that is not as it was written. */
export interface Finding {
  readonly code: 'STREAM_MISSING' | 'SEGMENT_MISSING' | 'LINE_UNREADABLE' | 'LINE_TORN' | 'RECORD_MISSING' | 'RECORD_OUT_OF_ORDER' | 'CHAIN_BROKEN' | 'STREAM_TRUNCATED' | 'ANCHOR_MISMATCH' | 'ANCHOR_FORGED' | 'ANCHOR_UNREADABLE';
  readonly stream: string;
  readonly blob?: string;
  /** Number of the line in its blob, from 1. */
  readonly line?: number;
  readonly seq?: number;
  readonly message: string;
}

export interface VerifiedStream {
  readonly stream: string;
  /** The first bad record, or what is wrong with the anchors. Empty when all is as it was written. */
  readonly findings: readonly Finding[];
  readonly lines: readonly RecordLine[];
  /** Records after the last signed head: nothing proves yet that they have not been changed. */
  readonly unanchored: number;
  /** Whether the process ended in order; otherwise it runs, or was cut off. */
  readonly hasEnded: boolean;
  /** Records that the process could keep nowhere. */
  readonly lost: number;
}

/** Whether a signature over a text is that of the key of the record. */
export type VerifySignature = (key: string, text: string, signature: string) => boolean;

interface Chain {
  readonly lines: RecordLine[];
  readonly digests: string[];
  readonly finding: Finding | undefined;
}

const NO_LINE = '0'.repeat(64);

/** Recomputes the chain of a stream, and holds the signed heads against it. Needs no network. */
export function verifyStream(stored: StoredStream, verifySignature: VerifySignature): VerifiedStream {
  const { stream } = stored;
  const chain = stored.segments.length === 0 ? missing(stored) : recompute(stored);
  const { anchoredSeq, findings: anchorFindings } = judgeHeads(stored, chain, verifySignature);
  const findings = chain.finding ? [chain.finding, ...anchorFindings] : anchorFindings;
  return {
    stream, findings, lines: chain.lines,
    unanchored: chain.lines.filter(({ seq }) => seq > anchoredSeq).length,
    hasEnded: chain.lines.at(-1)?.kind === 'end',
    lost: chain.lines.reduce((sum, line) => sum + (line.kind === 'lost' ? line.count : 0), 0),
  };
}

function missing({ stream, heads, manifest }: StoredStream): Chain {
  const where = manifest.length > 0 ? 'the manifest' : heads === '' ? undefined : 'its heads';
  return { lines: [], digests: [], finding: where === undefined ? undefined : { code: 'STREAM_MISSING', stream, message: `The stream stands in ${where}, and there is no blob of it.` } };
}

function recompute({ stream, segments }: StoredStream): Chain {
  const lines: RecordLine[] = [];
  const digests: string[] = [];
  let previous = NO_LINE;
  const stop = (finding: Omit<Finding, 'stream'>): Chain => ({ lines, digests, finding: { ...finding, stream } });
  for (const [index, { blob, text }] of segments.entries()) {
    if (!blob.endsWith(`/${String(index).padStart(4, '0')}.jsonl`)) return stop({ code: 'SEGMENT_MISSING', blob, message: `Segment ${index} of the stream is not there; ${blob} follows instead.` });
    const texts = text.split('\n');
    const rest = texts.pop() ?? '';
    for (const [place, line] of texts.entries()) {
      const at = { blob, line: place + 1, seq: digests.length };
      const parsed = parseLine(line);
      if (!parsed) return stop({ ...at, code: 'LINE_UNREADABLE', message: 'The line is no record.' });
      if (parsed.seq > at.seq) return stop({ ...at, code: 'RECORD_MISSING', message: `Record ${at.seq} was expected, and record ${parsed.seq} stands here: ${parsed.seq - at.seq} removed.` });
      if (parsed.seq < at.seq) return stop({ ...at, code: 'RECORD_OUT_OF_ORDER', message: `Record ${at.seq} was expected, and record ${parsed.seq} stands here: put in, doubled or moved.` });
      if (parsed.prev !== previous) return stop({ ...at, code: 'CHAIN_BROKEN', message: `The record does not follow the one before it: record ${at.seq === 0 ? 0 : at.seq - 1} or this one was altered.` });
      const opens = place === 0 && (index === 0 ? parsed.kind === 'stream' && parsed.stream === stream : parsed.kind === 'segment' && parsed.segment === index);
      if (place === 0 && !opens) return stop({ ...at, code: 'RECORD_OUT_OF_ORDER', message: `The blob does not begin with the line that opens ${index === 0 ? `stream ${stream}` : `segment ${index}`}.` });
      previous = hash('sha256', line);
      lines.push(parsed);
      digests.push(previous);
    }
    if (rest !== '') return stop({ blob, line: texts.length + 1, seq: digests.length, code: 'LINE_TORN', message: 'The last line has no end. Storage takes blocks whole, so that something was cut off.' });
  }
  return { lines, digests, finding: undefined };
}

function judgeHeads({ stream, heads: text, manifest }: StoredStream, { digests, finding: broken }: Chain, verifySignature: VerifySignature): { anchoredSeq: number; findings: Finding[] } {
  const findings: Finding[] = [];
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  let anchoredSeq = -1;
  for (const head of [...manifest, ...lines.map((line) => parseHead(line) ?? line)]) {
    if (typeof head === 'string' || head.stream !== stream) {
      findings.push({ code: 'ANCHOR_UNREADABLE', stream, message: 'A stored head is none of this stream, or cannot be read.' });
      continue;
    }
    const at = { stream, seq: head.seq };
    if (!verifySignature(head.key, signedTextOf(head), head.signature)) {
      findings.push({ ...at, code: 'ANCHOR_FORGED', message: `The signature of the head at record ${head.seq} is not that of the key ${head.key}.` });
      continue;
    }
    const digest = digests[head.seq];
    // What is broken before that record has been told already.
    if (digest === undefined && !broken) findings.push({ ...at, code: 'STREAM_TRUNCATED', message: `The stream had come to record ${head.seq} on ${head.at}, and ends with record ${digests.length - 1} now.` });
    else if (digest !== undefined && digest !== head.head) findings.push({ ...at, code: 'ANCHOR_MISMATCH', message: `Record ${head.seq} is not the one that was signed on ${head.at}: the stream was written anew.` });
    else if (digest !== undefined) anchoredSeq = Math.max(anchoredSeq, head.seq);
  }
  return { anchoredSeq, findings };
}
