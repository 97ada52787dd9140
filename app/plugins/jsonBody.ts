import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Size of the body that was parsed, in bytes. */
    bodyBytes: number;
  }
}

/** Parses JSON bodies within the limits of depth, members and string length. No other content type is taken. */
export function registerJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.decorateRequest('bodyBytes', 0);
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: LIMITS.bodyLimitBytes }, (request, body: Buffer, done) => {
    request.bodyBytes = body.length;
    if (!isUtf8(body)) return done(new AppError('MCP_BODY_NOT_JSON', { detail: 'Parse error: the request body is not valid UTF-8' }));
    const text = body.toString('utf8');
    const problem = exceededJsonLimit(text);
    if (problem !== undefined) return done(new AppError('MCP_JSON_LIMIT', { detail: problem }));
    return parse(request, text, done);
  });
}

const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map((character) => character.charCodeAt(0));
const OPENING = new Set(['[', '{'].map((character) => character.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((character) => character.charCodeAt(0)));

/**
 * Looks for what would make a document costly, before anything is allocated for it. It need not be valid JSON.
 * @returns what was exceeded, undefined when nothing was
 */
export function exceededJsonLimit(text: string, limits: Pick<typeof LIMITS, 'maxJsonDepth' | 'maxJsonMembers' | 'maxJsonStringLength'> = LIMITS): string | undefined {
  if (isTooShortToExceed(text, limits)) return undefined;
  const commas: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (end - index - 1 > limits.maxJsonStringLength) return `A string of the request body is longer than the ${limits.maxJsonStringLength} characters that this server takes.`;
      index = end;
    } else if (code === COMMA) {
      const seen = (commas.at(-1) ?? 0) + 1;
      if (seen >= limits.maxJsonMembers) return `A list or object of the request body has more than the ${limits.maxJsonMembers} entries that this server takes.`;
      if (commas.length > 0) commas[commas.length - 1] = seen;
    } else if (OPENING.has(code)) {
      if (commas.length >= limits.maxJsonDepth) return `The request body is nested deeper than the ${limits.maxJsonDepth} levels that this server takes.`;
      commas.push(0);
    } else if (CLOSING.has(code)) {
      commas.pop();
    }
  }
  return undefined;
}

/** Most bodies are: too few characters for so many members or so long a string, and too few openings for such a depth, wherever they stand. */
function isTooShortToExceed(text: string, { maxJsonDepth, maxJsonMembers, maxJsonStringLength }: Pick<typeof LIMITS, 'maxJsonDepth' | 'maxJsonMembers' | 'maxJsonStringLength'>): boolean {
  if (text.length >= maxJsonMembers || text.length >= maxJsonStringLength) return false;
  let left = maxJsonDepth;
  for (const opening of ['{', '[']) {
    for (let index = text.indexOf(opening); index !== -1; index = text.indexOf(opening, index + 1)) {
      left -= 1;
      if (left < 0) return false;
    }
  }
  return true;
}

/** @returns the index of the closing quote, or the end of a text that has none */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
