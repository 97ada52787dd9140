import type { Random } from './random.ts';

/** Names that mean something to JavaScript, or to this server. */
const KEYS = [
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length', 'get', '', ' ', '0', '-1', 'null',
  'id', 'method', 'params', 'jsonrpc', 'name', 'arguments', '_meta', 'result', 'error', 'limit', 'topic', 'cursor', 'uri', 'ref', 'argument', 'task',
  'requestState', 'inputResponses', 'progressToken', 'protocolVersion', 'capabilities', 'clientInfo', 'traceparent', 'tracestate', 'baggage',
  'io.modelcontextprotocol/protocolVersion', 'io.modelcontextprotocol/clientCapabilities', 'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/logLevel', 'io.modelcontextprotocol/', '\u0000', '\ufeff', '😀',
];

const STRINGS = [
  ...KEYS,
  'tools/call', 'tools/list', 'server/discover', 'initialize', 'ping', 'resources/list', 'resources/read', 'resources/templates/list', 'prompts/list',
  'prompts/get', 'completion/complete', 'logging/setLevel', 'resources/subscribe', 'sampling/createMessage', 'roots/list', 'elicitation/create',
  'tasks/get', 'tasks/cancel', 'notifications/initialized', 'notifications/cancelled', 'notifications/progress', 'rpc.discover', 'tools/call/', 'TOOLS/CALL',
  'whoami', 'compute_primes', 'lookup_fact', 'Whoami', 'whoami ', 'whoami\u0000', 'explain_fact', 'ref/prompt', 'ref/resource',
  'fact://affinity', 'fact://', 'fact://%61ffinity', 'fact://{topic}', 'fact://%E0%A4%A', 'file:///etc/hostname', '../..', '%00', '%ff', 'http://169.254.169.254/', 'https://[::1', 'javascript:alert(1)',
  '2026-07-28', '2025-11-25', '2025-06-18', '2024-11-05', '1900-01-01', '2.0', '1.0', 'true', '1e400', 'NaN', '${7*7}', '{{7*7}}', "' or 1=1 --", '<script>',
  'eyJhbGciOiJub25lIn0.e30.', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '\r\nx-injected: 1', '\u2028', '\u202e', 'İ', 'ß', '\u0301',
];

/** Values as text that JSON allows. */
const VALID = [
  'null', 'true', 'false', '0', '-0', '-1', '1', '2', '1.5', '1e3', '1E+2', '1e400', '-1e400', '1e-400', '9007199254740993', '-9007199254740993', '2147483648', '4294967296',
  '123456789012345678901234567890123456789012345678901234567890', '0.1000000000000000055511151231257827021181583404541015625',
  '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d"', '"\\u0000"', '"\\/\\b\\f\\n\\r\\t"', '[]', '{}', '[[]]', '[null]', '[{}]', '["whoami"]', '{"":null}',
  '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"toString":1,"valueOf":1}', '{"toString":null}', '{"toJSON":1}', '{"then":1}',
  '{"length":-1}', '{"length":4294967296}', '{"type":"ref/prompt"}', '{"type":"ref/resource","uri":{"toString":1}}', '{"a":1,"a":2}', ' \t\r\n1 \t\r\n',
];

/** Texts that are no JSON. */
const INVALID = [
  '', 'undefined', 'NaN', 'Infinity', '-Infinity', '-', '+1', '01', '.5', '1.', '1e', '0x10', '1_000', '1n', 'nul', 'True', "'x'", '"', '"\\x41"', '"\\u12"', '"\\"', '"a\nb"', '"a\u0000b"',
  '[1,]', '[,]', '{,}', '{"a":1,}', '{"a"}', '{a:1}', '{"a":1 "b":2}', '[', '{', ']', '}', '[}', '{"a":]', '/* c */1', '1//c', '1 2', '#', '\ufeff1', '\u00a01', 'function(){}', '<x/>', '---\na: 1',
];

export function hostileString(random: Random): string {
  if (random.chance(0.1)) return random.pick(['x', '\u0000', '"', '\\', 'é', '😀', ' ', '../', '%2e']).repeat(random.pick([63, 65, 100, 101, 1_000, 10_000]));
  return random.pick(STRINGS);
}

/** A key as text, with its quotes. */
export function hostileKey(random: Random): string {
  if (random.chance(0.05)) return random.pick(['"\\u005f_proto__"', '"\\ud800"', '"__proto__\\u0000"', "'a'", 'a', '', '1', 'null', '"', '"k":"k"']);
  return JSON.stringify(random.chance(0.9) ? random.pick(KEYS) : hostileString(random));
}

/** A value as text, mostly one that JSON allows: what a parser refuses goes no deeper than the parser. */
export function hostileValue(random: Random): string {
  const choice = random.below(100);
  if (choice < 42) return random.pick(VALID);
  if (choice < 72) return JSON.stringify(hostileString(random));
  if (choice < 80) return random.pick(INVALID);
  if (choice < 85) return nested(random, random.pick([10, 32, 60, 63, 64, 65, 100, 1_000]), random.pick(VALID));
  if (choice < 88) return `[${Array.from({ length: random.pick([2, 100, 9_999, 10_001]) }, () => '0').join(',')}]`;
  if (choice < 90) return `{${Array.from({ length: random.pick([2, 100, 1_000]) }, (_, index) => `"k${random.chance(0.5) ? index : 0}":0`).join(',')}}`;
  return `{${hostileKey(random)}:${hostileValue(random)},${hostileKey(random)}:${hostileValue(random)}}`;
}

/** Lists, objects, or both in turn, around a value; sometimes left open. */
export function nested(random: Random, levels: number, inner: string): string {
  const open = random.pick(['[', '{"a":', '[{"a":']);
  const close = { '[': ']', '{"a":': '}', '[{"a":': '}]' }[open] ?? '';
  return `${open.repeat(levels)}${inner}${random.chance(0.9) ? close.repeat(levels) : ''}`;
}
