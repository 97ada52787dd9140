import { readFileSync } from 'node:fs';
import type { ServerProcess } from '../support/serverProcess.ts';
import { bytesWithLength, draftOf } from './httpDraft.ts';
import { escapeBytes, judge } from './judge.ts';
import { legacyMessage, modernMessage } from './messages.ts';
import { exchangeBytes, type RawClientOptions, type RawOutcome } from './rawClient.ts';
import { generateCase, type FuzzCase, type Tokens } from './requests.ts';

export interface CampaignOptions {
  readonly server: ServerProcess;
  readonly seed: number;
  readonly tokens: Tokens;
  /** Texts that neither an answer nor the log may hold, besides the tokens. */
  readonly secrets: readonly string[];
  /** Folders of the server, which the log may name and an answer may not. */
  readonly folders: readonly string[];
}

export interface Tally {
  requests: number;
  cases: number;
  /** Answers by status, and exchanges without any by how they ended. */
  readonly outcomes: Map<string, number>;
  readonly kinds: Map<string, number>;
  /** Memory of the server after each block, in KiB. */
  readonly residentKiB: number[];
  readonly failures: string[];
}

/** Connections at a time. */
const CONCURRENCY = 16;
/** Requests between two looks at the server itself. */
const BLOCK_LENGTH = 1_000;
const MAX_FAILURES = 5;
/** Fatal and error. Source: pino, log levels. */
const ERROR_LEVEL = 50;
const SHOWN_BYTES = 6_000;

