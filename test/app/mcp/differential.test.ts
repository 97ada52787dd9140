import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { offer } from './support/catalogue.ts';
import { createPair, type Pair } from './support/pair.ts';

/** What the two paths are meant to answer differently, with the clause that allows it. */
const INTENDED_DIFFERENCES = [
  {
    what: 'the SDK answers requests before 2026-07-28 as an event stream with one message, the fast path as JSON',
    source: 'Model Context Protocol 2025-11-25, basic/transports, "Sending Messages to the Server": the server MUST either return text/event-stream or application/json',
    applies: (fast: Answer, sdk: Answer) => fast.type === 'application/json' && sdk.type === 'text/event-stream',
    rewrite: (sdk: Answer): Answer => ({ ...sdk, type: 'application/json', body: JSON.parse(/^event: message\ndata: ([^\n]*)\n\n$/.exec(sdk.text)?.[1] ?? '"no single message"') }),
  },
] as const;

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: unknown;
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const HEADERS_THAT_MATTER = ['allow', 'cache-control', 'mcp-session-id', 'retry-after', 'www-authenticate', 'x-content-type-options', 'x-instance-id'];

async function answerOf(app: Pair['fast'], { headers, body }: Message): Promise<Answer> {
  const answer = await app.inject({ method: 'POST', url: '/mcp', headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify(body) } satisfies InjectOptions);
  const type = answer.headers['content-type']?.split(';')[0];
  return {
    status: answer.statusCode,
    type,
    headers: Object.fromEntries(HEADERS_THAT_MATTER.map((name) => [name, answer.headers[name]])),
    text: answer.payload,
    body: type === 'application/json' ? JSON.parse(answer.payload) : answer.payload,
  };
}

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function modern(method: string, params: Record<string, unknown> = {}, id: unknown = 1): Message {
  const name = params['name'] ?? params['uri'];
  return {
    headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}) },
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...MODERN_META, ...(params['_meta'] as object | undefined) } } },
  };
}

function legacy(method: string, params?: Record<string, unknown>, id: unknown = 1): Message {
  return {
    headers: { accept: 'application/json, text/event-stream', ...(method === 'initialize' ? {} : { 'mcp-protocol-version': '2025-11-25' }) },
    body: { jsonrpc: '2.0', id, method, ...(params ? { params } : {}) },
  };
}

const CALLS: [method: string, params?: Record<string, unknown>][] = [
  ['server/discover'],
  ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }],
  ['initialize', { protocolVersion: '2025-06-18', capabilities: { roots: { listChanged: true } }, clientInfo: { name: 'test', version: '1' } }],
  ['initialize', { protocolVersion: '1999-01-01', capabilities: {}, clientInfo: { name: 'test', version: '1' } }],
  ['ping'],
  ['tools/list'],
  ['tools/list', { cursor: 'x' }],
  ['tools/list', { cursor: Buffer.from('after:echo').toString('base64url') }],
  ['tools/call', { name: 'echo', arguments: { text: 'a "quoted" \u2028 text' } }],
  ['tools/call', { name: 'echo', arguments: { text: 'a', count: 3, nested: { flag: true, list: [1] } } }],
  ['tools/call', { name: 'echo' }],
  ['tools/call', { name: 'echo_later', arguments: { text: 'later' } }],
  ['tools/call', { name: 'echo', arguments: { count: 9, extra: 1 } }],
  ['tools/call', { name: 'refusing', arguments: { text: 'x' } }],
  ['tools/call', { name: 'failing', arguments: {} }],
  ['tools/call', { name: 'invalid_result', arguments: {} }],
  ['tools/call', { name: 'whoami', arguments: {} }],
  ['tools/call', { name: 'lookup_fact', arguments: { topic: 'affinity' } }],
  ['tools/call', { name: 'nothing', arguments: {} }],
  ['tools/call', { name: 'constructor', arguments: {} }],
  ['tools/call', { name: '__proto__', arguments: {} }],
  ['tools/call', { name: 'echo', arguments: {}, _meta: { progressToken: 7 } }],
  ['tools/call', { name: 'echo', arguments: {}, inputResponses: { a: { action: 'accept' } } }],
  ['tools/call', { name: 'echo', arguments: {}, requestState: 'made up' }],
  ['tools/call', { name: 'echo', arguments: {}, task: { ttl: 1 } }],
  ['resources/list'],
  ['resources/templates/list'],
  ['resources/read', { uri: 'fact://affinity' }],
  ['resources/read', { uri: 'fact://health%20check' }],
  ['resources/read', { uri: 'fact://%zz' }],
  ['resources/read', { uri: 'fact://unknown' }],
  ['resources/read', { uri: 'test://one' }],
  ['resources/read', { uri: 'test://failing/1' }],
  ['prompts/list'],
  ['prompts/get', { name: 'greet' }],
  ['prompts/get', { name: 'explain_fact', arguments: { topic: 'affinity' } }],
  ['prompts/get', { name: 'explain_fact', arguments: {} }],
  ['prompts/get', { name: 'toString' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: 'topic', value: 'a' } }],
  ['completion/complete', { ref: { type: 'ref/resource', uri: 'fact://{topic}' }, argument: { name: 'topic', value: '' } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'none' }, argument: { name: 'topic', value: 'a' } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: '__proto__', value: 'a' } }],
  ['logging/setLevel', { level: 'debug' }],
  ['resources/subscribe', { uri: 'fact://affinity' }],
  ['subscriptions/listen', { notifications: {} }],
  ['no/such', {}],
];

