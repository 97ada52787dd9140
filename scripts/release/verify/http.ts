import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CommandError } from '../../commandError.ts';
import { LIMITS } from './limits.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly durationMs: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connections to use again; a connection of its own when absent, so that the front end chooses an instance anew. */
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

/**
 * One request, once: what fails is told and not repeated.
 * @throws CommandError RELEASE_SLOT_UNREACHABLE with the reason; headers stand in no message
 */
export async function send(url: string, { method, headers, body, agent, timeoutMs = LIMITS.answerTimeoutMs }: HttpRequest): Promise<HttpAnswer> {
  const startedAtMs = performance.now();
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const outgoing = request(url, { method, headers, agent: agent ?? false, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8'), durationMs: performance.now() - startedAtMs }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  } catch (error) {
    const { name, message } = error as Error;
    throw new CommandError('RELEASE_SLOT_UNREACHABLE', `${method} ${new URL(url).host} gave no answer: ${name === 'AbortError' ? `none came within ${timeoutMs} ms` : message}.`);
  }
}

/** One header as text; undefined when it is absent or stands there more than once. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
