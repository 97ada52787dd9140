import type { Random } from './random.ts';
import { validMessage, type ValidMessage } from './messages.ts';

/** A request before it is bytes. Texts are Latin-1: one character, one byte. */
export interface HttpDraft {
  method: string;
  target: string;
  version: string;
  headers: [name: string, value: string][];
  body: Buffer;
}

export const HOST = 'mcp.example.net';
export const ORIGIN = 'https://inspector.example.net';

/** A valid request as the official clients send it. */
export function validDraft(random: Random, id: unknown, token: string): HttpDraft {
  return draftOf(validMessage(random, id), token);
}

export function draftOf(message: ValidMessage, token: string): HttpDraft {
  return {
    method: 'POST',
    target: '/mcp',
    version: 'HTTP/1.1',
    headers: [
      ['Host', HOST],
      ['Authorization', `Bearer ${token}`],
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ...message.headers.map(([name, value]): [string, string] => [name, value]),
    ],
    body: Buffer.from(JSON.stringify(message.body)),
  };
}

export function headOf({ method, target, version, headers }: HttpDraft): string {
  return `${method} ${target} ${version}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
}

/** With the length that the body has. */
export function bytesWithLength(draft: HttpDraft): Buffer {
  return Buffer.concat([Buffer.from(`${headOf(draft)}Content-Length: ${draft.body.length}\r\n\r\n`, 'latin1'), draft.body]);
}

/** Without a body. */
export function bytesWithoutBody(draft: HttpDraft): Buffer {
  return Buffer.from(`${headOf(draft)}\r\n`, 'latin1');
}

/** In chunks of odd sizes, as RFC 9112, section 7.1, allows them. */
export function bytesInChunks(draft: HttpDraft, random: Random): Buffer {
  const parts: Buffer[] = [Buffer.from(`${headOf(draft)}Transfer-Encoding: ${random.pick(['chunked', 'Chunked', 'CHUNKED'])}\r\n\r\n`, 'latin1')];
  for (let from = 0; from < draft.body.length;) {
    const piece = draft.body.subarray(from, from + random.pick([1, 2, 3, 7, 16, 255, 4_096, 65_537]));
    const hex = piece.length.toString(16);
    const size = random.pick([hex, hex.toUpperCase(), hex.padStart(8, '0')]);
    parts.push(Buffer.from(`${size}${random.chance(0.1) ? random.pick([';a', ';a=b', ';a="b c"']) : ''}\r\n`), piece, Buffer.from('\r\n'));
    from += piece.length;
  }
  parts.push(Buffer.from(random.chance(0.9) ? '0\r\n\r\n' : '0\r\nX-Trailer: 1\r\nAuthorization: Bearer x\r\n\r\n'));
  return Buffer.concat(parts);
}
