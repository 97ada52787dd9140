/** One answer as it came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Status line and headers as text. */
  readonly head: string;
  readonly body: Buffer;
  /** False when the connection ended before the answer did, or the answer is a stream that still is open. */
  readonly isComplete: boolean;
}

export interface ParsedAnswers {
  readonly answers: readonly HttpAnswer[];
  /** What stands after the last complete answer and is no answer. */
  readonly surplus: Buffer;
  /** What is no HTTP/1.1; undefined when all is. */
  readonly problem?: string;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads the answers on a connection, without the interim ones (1xx). Strict: the server's side has no excuse.
 * Source: RFC 9112, sections 4, 6.3 and 7.1.
 * @param methods of the requests, in their order
 * @param hasEnded whether the server closed the connection
 */
export function parseAnswers(bytes: Buffer, methods: readonly string[], hasEnded: boolean): ParsedAnswers {
  const answers: HttpAnswer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const headEnd = bytes.indexOf(HEAD_END, from);
    if (headEnd === -1) break;
    const head = bytes.subarray(from, headEnd).toString('latin1');
    const parsed = parseHead(head);
    if (typeof parsed === 'string') return { answers, surplus: bytes.subarray(from), problem: parsed };
    const bodyStart = headEnd + HEAD_END.length;
    if (parsed.status < 200) {
      from = bodyStart;
      continue;
    }
    const { end, body, isComplete, problem } = parseBody(bytes, bodyStart, parsed, methods[answers.length] ?? '', hasEnded);
    if (problem !== undefined) return { answers, surplus: bytes.subarray(from), problem };
    answers.push({ ...parsed, head, body, isComplete });
    from = end;
    if (!isComplete) break;
  }
  return { answers, surplus: bytes.subarray(from) };
}

type Head = Pick<HttpAnswer, 'status' | 'headers'>;

/** @returns what is wrong with it, as text, when it is no head */
function parseHead(head: string): Head | string {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 ([1-9]\d\d) [\t -~]*$/.exec(statusLine)?.[1];
  if (status === undefined) return `not a status line: ${JSON.stringify(statusLine.slice(0, 200))}`;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return `not a header: ${JSON.stringify(line.slice(0, 200))}`;
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return { status: Number(status), headers };
}

interface Body {
  readonly end: number;
  readonly body: Buffer;
  readonly isComplete: boolean;
  readonly problem?: string;
}

function parseBody(bytes: Buffer, start: number, { status, headers }: Head, method: string, hasEnded: boolean): Body {
  if (method === 'HEAD' || status === 204 || status === 304) return { end: start, body: Buffer.alloc(0), isComplete: true };
  if (headers.get('transfer-encoding')?.at(-1)?.toLowerCase() === 'chunked') return parseChunks(bytes, start);
  const length = headers.get('content-length');
  if (length === undefined) return { end: bytes.length, body: bytes.subarray(start), isComplete: hasEnded };
  if (length.length !== 1 || !/^\d+$/.test(length[0] ?? '')) return { end: start, body: Buffer.alloc(0), isComplete: false, problem: `not a Content-Length: ${length.join(' and ')}` };
  const end = start + Number(length[0]);
  return { end: Math.min(end, bytes.length), body: bytes.subarray(start, end), isComplete: end <= bytes.length };
}

function parseChunks(bytes: Buffer, start: number): Body {
  const chunks: Buffer[] = [];
  let from = start;
  const partial = (): Body => ({ end: bytes.length, body: Buffer.concat(chunks), isComplete: false });
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', from);
    if (lineEnd === -1) return partial();
    const size = bytes.subarray(from, lineEnd).toString('latin1');
    if (!/^[0-9a-f]{1,8}$/i.test(size)) return { ...partial(), problem: `not the size of a chunk: ${JSON.stringify(size.slice(0, 50))}` };
    const chunkStart = lineEnd + 2;
    const chunkEnd = chunkStart + Number.parseInt(size, 16);
    if (chunkEnd + 2 > bytes.length) return partial();
    if (bytes.toString('latin1', chunkEnd, chunkEnd + 2) !== '\r\n') return { ...partial(), problem: 'a chunk does not end where its size says' };
    from = chunkEnd + 2;
    if (chunkEnd === chunkStart) return { end: from, body: Buffer.concat(chunks), isComplete: true };
    chunks.push(bytes.subarray(chunkStart, chunkEnd));
  }
}
