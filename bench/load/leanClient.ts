import { connect, type Socket } from 'node:net';
import type { BenchRequest } from '../requests.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** A call that waits for its answer. */
interface Waiting {
  resolve(body: Buffer): void;
  reject(error: Error): void;
}

/**
 * Sends one request again and again over connections that stay open, and reads answers with a Content-Length: all that the benchmark needs of HTTP/1.1 (RFC 9112), for a few
 * microseconds a call. The client of node:http takes several times what the server takes: it would measure itself.
 */
export class LeanClient {
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #open: Connection[] = [];

  /** @param connections that are opened at once, each with one call at a time */
  constructor(url: string, request: BenchRequest, connections: number) {
    const { hostname, port, pathname } = new URL(url);
    const bytes = toBytes(pathname, request);
    for (let count = 0; count < connections; count += 1) {
      const connection = new Connection(connect({ host: hostname, port: Number(port), noDelay: true }), bytes, () => this.#next(connection));
      this.#open.push(connection);
      this.#idle.push(connection);
    }
  }

  /** @returns the body of the answer. @throws Error for any status but 200, and when the connection breaks */
  post(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const connection = this.#idle.pop();
      if (connection) connection.send(waiting);
      else this.#waiting.push(waiting);
    });
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  #next(connection: Connection): void {
    const waiting = this.#waiting.shift();
    if (waiting) connection.send(waiting);
    else this.#idle.push(connection);
  }
}

/** One connection with at most one call. */
class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #call: Waiting | undefined;
  #received = NOTHING;

  constructor(socket: Socket, request: Buffer, onIdle: () => void) {
    this.#socket = socket;
    this.#request = request;
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      const answer = readAnswer(this.#received);
      if (!answer) return;
      const call = this.#call;
      this.#call = undefined;
      this.#received = NOTHING;
      if (answer.status === 200) call?.resolve(answer.body);
      else call?.reject(new Error(`The server answered ${answer.status}: ${answer.body.toString('utf8').slice(0, 500)}`));
      onIdle();
    });
    const broken = (error?: Error): void => this.#call?.reject(error ?? new Error('The server closed the connection.'));
    socket.once('error', broken).once('close', () => broken());
  }

  send(call: Waiting): void {
    this.#call = call;
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#socket.destroy();
  }
}

const NOTHING = Buffer.alloc(0);

/** @returns undefined while the answer is not whole */
export function readAnswer(received: Buffer): { readonly status: number; readonly body: Buffer } | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const [status, length] = [STATUS.exec(head)?.[1], CONTENT_LENGTH.exec(head)?.[1]];
  if (status === undefined || length === undefined) throw new Error(`An answer without status or Content-Length: ${head.slice(0, 500)}`);
  const start = headEnd + HEAD_END.length;
  return received.length < start + Number(length) ? undefined : { status: Number(status), body: received.subarray(start, start + Number(length)) };
}

function toBytes(path: string, { headers, body }: BenchRequest): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, ...Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
