import { HOST, ORIGIN, type HttpDraft } from './httpDraft.ts';
import type { Random } from './random.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Odd values, by the header that they are for. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'Content-Type': [
    'application/json; charset=utf-8', 'application/json;charset=UTF-16', 'application/json; charset=latin1', 'application/json; charset="', 'APPLICATION/JSON', ' application/json ',
    'application/json,application/json', 'application/jsonx', 'application/json-patch+json', 'application/vnd.api+json', 'text/plain', 'text/json', 'application/x-www-form-urlencoded',
    'multipart/form-data', 'multipart/form-data; boundary=', '*/*', 'json', '/', ';', '', 'application/json; a=b; a=c', `application/json; ${'a'.repeat(3_000)}`, '__proto__', 'constructor',
  ],
  Accept: ['', '*/*', 'application/json', 'text/event-stream', 'text/html', 'application/json;q=0, text/event-stream;q=0', 'application/*', ',', 'text/event-stream, application/json', 'é', `${'a/b,'.repeat(900)}c/d`],
  'mcp-protocol-version': ['', '2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07', '1900-01-01', '2026-07-28, 2025-11-25', 'latest', '__proto__', ' 2026-07-28', '\xff', '0'.repeat(5_000)],
  'mcp-method': ['', 'tools/call', 'tools/list', 'TOOLS/CALL', 'initialize', 'no/such', '__proto__', `=?base64?${base64('tools/call')}?=`, 'tools/call, tools/list', '\xe9'],
  'mcp-name': [
    '', 'whoami', 'compute_primes', 'lookup_fact', 'WHOAMI', '__proto__', 'constructor', 'toString', `=?base64?${base64('whoami')}?=`, `=?base64?${base64('compute_primes')}?=`,
    '=?base64??=', '=?base64?', '=?base64?!!!!?=', '=?base64?/////w==?=', '=?BASE64?d2hvYW1p?=', `=?base64?${base64('whoami').replace('=', '')}?=`, '=?utf-8?B?d2hvYW1p?=', `=?base64?${base64(`=?base64?${base64('whoami')}?=`)}?=`, '\xffwhoami', 'whoami, whoami', 'x'.repeat(8_000),
  ],
  Host: [HOST, `${HOST}:443`, `${HOST}:80`, HOST.toUpperCase(), `${HOST}.`, `evil.${HOST}`, `${HOST}.evil.example`, 'localhost', '127.0.0.1', '', ' ', '[::1]', `user@${HOST}`, `${HOST}/mcp`, `${HOST}, evil.example`, `${HOST}:443:443`, '__proto__', '\xff', 'x'.repeat(4_000)],
  Origin: [ORIGIN, ORIGIN.toUpperCase(), 'null', '', '*', 'https://evil.example', `${ORIGIN}.evil.example`, `${ORIGIN}, https://evil.example`, `${ORIGIN}:443`, 'file://', 'http://localhost', '\xff'],
  Connection: ['close', 'keep-alive', 'upgrade', 'Upgrade, HTTP2-Settings', 'close, keep-alive', 'authorization', 'content-length', 'x'],
  Upgrade: ['h2c', 'websocket', 'TLS/1.0', ''],
  Expect: ['100-continue', '100-Continue', 'x', ''],
  'Content-Encoding': ['gzip', 'br', 'identity', 'x', ''],
  'X-Forwarded-For': ['', ',', '1.2.3.4', '1.2.3.4:5', '[::1]:1', '::1', 'unknown', 'x'.repeat(3_000), ','.repeat(3_000), '[', '1.2.3.4, \xff'],
  'X-Forwarded-Host': ['evil.example'],
  'X-Request-Id': ['mine', '__proto__'],
  'X-HTTP-Method-Override': ['GET', 'DELETE'],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-00000000000000000000000000000000-0000000000000000-00', 'ff-x', '', 'x'.repeat(2_000)],
  baggage: ['a=b', 'a=%ff', `${'a=b,'.repeat(500)}c=d`],
  'Last-Event-ID': ['1', ''],
  'Mcp-Session-Id': ['1', '', '\xff', 'x'.repeat(1_000)],
  Cookie: ['a=b', 'ARRAffinity=x', '__proto__=x'],
  'Accept-Encoding': ['gzip', 'br;q=x'],
  'If-None-Match': ['*'],
  Range: ['bytes=0-0'],
  ['__proto__']: ['x'],
  constructor: ['x'],
};

/** Bytes that no header may carry: what stands after them is not read as it was meant. */
const FORBIDDEN = ['\u0000', '\r', '\n', '\r\n', '\r\n\r\n', '\r\n ', '\u007f', '\u0001', '\n\n'];