/** Sends the cases of a seed to a server and holds each answer, the log, and the health of the process against what they have to be. */
export function createCampaign({ server, seed, tokens, secrets, folders }: CampaignOptions) {
  const client: RawClientOptions = { port: Number(new URL(server.url).port), timeoutMs: 20_000, quietMs: 60 };
  const hidden = [...secrets, ...tokens.everything, ...tokens.whoami, ...tokens.nothing, tokens.probe];
  const tally: Tally = { requests: 0, cases: 0, outcomes: new Map(), kinds: new Map(), residentKiB: [], failures: [] };
  const requestIds = new Map<string, number>();
  let logRead = 0;
  let ended: number | NodeJS.Signals | null | undefined;
  void server.ended.then((code) => {
    ended = code;
  });

  const fail = (text: string): void => {
    tally.failures.push(text);
  };
  const send = (fuzzCase: FuzzCase): Promise<RawOutcome> => exchangeBytes({
    ...fuzzCase,
    methods: fuzzCase.requests.map(({ method }) => method),
    mayStream: fuzzCase.bytes.includes('subscriptions/listen'),
  }, client);

  async function runCase(index: number): Promise<void> {
    const fuzzCase = generateCase(seed, index, tokens);
    tally.cases += 1;
    tally.requests += fuzzCase.requests.length;
    count(tally.kinds, fuzzCase.kind, fuzzCase.requests.length);
    const outcome = await send(fuzzCase);
    for (const answer of outcome.answers) {
      count(tally.outcomes, String(answer.status));
      const requestId = answer.headers.get('x-request-id')?.[0];
      if (requestId !== undefined) requestIds.set(requestId, index);
    }
    if (outcome.answers.length === 0) count(tally.outcomes, outcome.ending);
    const problems = judge(fuzzCase, outcome, [...hidden, ...folders]);
    if (problems.length > 0) fail(describeFailure(fuzzCase, outcome, problems));
  }

  /** Calls that are in order still work, whatever came before them. */
  async function probe(): Promise<void> {
    for (const message of [modernMessage, legacyMessage]) {
      const draft = draftOf(message('probe', 'tools/call', { name: 'compute_primes', arguments: { limit: 1_000 } }), tokens.probe);
      const { answers, ending } = await exchangeBytes({ bytes: bytesWithLength(draft), methods: ['POST'], isWhole: true }, client);
      const text = answers[0]?.body.toString() ?? '';
      // 168 primes up to 1,000: known since Euler.
      if (answers[0]?.status !== 200 || !text.includes('"id":"probe"') || !text.includes('"count":168')) {
        fail(`After ${tally.requests} requests a valid call fails (${ending}): ${answers[0]?.status} ${text.slice(0, 500)}`);
      }
    }
  }

  function checkProcess(): void {
    if (ended !== undefined) return fail(`The server ended with ${ended}:\n${server.output().slice(-4_000)}`);
    const output = server.output();
    const complete = output.lastIndexOf('\n') + 1;
    for (const line of output.slice(logRead, complete).split('\n')) if (line !== '') checkLogLine(line);
    logRead = complete;
    requestIds.clear();
    const resident = residentKiBOf(server.pid);
    if (resident !== undefined) tally.residentKiB.push(resident);
  }

  function checkLogLine(line: string): void {
    const { level, reqId } = parseLogLine(line);
    if (hidden.some((secret) => line.includes(secret))) fail(`The log holds a secret: ${line.slice(0, 2_000)}`);
    if (level !== undefined && level < ERROR_LEVEL) return;
    const index = requestIds.get(reqId ?? '');
    const cause = index === undefined ? 'a request that got no answer' : `case ${index}`;
    const bytes = index === undefined ? '' : `\n${describeBytes(generateCase(seed, index, tokens).bytes, hidden)}`;
    fail(`The server logs an error for ${cause}: ${line.slice(0, 2_000)}\n${replayOf(index)}${bytes}`);
  }

  function replayOf(index: number | undefined): string {
    return `Replay: MCP_FUZZ_SEED=${seed}${index === undefined ? '' : ` MCP_FUZZ_ONLY=${index}`} node --test test/app/fuzz/fuzz.test.ts`;
  }

  function describeFailure(fuzzCase: FuzzCase, outcome: RawOutcome, problems: readonly string[]): string {
    return [
      `Case ${fuzzCase.index} (${fuzzCase.kind}, grant: ${fuzzCase.grant}, ${fuzzCase.isWhole ? 'whole' : 'open'}): ${problems.join('; ')}`,
      replayOf(fuzzCase.index),
      describeExchange(fuzzCase, outcome),
    ].join('\n');
  }

  function describeExchange(fuzzCase: FuzzCase, outcome: RawOutcome): string {
    return [
      `${fuzzCase.requests.length} requests, ${fuzzCase.bytes.length} bytes, cut: ${fuzzCase.cut ?? 'no'}, writes end at ${fuzzCase.writesEndAt.join(', ') || 'the end'}:`,
      describeBytes(fuzzCase.bytes, hidden),
      `${outcome.answers.length} answers, ${outcome.ending} after ${Math.round(outcome.durationMs)} ms:`,
      ...outcome.answers.map(({ head, body, isComplete }) => `${head}\n\n${describeBytes(body, hidden)}${isComplete ? '' : ' (not complete)'}`),
    ].join('\n');
  }

  return {
    tally,
    probe,
    /** Sends cases from `first` on until there were so many requests; stops early when it has failed often enough. */
    async run(requestCount: number, first = 0): Promise<void> {
      let next = first;
      while (tally.requests < requestCount && tally.failures.length < MAX_FAILURES && ended === undefined) {
        const blockEnd = Math.min(requestCount, tally.requests + BLOCK_LENGTH);
        await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
          while (tally.requests < blockEnd && tally.failures.length < MAX_FAILURES) await runCase(next++);
        }));
        await probe();
        checkProcess();
      }
    },
    /** Sends one case, and tells what went to and fro. */
    async replay(index: number): Promise<string> {
      await runCase(index);
      await probe();
      checkProcess();
      const fuzzCase = generateCase(seed, index, tokens);
      return describeExchange(fuzzCase, await send(fuzzCase));
    },
  };
}

/** How fast a series grows, by the line that fits it best: growth over the whole series, in its unit. */
export function fittedGrowth(series: readonly number[]): number {
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  if (series.length < 2) return 0;
  const middle = (series.length - 1) / 2;
  const mean = meanOf(series);
  const covariance = meanOf(series.map((value, index) => (index - middle) * (value - mean)));
  const variance = meanOf(series.map((_, index) => (index - middle) ** 2));
  return (covariance / variance) * (series.length - 1);
}

function count(counts: Map<string, number>, name: string, increment = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + increment);
}

/** Anything but a line of the log, such as a warning of Node, counts as an error. */
function parseLogLine(line: string): { level?: number; reqId?: string } {
  try {
    return JSON.parse(line) as { level?: number; reqId?: string };
  } catch {
    return {};
  }
}

/** @returns undefined where the system does not tell */
function residentKiBOf(pid: number): number | undefined {
  try {
    const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kiB === undefined ? undefined : Number(kiB);
  } catch {
    return undefined;
  }
}

function describeBytes(bytes: Buffer, hidden: readonly string[]): string {
  let text = bytes.toString('latin1');
  for (const secret of hidden) text = text.replaceAll(secret, '<token>');
  const shown = escapeBytes(Buffer.from(text.slice(0, SHOWN_BYTES), 'latin1'));
  return text.length > SHOWN_BYTES ? `${shown}… (${text.length - SHOWN_BYTES} bytes more)` : shown;
}
