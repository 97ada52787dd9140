import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

export interface Page<T> {
  readonly items: T[];
  /** For the next page; absent on the last one. */
  readonly nextCursor?: string;
}

/**
 * One page of a list in a fixed order. The cursor names the last entry that was shown, so that any instance continues it, also one that
 * runs another version with another list.
 * @param keyOf what the list is ordered by; distinct in the list
 * @throws ProtocolError -32602 for a cursor that this server did not make. Source: Model Context Protocol 2026-07-28, server/utilities/pagination.
 */
export function paginate<T>(list: readonly T[], keyOf: (item: T) => string, cursor: string | undefined, pageLength: number): Page<T> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const start = after === undefined ? 0 : firstAfter(list, keyOf, after);
  const items = list.slice(start, start + pageLength);
  const last = items.at(-1);
  return last === undefined || start + pageLength >= list.length ? { items } : { items, nextCursor: makeCursor(keyOf(last)) };
}

function firstAfter<T>(list: readonly T[], keyOf: (item: T) => string, after: string): number {
  const found = list.findIndex((item) => keyOf(item) > after);
  return found === -1 ? list.length : found;
}

const PREFIX = 'after:';

function makeCursor(key: string): string {
  return Buffer.from(PREFIX + key).toString('base64url');
}

function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  // What decodes to something else was changed, or made elsewhere.
  if (text.startsWith(PREFIX) && makeCursor(text.slice(PREFIX.length)) === cursor) return text.slice(PREFIX.length);
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid cursor: it was not made by this server. Leave the cursor out to begin with the first page.');
}
