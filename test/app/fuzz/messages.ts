import type { Random } from './random.ts';

/** A request that the server answers well, before anything about it is changed. */
export interface ValidMessage {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Readonly<Record<string, unknown>>;
}

export const MODERN_VERSION = '2026-07-28';
export const LEGACY_VERSION = '2025-11-25';

const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
};

/** Calls of tools, with small arguments: what is tested is the way to a tool. */
const CALLS: readonly Record<string, unknown>[] = [
  { name: 'whoami', arguments: {} },
  { name: 'compute_primes', arguments: { limit: 1_000 } },
  { name: 'lookup_fact', arguments: { topic: 'affinity' } },
];

const OTHERS: readonly [method: string, params: Record<string, unknown>][] = [
  ['tools/list', {}],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'fact://affinity' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'explain_fact', arguments: { topic: 'affinity' } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: 'topic', value: 'a' } }],
  ['notifications/cancelled', { requestId: 1, reason: 'changed my mind' }],
];

const MODERN_ONLY: readonly [string, Record<string, unknown>][] = [['server/discover', {}], ['subscriptions/listen', { notifications: { toolsListChanged: true } }]];
const LEGACY_ONLY: readonly [string, Record<string, unknown>][] = [
  ['initialize', { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } }],
  ['ping', {}],
  ['notifications/initialized', {}],
];

/** A call of a tool in 2026-07-28. */
export function modernMessage(id: unknown, method: string, params: Record<string, unknown>): ValidMessage {
  const name = params['name'] ?? params['uri'];
  return {
    headers: [
      ['mcp-protocol-version', MODERN_VERSION], ['mcp-method', method],
      ...(typeof name === 'string' ? [['mcp-name', name] as const] : []),
    ],
    body: { jsonrpc: '2.0', ...idOf(method, id), method, params: { ...params, _meta: { ...META } } },
  };
}

/** The same in 2025-11-25. */
export function legacyMessage(id: unknown, method: string, params: Record<string, unknown>): ValidMessage {
  return { headers: [['mcp-protocol-version', LEGACY_VERSION]], body: { jsonrpc: '2.0', ...idOf(method, id), method, params } };
}

function idOf(method: string, id: unknown): { id?: unknown } {
  return method.startsWith('notifications/') ? {} : { id };
}

/** Mostly calls of tools, in either version. */
export function validMessage(random: Random, id: unknown): ValidMessage {
  const isModern = random.chance(0.5);
  const message = isModern ? modernMessage : legacyMessage;
  if (random.chance(0.7)) return message(id, 'tools/call', structuredClone(random.pick(CALLS)));
  const [method, params] = random.pick([...OTHERS, ...(isModern ? MODERN_ONLY : LEGACY_ONLY)]);
  return message(id, method, structuredClone(params));
}
