import type { StreamAnchors } from './anchors.ts';
import type { Finding } from './finding.ts';
import { parseLine, type Head, type RecordLine } from './lines.ts';
import { digestOf, textOf, type RawLine } from './rawLines.ts';

/** A record that is to be believed. */
export interface BelievedRecord {
  readonly record: RecordLine;
  /** Whether a signed head that lies on the recomputed chain proves it; otherwise it stands in the chain alone, after the last head. */
  readonly anchored: boolean;
}

export interface ChainOptions {
  readonly stream: string;
  readonly anchors: StreamAnchors;
  /** Where reading begins: a signed head of the first segment that is read. Absent: with the first record. */
  readonly root?: Head | undefined;
  /** Records after that time, in milliseconds since 1970, need not be read once a head proves one of them. */
  readonly untilMs?: number | undefined;
  /** Told of each record that is not to be believed and can be read. */
  readonly onDoubt?: ((record: RecordLine) => void) | undefined;
}

/** What came of a stream. */
export interface ChainReport {
  /** The first bad record, and what is wrong with what is signed. Empty when all is as it was written. */
  readonly findings: readonly Finding[];
  /** Lines from the first one that is not to be believed. */
  readonly doubted: { readonly fromSeq: number; readonly lines: number } | undefined;
  /** `ended` in order; `open`: the process runs, or was cut off; `read on`: it went on after the time that was asked for. */
  readonly state: 'ended' | 'open' | 'read on';
}

interface Line {
  readonly blob: string;
  readonly line: number;
  readonly digest: string;
  readonly record: RecordLine;
}

/** Two neighbours that do not fit. Which of them is bad, the lines after them tell. */
interface Misfit {
  readonly before: Line;
  readonly after: Line;
  /** `prev`: the second does not follow the first. `twin`: both say that they are the same record. */
  readonly kind: 'prev' | 'twin';
  /** The last line of an unbroken chain that the second one begins; undefined when it goes no further. */
  tip: Line | undefined;
  /** Which is bad, as far as the line after the two tells. */
  guess: 'before' | 'after' | 'either';
}

const NO_LINE = '0'.repeat(64);
const NO_FOLLOWER = 'The record does not follow the one before it: it was altered or put in.';

/**
 * Recomputes the chain of one stream, line by line, and holds what is signed against it.
 *
 * What is believed: each record up to a signed head that lies on the chain, and, as long as nothing is wrong with the stream, the records after the last head. As soon
 * as something is wrong, the records after the last head that was met are in doubt: whoever changed one may have written those before it anew. Nothing after the first
 * bad record is believed. It holds no more than the records between two heads.
 */
export class ChainCheck {
  readonly #options: ChainOptions;
  readonly #findings: Finding[] = [];
  readonly #proven: BelievedRecord[] = [];
  #held: RecordLine[] = [];
  #segment: number | undefined;
  #blob = '';
  #line = 0;
  #isBroken = false;
  #misfit: Misfit | undefined;
  #last: Line | undefined;
  #next = 0;
  #previous = NO_LINE;
  #provenSeq = -1;
  #doubted = 0;
  #isPast = false;

  constructor(options: ChainOptions) {
    this.#options = options;
  }

  /** Whether what is left of the stream cannot matter. */
  get isPast(): boolean {
    return this.#isPast;
  }

