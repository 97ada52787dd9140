import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

export interface UnreadableRequestError extends Error {
  readonly code?: string;
}

/** Source: nodejs.org, "HTTP", event 'clientError'. */
const STATUSES: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/**
 * Answers what node:http cannot read as a request, and closes the connection. The error carries the bytes that came, with the token among them: nothing
 * of it but the code is logged.
 */
export function answerUnreadableRequest(error: UnreadableRequestError, socket: Socket, log: { debug(fields: object, message: string): void }): void {
  const { code = 'unknown' } = error;
  // The connection is gone, and there is nobody to answer.
  if (code === 'ECONNRESET' || socket.destroyed) return;
  log.debug({ code }, 'a request could not be read');
  const statusCode = STATUSES[code] ?? 400;
  const body = JSON.stringify({ error: STATUS_CODES[statusCode], message: 'The server cannot read this as an HTTP request.', statusCode });
  if (socket.writable) socket.write(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${body}`);
  socket.destroy(error);
}