const CORPUS: Message[] = [
  ...CALLS.flatMap(([method, params]) => [modern(method, params), legacy(method, params)]),
  ...['text', '', 0, -1, 1.5, Number.MAX_VALUE, 2 ** 53, null, true, {}, []].flatMap((id) => [modern('tools/list', {}, id), legacy('tools/list', {}, id)]),
  ...[modern, legacy].flatMap((make) => ['notifications/initialized', 'notifications/cancelled', 'no/such'].map((method) => {
    const { headers, body } = make(method, method === 'notifications/cancelled' ? { requestId: 1, reason: 'late' } : {});
    const { id: _id, ...notification } = body as { id: unknown };
    return { headers, body: notification };
  })),
  { headers: { accept: '*/*', 'mcp-protocol-version': '2025-11-25' }, body: legacy('tools/list').body },
  { headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }, body: modern('tools/list').body },
  { headers: { ...modern('tools/call', { name: 'echo' }).headers, 'mcp-name': `=?base64?${Buffer.from('echo').toString('base64')}?=` }, body: modern('tools/call', { name: 'echo' }).body },
];

/** Values that sit where others are expected. */
const ODD = [undefined, null, true, 0, -1, 1.5, 1e308, '', 'x', '2026-07-28', '2025-11-25', '2099-01-01', [], [1], {}, { a: { b: 1 } }, 'tools/call', 'echo', 'constructor'];
const PATHS = [
  ['jsonrpc'], ['id'], ['method'], ['params'], ['result'], ['extra'], ['params', '_meta'], ['params', 'name'], ['params', 'arguments'], ['params', 'cursor'], ['params', 'uri'],
  ['params', 'arguments', 'text'], ['params', 'arguments', 'count'], ['params', 'arguments', 'extra'], ['params', 'task'], ['params', 'requestState'], ['params', 'inputResponses'],
  ['params', '_meta', 'io.modelcontextprotocol/protocolVersion'], ['params', '_meta', 'io.modelcontextprotocol/clientInfo'], ['params', '_meta', 'io.modelcontextprotocol/clientCapabilities'],
  ['params', '_meta', 'io.modelcontextprotocol/clientCapabilities', 'elicitation'], ['params', '_meta', 'io.modelcontextprotocol/logLevel'], ['params', '_meta', 'progressToken'], ['params', '_meta', 'traceparent'],
  ['params', '_meta', 'io.modelcontextprotocol/related-task'], ['params', 'protocolVersion'], ['params', 'capabilities'], ['params', 'clientInfo'], ['params', 'ref'], ['params', 'argument'],
];
const HEADER_VALUES = [undefined, '', 'x', 'tools/call', 'tools/list', 'echo', '2026-07-28', '2025-11-25', '2025-03-26', '2099-01-01', 'application/json', 'application/json, text/event-stream', ' echo ', '=?base64?ZWNobw==?=', '=?base64?%%?='];

function replaced(value: unknown, path: readonly string[], replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...(value as Record<string, unknown>) };
  const changed = rest.length === 0 ? replacement : replaced(copy[key], rest, replacement);
  if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy;
}

const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ path: fc.constantFrom(...PATHS), value: fc.constantFrom<unknown>(...ODD) }).map(({ path, value }) => (message: Message): Message => ({ ...message, body: replaced(message.body, path, value) })) },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom('accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name'), value: fc.constantFrom(...HEADER_VALUES) }).map(({ name, value }) => ({ headers, body }: Message): Message => {
    const { [name]: _old, ...rest } = headers;
    return { headers: value === undefined ? rest : { ...rest, [name]: value }, body };
  }) },
);
const messages = fc.tuple(fc.constantFrom(...CORPUS), fc.array(change, { maxLength: 3 })).map(([message, changes]) => changes.reduce((changed, apply) => apply(changed), message));

describe('[protocol.one-behaviour] the fast path answers as the SDK', () => {
  let pair: Pair;
  before(async () => {
    pair = await createPair(offer);
  });
  after(() => pair.close());

  const compare = async (message: Message): Promise<void> => {
    const [fast, sdk] = await Promise.all([answerOf(pair.fast, message), answerOf(pair.sdk, message)]);
    const difference = INTENDED_DIFFERENCES.find(({ applies }) => applies(fast, sdk));
    const expected = difference ? difference.rewrite(sdk) : sdk;
    const seen = ({ status, type, headers, body }: Answer) => ({ status, type, headers: difference ? { ...headers, 'cache-control': undefined } : headers, body });
    assert.deepEqual(seen(fast), seen(expected), `for ${JSON.stringify(message)}`);
  };

  it('for a corpus of valid, odd and broken requests in both protocol versions', async () => {
    for (const message of CORPUS) await compare(message);
    const methods = ['tools/list', 'tools/call', 'resources/list', 'resources/templates/list', 'resources/read', 'prompts/list', 'prompts/get', 'completion/complete', 'notification'];
    const served = [...methods.flatMap((method) => [`modern ${method}`, `legacy ${method}`]), 'modern server/discover', 'legacy initialize', 'legacy ping'];
    assert.deepEqual(served.filter((key) => !pair.accepted.has(key)), [], 'each of these takes the fast path');
  });

  it('for generated changes of them', async () => {
    const numRuns = process.env['MCP_SOAK'] ? 50_000 : 2_000;
    const before = total(pair.accepted);
    await fc.assert(fc.asyncProperty(messages, compare), { numRuns, seed: 20_261_124 });
    assert.ok(total(pair.accepted) - before > numRuns / 10, 'a good part of them takes the fast path');
  });
});

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