/** @returns whether the request still begins and ends where it was meant to */
export function mutateHead(draft: HttpDraft, random: Random): boolean {
  let isWhole = true;
  for (let changes = random.between(1, 3); changes > 0; changes -= 1) isWhole = mutateHeader(draft, random) && isWhole;
  return isWhole;
}

function mutateHeader({ headers }: HttpDraft, random: Random): boolean {
  const at = random.below(headers.length + 1);
  const header = headers[at];
  const name = header && VALUES[canonical(header[0])] && random.chance(0.6) ? canonical(header[0]) : random.pick(Object.keys(VALUES));
  const value = random.pick(VALUES[name] ?? ['']);
  switch (random.below(12)) {
    case 0: case 1: case 2: case 3: {
      const present = headers.find(([other]) => other.toLowerCase() === name.toLowerCase());
      if (present) present[1] = value;
      else headers.splice(at, 0, [name, value]);
      return true;
    }
    case 4: case 5:
      headers.splice(at, 0, [name, value]);
      return true;
    case 6:
      if (headers.length > 1) headers.splice(at, 1);
      return true;
    case 7:
      if (header) headers.splice(random.below(headers.length + 1), 0, [header[0], header[1]]);
      return true;
    case 8:
      if (header) header[0] = random.pick([header[0].toUpperCase(), header[0].toLowerCase(), `x-${header[0]}`, header[0].replaceAll('-', '_')]);
      return true;
    case 9:
      if (header) header[1] = random.pick([` ${header[1]}\t`, `${header[1]},`, header[1].toUpperCase(), header[1].slice(0, -1), `${header[1]} ${header[1]}`, `"${header[1]}"`]);
      return true;
    case 10:
      for (let more = random.pick([10, 100, 500, 2_100]); more > 0; more -= 1) headers.push([`a${random.chance(0.5) ? '' : more}`, '']);
      return true;
    default:
      if (random.chance(0.5)) headers.splice(at, 0, ['x-large', 'x'.repeat(random.pick([8_000, 16_000, 17_000, 70_000]))]);
      else headers.splice(at, 0, random.pick<[string, string]>([[`x${random.pick(FORBIDDEN)}y`, 'z'], ['x-odd', `y${random.pick(FORBIDDEN)}z`], ['', ''], [' ', 'x'], ['x ', 'y'], ['\xff', 'x'], ['(', 'x']]));
      return false;
  }
}

function canonical(name: string): string {
  return Object.keys(VALUES).find((known) => known.toLowerCase() === name.toLowerCase()) ?? '';
}

const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY', 'M-SEARCH', 'REPORT', 'SOURCE', 'LINK', 'ACL'];
const NO_METHODS = ['CONNECT', 'PRI', 'post', 'POSTX', '', ' POST', 'P\u0000ST', 'HTTP/1.1', 'X'.repeat(5_000)];
const TARGETS = [
  '/mcp', '/mcp/', '//mcp', '/mcp//', '/MCP', '/mcp?', '/mcp?a=b', '/mcp?__proto__[a]=1', '/mcp?a=%ff', '/mcp;x', '/mcp/..', '/mcp/../mcp', '/./mcp', '/../mcp', '/%6dcp', '/%6Dcp', '/mcp%2f', '/mcp%00',
  '/mcp%', '/%ff', '/%c0%af', '/%2e%2e/mcp', '/..%2fmcp', '/\\mcp', '/', '//', '/health', '/health/', '/health?a', '/ready', '/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-protected-resource/%6dcp', '/.well-known/', '/__proto__', '/constructor', '/hasOwnProperty', `/${'a'.repeat(8_000)}`, `/mcp?${'a=b&'.repeat(2_000)}`, `/${'a/'.repeat(3_000)}`, '*', `http://${HOST}/mcp`, 'http://evil.example/mcp', '/:a', '/*', '/mcp#x',
];
const NO_TARGETS = ['/mcp\xff', '', 'mcp', '/m cp', '/mcp\u0000', '?', 'http://', '/mcp\t', ' /mcp'];
const NO_VERSIONS = ['HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/9.9', 'HTTP/1', 'http/1.1', 'HTTP/1.1 ', 'HTTP/11', '', 'RTSP/1.0', 'ICE/1.0', 'HTTP/1.1x'];

/** @returns whether the request still begins and ends where it was meant to */
export function mutateRequestLine(draft: HttpDraft, random: Random): boolean {
  const isWhole = random.chance(0.8);
  if (random.chance(0.8)) draft.target = random.pick(isWhole ? TARGETS : [...TARGETS, ...NO_TARGETS]);
  if (random.chance(0.5)) draft.method = random.pick(isWhole ? METHODS : [...METHODS, ...NO_METHODS]);
  if (!isWhole) draft.version = random.pick(NO_VERSIONS);
  else if (random.chance(0.1)) draft.version = 'HTTP/1.0';
  return isWhole;
}
