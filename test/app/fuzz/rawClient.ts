import { connect, type Socket } from 'node:net';
import { parseAnswers, type ParsedAnswers } from './answers.ts';

/** What to send over one connection, byte for byte, and when it is over. */
export interface RawExchange {
  readonly bytes: Buffer;
  /** Offsets at which the bytes are cut into several writes. */
  readonly writesEndAt?: readonly number[];
  /** Methods of the requests: as many answers are waited for when `isWhole`. */
  readonly methods: readonly string[];
  /** Otherwise the client says that nothing follows once the server has been quiet, and waits for the close. */
  readonly isWhole: boolean;
  /** The answer may be a stream that the server keeps open. */
  readonly mayStream?: boolean;
  readonly cut?: number | 'in the answer' | undefined;
}

export type Ending = 'answered' | 'closed' | 'reset' | 'cut' | 'open stream' | 'no answer in time';

export interface RawOutcome extends ParsedAnswers {
  readonly ending: Ending;
  readonly durationMs: number;
}

export interface RawClientOptions {
  readonly port: number;
  /** Longest time for the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** How long a server is quiet that waits for more, in milliseconds. */
  readonly quietMs: number;
}

/** Sends bytes that no HTTP client would, and reads what comes back. It never rejects: how it ended is part of the outcome. */
export function exchangeBytes(exchange: RawExchange, { port, timeoutMs, quietMs }: RawClientOptions): Promise<RawOutcome> {
  const { bytes, methods, isWhole, cut, mayStream = false } = exchange;
  const startedAtMs = performance.now();
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  const received: Buffer[] = [];
  let quietTimer: NodeJS.Timeout | undefined;

  return new Promise((resolve) => {
    let isOver = false;
    const finish = (ending: Ending, hasEnded = false): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(deadline);
      clearTimeout(quietTimer);
      // A reset leaves no port in TIME_WAIT behind: a long run would use them all up.
      socket.resetAndDestroy();
      resolve({ ...parseAnswers(Buffer.concat(received), methods, hasEnded), ending, durationMs: performance.now() - startedAtMs });
    };
    const deadline = setTimeout(() => finish('no answer in time'), timeoutMs);
    const afterQuiet = (): void => {
      if (mayStream && streamIsOpen()) return finish('open stream');
      if (!isWhole) socket.end();
    };
    const awaitQuiet = (): void => {
      clearTimeout(quietTimer);
      quietTimer = setTimeout(afterQuiet, quietMs);
    };
    const streamIsOpen = (): boolean => {
      const last = parseAnswers(Buffer.concat(received), methods, false).answers.at(-1);
      return last?.isComplete === false && last.headers.get('content-type')?.[0]?.startsWith('text/event-stream') === true;
    };
    const answersAreIn = (): boolean => {
      if (!isWhole) return false;
      const { answers, problem } = parseAnswers(Buffer.concat(received), methods, false);
      return problem !== undefined || (answers.length >= methods.length && answers.every(({ isComplete }) => isComplete));
    };

    socket.on('data', (data) => {
      received.push(data);
      if (cut === 'in the answer') return finish('cut');
      if (answersAreIn()) return finish('answered');
      awaitQuiet();
    });
    socket.on('end', () => finish('closed', true));
    socket.on('close', () => finish('closed', true));
    socket.on('error', () => finish('reset', true));
    socket.on('connect', () => {
      const end = typeof cut === 'number' ? cut : bytes.length;
      writeInPieces(socket, bytes.subarray(0, end), exchange.writesEndAt ?? [], () => {
        if (typeof cut === 'number') return finish('cut');
        if (!isOver) awaitQuiet();
      });
    });
  });
}

/** Each piece is handed to the kernel before the next is written, so that the server mostly reads them apart. */
function writeInPieces(socket: Socket, bytes: Buffer, ends: readonly number[], written: () => void): void {
  const [end = bytes.length, ...rest] = ends;
  socket.write(bytes.subarray(0, end), (error) => {
    if (error) return; // The connection says how it ended.
    if (end >= bytes.length) return written();
    setImmediate(() => writeInPieces(socket, bytes.subarray(end), rest.map((offset) => offset - end), written));
  });
}
