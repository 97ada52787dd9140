import { createHmac } from 'node:crypto';

/** What a signature covers. Header names in lower case. */
export interface SignableRequest {
  readonly method: string;
  /** Path and query as they go over the wire. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SIGNED_HEADERS = [
  'content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date',
  'if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range',
] as const;

/**
 * The Authorization header of a request that is signed with an account key.
 * Source: learn.microsoft.com, "Authorize with Shared Key", section "Blob, Queue, and File Services (Shared Key authorization)".
 * @param key the account key, base64
 */
export function sharedKeyAuthorization(account: string, key: string, request: SignableRequest): string {
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(stringToSign(account, request), 'utf8').digest('base64');
  return `SharedKey ${account}:${signature}`;
}

export function stringToSign(account: string, { method, url, headers }: SignableRequest): string {
  const standard = SIGNED_HEADERS.map((name) => (name === 'content-length' && headers[name] === '0' ? '' : (headers[name] ?? '')));
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, value]) => `${name}:${value.trim()}\n`);
  return `${[method.toUpperCase(), ...standard].join('\n')}\n${own.join('')}${canonicalResource(account, url)}`;
}

function canonicalResource(account: string, url: string): string {
  const [path = '/', query = ''] = splitOnce(url, '?');
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name = '', value = ''] = splitOnce(pair, '=');
    const key = decodeURIComponent(name).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), decodeURIComponent(value.replaceAll('+', '%20'))]);
  }
  const lines = [...values.keys()].sort().map((name) => `\n${name}:${(values.get(name) ?? []).sort().join(',')}`);
  return `/${account}${path}${lines.join('')}`;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
