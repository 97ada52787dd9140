import type { HttpAnswer } from './answers.ts';
import type { RawOutcome } from './rawClient.ts';
import { SMUGGLED, type ExpectedRequest, type FuzzCase } from './requests.ts';

/** From this size on a server that answers early may close before all is read. Source: RFC 9112, section 9.6. */
const LARGE_BYTES = 8_000;

/** What an answer of this server may never hold: how it is built, and where. */
const INTERNALS: readonly RegExp[] = [/node_modules/, /node:internal/, /\.(?:ts|mts|mjs|cjs):\d/, /\n\s*at .+:\d+:\d+/, /\bat (?:async )?[\w.<>]+ \(/, /\bfile:\/\/\/\S+\.(?:ts|js|mjs)/, /TypeError|RangeError|ReferenceError|ZodError|Cannot read propert/];

/**
 * Holds what came back against what every answer has to be, whatever was sent.
 * @param secrets texts that never leave the server
 * @returns what is wrong, empty when nothing is
 */
export function judge(fuzzCase: FuzzCase, outcome: RawOutcome, secrets: readonly string[]): string[] {
  const problems = outcome.answers.flatMap((answer, position) => judgeAnswer(fuzzCase, answer, fuzzCase.isWhole ? fuzzCase.requests[position] : undefined, secrets));
  if (outcome.problem !== undefined) problems.push(`the answer is not HTTP: ${outcome.problem}`);
  if (outcome.ending === 'no answer in time') problems.push(`neither an answer nor a close within ${Math.round(outcome.durationMs)} ms`);
  if (fuzzCase.cut !== undefined) return problems;
  return [...problems, ...(fuzzCase.isWhole ? judgeCount(fuzzCase, outcome) : [])];
}

/**
 * Each whole request is answered once; only a server that said it would close leaves later ones unanswered. When it closes before it has
 * read all that was sent, the reset may overtake the answer that said so.
 */
function judgeCount({ requests, bytes }: FuzzCase, { answers, surplus, ending }: RawOutcome): string[] {
  const problems: string[] = [];
  if (answers.length > requests.length) problems.push(`${requests.length} requests have ${answers.length} answers`);
  if (answers.length === requests.length && surplus.length > 0) problems.push(`bytes after the last answer: ${escapeBytes(surplus.subarray(0, 200))}`);
  if (answers.length < requests.length && ending !== 'no answer in time' && !mayCloseAfter(answers.at(-1), bytes) && !(ending === 'reset' && requests.length > 1)) {
    problems.push(`${requests.length} requests have ${answers.length} answers, and the connection was ${ending}`);
  }
  const partial = answers.filter((answer) => !answer.isComplete);
  if (partial.length > 0 && ending !== 'open stream' && bytes.length < LARGE_BYTES) problems.push(`an answer is cut off after ${partial[0]?.body.length} bytes of its body`);
  return problems;
}

function mayCloseAfter(last: HttpAnswer | undefined, bytes: Buffer): boolean {
  if (last?.headers.get('connection')?.some((value) => value.toLowerCase() === 'close')) return true;
  // Node's own refusals of what its parser cannot read name no connection option; they close.
  if (last && (last.status === 400 || last.status === 431) && !last.headers.has('x-request-id')) return true;
  return bytes.length >= LARGE_BYTES;
}

function judgeAnswer({ grant }: FuzzCase, answer: HttpAnswer, request: ExpectedRequest | undefined, secrets: readonly string[]): string[] {
  const { status, headers, body, head } = answer;
  const problems: string[] = [];
  const text = body.toString('utf8');
  const everything = `${head}\n${text}`;
  const isReadiness = status === 503 && text.includes('"not ready"');
  if (status >= 500 && !(status === 503 && (headers.has('retry-after') || isReadiness))) problems.push(`status ${status}`);
  for (const pattern of INTERNALS) if (pattern.test(everything)) problems.push(`the answer tells internals: ${String(pattern)}`);
  if (secrets.some((secret) => everything.includes(secret))) problems.push('the answer holds a secret');
  if (everything.includes(SMUGGLED)) problems.push('a request was answered that only one of two readings of the framing has');
  if (!answer.isComplete || request?.method === 'HEAD') return problems;
  if (status === 202 && body.length > 0) problems.push('status 202 with a body');
  if (status === 202 && grant === 'nothing') problems.push('a notification was taken from a caller without access');
  const type = headers.get('content-type')?.[0] ?? '';
  const documents = type.includes('json') ? [text] : type.startsWith('text/event-stream') ? dataOf(text) : [];
  if (documents.length === 0 && body.length > 0) problems.push(`a body of type ${JSON.stringify(type)}`);
  for (const document of documents) problems.push(...judgeDocument(document, status, type, grant, request));
  return problems;
}

/** The data of each event of a stream. Source: WHATWG HTML, "Server-sent events". */
function dataOf(stream: string): string[] {
  return stream.split('\n\n').flatMap((event) => {
    const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice('data:'.length).trimStart());
    return data.length > 0 ? [data.join('\n')] : [];
  });
}

function judgeDocument(text: string, status: number, type: string, grant: FuzzCase['grant'], request: ExpectedRequest | undefined): string[] {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return [`the answer is not JSON: ${JSON.stringify(text.slice(0, 200))}`];
  }
  if (!isRecord(message)) return ['the answer is JSON, but no object'];
  if (!('jsonrpc' in message)) return type.includes('problem+json') || !('result' in message || 'id' in message) ? [] : [`status ${status} with JSON that is neither a problem nor JSON-RPC`];
  return judgeMessage(message, grant, request);
}

function judgeMessage(message: Record<string, unknown>, grant: FuzzCase['grant'], request: ExpectedRequest | undefined): string[] {
  const { jsonrpc, id, result, error, method } = message;
  if (jsonrpc !== '2.0') return ['jsonrpc is not "2.0"'];
  if (typeof method === 'string' && id === undefined) return []; // A notification within a stream.
  const problems: string[] = [];
  if (('result' in message) === ('error' in message)) problems.push('neither a result nor an error, or both');
  if (!('id' in message)) problems.push('no id');
  if ('error' in message && !(isRecord(error) && Number.isInteger(error['code']) && typeof error['message'] === 'string')) problems.push('an error without code and message');
  if ('result' in message) {
    if (!isRecord(result)) problems.push('a result that is no object');
    else problems.push(...judgeAccess(result, grant));
    if (id === null || id === undefined) problems.push('a result without an id');
  }
  if (request && id !== null && id !== undefined && id !== request.id) problems.push(`the id is ${JSON.stringify(id)}, and was ${JSON.stringify(request.id)}`);
  return problems;
}

/** What a result shows that the token of the request does not open. */
function judgeAccess(result: Record<string, unknown>, grant: FuzzCase['grant']): string[] {
  if (grant === 'everything') return [];
  if (grant === 'nothing') return ['a caller without access got a result'];
  const structured = result['structuredContent'];
  const isOtherTool = isRecord(structured) && !('principal' in structured);
  const isOther = isOtherTool || ['contents', 'messages', 'completion'].some((name) => name in result);
  return isOther ? ['a caller with the role of whoami got a result of something else'] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bytes as a text that a terminal shows and a test can hold. */
export function escapeBytes(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^\t\n\r -~]|\\/g, (character) => (character === '\\' ? '\\\\' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)).replaceAll('\r', '\\r').replaceAll('\n', '\\n\n').replaceAll('\t', '\\t');
}