  /** The next blob of the stream begins. */
  begin(segment: number, blob: string): void {
    const expected = this.#segment === undefined ? (this.#options.root?.segment ?? 0) : this.#segment + 1;
    this.#blob = blob;
    this.#line = 0;
    this.#segment = segment;
    if (segment === expected || this.#isBroken) return;
    if (this.#misfit) this.#misfit.tip = undefined;
    else this.#break({ code: 'SEGMENT_MISSING', blob, seq: this.#next, message: `Segment ${expected} of the stream is not there; segment ${segment} follows.` });
  }

  /** The next line of the blob. */
  add(raw: RawLine): void {
    if (this.#isPast) return;
    this.#line += 1;
    const at = { blob: this.#blob, line: this.#line };
    const read = textOf(raw);
    const record = 'text' in read ? parseLine(read.text) : undefined;
    const line = record && { ...at, digest: digestOf(raw), record };
    if (this.#misfit) this.#weigh(this.#misfit, line);
    else if (line && !this.#isBroken) this.#judge(line);
    else if (!this.#isBroken) {
      const problem = 'problem' in read ? read.problem : 'is no record';
      this.#break({ ...at, code: raw.isTorn ? 'LINE_TORN' : 'LINE_UNREADABLE', seq: this.#next, message: `The line ${problem}.` });
    }
    if (this.#isBroken || this.#misfit) this.#doubt(record);
  }

  /** Takes the records that a head has proved since the last time. */
  take(): BelievedRecord[] {
    return this.#proven.splice(0);
  }

  /** No line is left. @returns the records after the last head, when they are to be believed */
  end(): { readonly report: ChainReport; readonly believed: BelievedRecord[] } {
    const { anchors: { last, findings: anchorFindings, isInDoubt } } = this.#options;
    if (this.#misfit) this.#blame(this.#misfit, this.#misfit.guess);
    if (!this.#isBroken && !this.#isPast && last && last.seq >= this.#next) {
      this.#break(this.#segment === undefined
        ? { code: 'STREAM_MISSING', message: `There is no blob of the stream${this.#options.root ? ` from segment ${this.#options.root.segment} on` : ''}; it had come to record ${last.seq} on ${last.at}.` }
        : { code: 'STREAM_TRUNCATED', blob: this.#blob, seq: this.#next, message: `The stream had come to record ${last.seq} on ${last.at}, and ends before record ${this.#next} now.` });
    }
    if (!this.#isBroken && isInDoubt) this.#doubtHeld();
    const { record } = this.#last ?? {};
    return {
      believed: this.#held.splice(0).map((held) => ({ record: held, anchored: false })),
      report: {
        findings: [...this.#findings, ...anchorFindings],
        doubted: this.#doubted === 0 ? undefined : { fromSeq: this.#provenSeq + 1, lines: this.#doubted },
        state: this.#isPast ? 'read on' : record?.kind === 'end' && !this.#isBroken ? 'ended' : 'open',
      },
    };
  }

  #judge(line: Line): void {
    const { record: { seq, prev, kind } } = line;
    if (this.#isFirstRead) this.#beginAtRoot(line);
    if (this.#isBroken) return;
    if (seq !== this.#next) return this.#judgeNumber(line);
    if (prev !== this.#previous) return this.#judgeMisfit(line, 'prev');
    if (!this.#isAtItsPlace(line)) return this.#breakAt(line, 'RECORD_OUT_OF_ORDER', this.#line === 1 ? 'The blob does not begin with the line that opens it.' : `A line of kind ${kind} opens a blob, and stands inside one.`);
    const heads = this.#headsOf(seq);
    const signed = heads?.find((head) => !this.#isSigned(line, head));
    if (signed) return this.#breakAt(line, 'ANCHOR_MISMATCH', `The record is not the one that was signed on ${signed.at}: it was altered, or the stream was written anew from a record after ${this.#provenSeq} on.`);
    this.#follow(line, heads !== undefined);
  }

  #follow(line: Line, isProven: boolean): void {
    this.#last = line;
    this.#next = line.record.seq + 1;
    this.#previous = line.digest;
    this.#held.push(line.record);
    if (!isProven) return;
    this.#provenSeq = line.record.seq;
    for (const record of this.#held) this.#proven.push({ record, anchored: true });
    this.#held = [];
    this.#isPast = this.#options.untilMs !== undefined && Date.parse(line.record.at) > this.#options.untilMs;
  }

  /** A record says another number than that of its place. */
  #judgeNumber(line: Line): void {
    const { seq, prev } = line.record;
    if (prev === this.#previous) return this.#breakAt(line, 'CHAIN_BROKEN', `The record follows record ${this.#next - 1}, and says that it is record ${seq}: it was altered or put in.`);
    if (seq > this.#next) return this.#breakAt(line, 'RECORD_MISSING', `Record ${this.#next} was expected, and record ${seq} stands here: ${seq - this.#next} removed or moved.`);
    if (seq === this.#next - 1 && line.digest !== this.#last?.digest) return this.#judgeMisfit(line, 'twin');
    this.#breakAt(line, 'RECORD_OUT_OF_ORDER', `Record ${this.#next} was expected, and record ${seq} stands here: doubled, moved or put in.`);
  }

  /** Two neighbours do not fit: a head tells which one is bad, or else the lines after them do. */
  #judgeMisfit(after: Line, kind: Misfit['kind']): void {
    const before = this.#last;
    if (!before) return this.#breakAt(after, 'CHAIN_BROKEN', NO_FOLLOWER);
    const misfit: Misfit = { before, after, kind, tip: after, guess: 'either' };
    if (before.record.seq === this.#provenSeq) return this.#blame(misfit, 'after');
    const head = kind === 'prev' ? this.#headsOf(after.record.seq)?.[0] : undefined;
    if (head) return this.#blame(misfit, this.#isSigned(after, head) ? 'before' : 'after');
    this.#misfit = misfit;
  }

  /** @param line after the two; undefined when it cannot be read */
  #weigh(misfit: Misfit, line: Line | undefined): void {
    const { before, after, tip } = misfit;
    const isFirst = tip === after;
    const follows = line !== undefined && line.record.prev === tip?.digest && line.record.seq === tip.record.seq + 1;
    misfit.tip = follows ? line : undefined;
    if (line?.record.prev === before.digest && line.record.seq === before.record.seq + 1) return this.#blame(misfit, 'after');
    const head = follows ? this.#headsOf(line.record.seq)?.[0] : undefined;
    if (head && this.#isSigned(line as Line, head)) return this.#blame(misfit, 'before');
    // Followed by none: most likely it was altered itself.
    if (isFirst && follows) misfit.guess = 'before';
    else if (isFirst && misfit.kind === 'prev' && line?.record.seq === after.record.seq + 1) misfit.guess = 'after';
  }

  #blame({ before, after, kind }: Misfit, which: Misfit['guess']): void {
    this.#misfit = undefined;
    if (which === 'after' && kind === 'twin') this.#breakAt(after, 'RECORD_OUT_OF_ORDER', 'Another record of that number is the one that the next one follows: this one was put in.');
    else if (which === 'after') this.#breakAt(after, 'CHAIN_BROKEN', NO_FOLLOWER);
    else this.#breakAt(before, 'CHAIN_BROKEN', which === 'before' ? 'The record is not the one that the next one follows: it was altered or put in.' : 'This record and the line after it do not fit together: one of them was altered or put in, and nothing tells which.', before.record.seq);
  }

  get #isFirstRead(): boolean {
    return this.#options.root !== undefined && this.#last === undefined;
  }

  /** The first line that is read, where reading does not begin with the first record: the head that it leads to proves what it says. */
  #beginAtRoot(line: Line): void {
    const { root } = this.#options;
    if (!root) return;
    const { record } = line;
    if (record.kind !== 'segment' || record.segment !== root.segment || record.seq > root.seq) {
      this.#breakAt(line, 'RECORD_OUT_OF_ORDER', 'The blob does not begin with the line that opens it.');
      return;
    }
    this.#next = record.seq;
    this.#previous = record.prev;
    this.#provenSeq = record.seq - 1;
  }

  #isAtItsPlace({ record }: Line): boolean {
    if (this.#line > 1) return record.kind !== 'stream' && record.kind !== 'segment';
    return this.#segment === 0 ? record.kind === 'stream' && record.stream === this.#options.stream : record.kind === 'segment' && record.segment === this.#segment;
  }

  #headsOf(seq: number): readonly Head[] | undefined {
    return this.#options.anchors.bySeq.get(seq);
  }

  #isSigned({ digest }: Line, head: Head): boolean {
    return head.head === digest && head.segment === this.#segment;
  }

  /** @param seq of the place where the line stands, whatever it says itself */
  #breakAt({ blob, line }: Line, code: Finding['code'], message: string, seq = this.#next): void {
    this.#break({ code, blob, line, seq, message });
  }

  #break(finding: Omit<Finding, 'stream'>): void {
    this.#findings.push({ ...finding, stream: this.#options.stream });
    this.#isBroken = true;
    this.#doubtHeld();
  }

  #doubtHeld(): void {
    for (const record of this.#held.splice(0)) this.#doubt(record);
  }

  #doubt(record: RecordLine | undefined): void {
    this.#doubted += 1;
    if (record) this.#options.onDoubt?.(record);
  }
}
