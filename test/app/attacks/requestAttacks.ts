import { gzipSync } from 'node:zlib';
import { draftOf, type HttpDraft } from '../fuzz/httpDraft.ts';
import { legacyMessage, modernMessage, type ValidMessage } from '../fuzz/messages.ts';
import { deniedCall, NOTHING, refusedAs, type Attack, type Recorded } from './attack.ts';
import type { Forger } from './forger.ts';

/** What the callers of these requests hold: one tool, and not the one they are after. */
const LOOKUP = { roles: ['Tools.lookup_fact'] };
const lookupToken = (f: Forger): string => f.signed(f.appClaims(LOOKUP));
const whoamiToken = (f: Forger): string => f.signed(f.appClaims());

const WHOAMI = { name: 'whoami', arguments: {} };
const FACT = { name: 'lookup_fact', arguments: { topic: 'stateless' } };
const HEADER_MISMATCH = -32_020;
const INVALID_PARAMS = -32_602;
const METHOD_NOT_FOUND = -32_601;
const INVALID_REQUEST = -32_600;

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const modern = (method: string, params: Record<string, unknown>): ValidMessage => modernMessage(1, method, params);
const legacy = (method: string, params: Record<string, unknown>): ValidMessage => legacyMessage(1, method, params);

function withHeaders(draft: HttpDraft, ...changes: readonly (readonly [name: string, value: string | undefined])[]): HttpDraft {
  const names = changes.map(([name]) => name.toLowerCase());
  draft.headers = [...draft.headers.filter(([name]) => !names.includes(name.toLowerCase())), ...changes.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]))];
  return draft;
}

function withBody(draft: HttpDraft, body: string | Buffer): HttpDraft {
  draft.body = Buffer.from(body);
  return draft;
}

/** A request for whoami by who may call it, with the authorization changed. */
const authorized = (name: string, change: (draft: HttpDraft, token: string, forger: Forger) => HttpDraft, code: 'MCP_TOKEN_MISSING' | 'MCP_TOKEN_INVALID' = 'MCP_TOKEN_MISSING'): Attack => ({
  name: `authorization: ${name}`, status: 401, code, record: refusedAs(code),
  make(forger) {
    const token = whoamiToken(forger);
    return change(withHeaders(draftOf(modern('tools/call', WHOAMI), token), ['Authorization', undefined]), token, forger);
  },
});

const authorizations: readonly Attack[] = [
  authorized('none', (draft) => draft),
  authorized('twice, the good one first', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token}`], ['Authorization', 'Bearer forged']), 'MCP_TOKEN_INVALID'),
  authorized('twice, the good one last', (draft, token) => withHeaders(draft, ['authorization', 'Bearer forged'], ['AUTHORIZATION', `Bearer ${token}`]), 'MCP_TOKEN_INVALID'),
  authorized('twice the same', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token}`], ['Authorization', `Bearer ${token}`]), 'MCP_TOKEN_INVALID'),
  authorized('two tokens in one header, by a comma', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token}, Bearer ${token}`])),
  authorized('two tokens in one header, by a space', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token} ${token}`])),
  authorized('the scheme twice', (draft, token) => withHeaders(draft, ['Authorization', `Bearer Bearer ${token}`])),
  authorized('no scheme', (draft, token) => withHeaders(draft, ['Authorization', token])),
  authorized('a scheme in lower case, over a forged token', (draft, _token, forger) => withHeaders(draft, ['Authorization', `bearer ${forger.foreign(forger.appClaims())}`]), 'MCP_TOKEN_INVALID'),
  ...['Basic', 'Digest', 'DPoP', 'PoP', 'Token', 'Negotiate', 'BearerX', 'X-Bearer'].map((scheme) => authorized(`scheme ${scheme}`, (draft, token) => withHeaders(draft, ['Authorization', `${scheme} ${token}`]))),
  authorized('Basic with the token as password', (draft, token) => withHeaders(draft, ['Authorization', `Basic ${Buffer.from(`user:${token}`).toString('base64')}`])),
  ...['Bearer', 'Bearer:', 'Bearer ,', 'Bearer =', 'Bearer ""'].map((value) => authorized(JSON.stringify(value), (draft) => withHeaders(draft, ['Authorization', value]))),
  authorized('a tab after the scheme', (draft, token) => withHeaders(draft, ['Authorization', `Bearer\t${token}`])),
  authorized('the token in quotes', (draft, token) => withHeaders(draft, ['Authorization', `Bearer "${token}"`])),
  authorized('a space inside of the token', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token.replace('.', '. ')}`])),
  authorized('the token as a JSON serialization', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${JSON.stringify({ protected: token.split('.')[0], payload: token.split('.')[1], signature: token.split('.')[2] })}`])),
  authorized('the token in the query', (draft, token) => Object.assign(draft, { target: `/mcp?access_token=${token}` })),
  authorized('the token in the fragment', (draft, token) => Object.assign(draft, { target: `/mcp?x=1&token=${token}&authorization=Bearer%20${token}` })),
  authorized('the token in a form', (draft, token) => withHeaders(withBody(draft, `access_token=${token}`), ['Content-Type', 'application/x-www-form-urlencoded'])),
  authorized('the token in the message', (draft, token) => withBody(draft, JSON.stringify({ ...modern('tools/call', WHOAMI).body, access_token: token, authorization: `Bearer ${token}` }))),
  authorized('the token in a cookie', (draft, token) => withHeaders(draft, ['Cookie', `access_token=${token}; Authorization=Bearer ${token}; AppServiceAuthSession=${token}`])),
  ...['Proxy-Authorization', 'X-Authorization', 'X-Forwarded-Authorization', 'X-MS-TOKEN-AAD-ACCESS-TOKEN', 'X-ZUMO-AUTH', 'Mcp-Param-Authorization'].map((header) => authorized(`the token in ${header}`, (draft, token) => withHeaders(draft, [header, `Bearer ${token}`]))),
  authorized('the principal that Easy Auth would name', (draft) => withHeaders(draft, ['X-MS-CLIENT-PRINCIPAL', Buffer.from(JSON.stringify({ auth_typ: 'aad', claims: [{ typ: 'roles', val: 'Tools.whoami' }], role_typ: 'roles' })).toString('base64')], ['X-MS-CLIENT-PRINCIPAL-ID', '33333333-3333-4333-8333-333333333333'], ['X-MS-CLIENT-PRINCIPAL-IDP', 'aad'])),
  { ...authorized('a header larger than the server reads', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token}${'A'.repeat(20_000)}`])), status: 431, code: undefined, record: NOTHING.parser },
  { ...authorized('a control character inside', (draft, token) => withHeaders(draft, ['Authorization', `Bearer ${token}\u0000`])), status: 400, code: undefined, record: NOTHING.parser },
];

/** A request of who may look facts up and nothing else. */
const looking = (name: string, make: (forger: Forger, token: string) => HttpDraft, status: number, code: Attack['code'], record: Recorded): Attack =>
  ({ name, make: (forger) => make(forger, lookupToken(forger)), status, code, record });

const confusions: readonly Attack[] = [
  ...([['', (name: string) => name], [' as base64', base64]] as const).flatMap(([how, encode]) => [
    looking(`confusion: the header${how} names what is allowed, the body what is not`, (_f, token) => withHeaders(draftOf(modern('tools/call', WHOAMI), token), ['mcp-name', encode('lookup_fact')]), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
    looking(`confusion: the body names what is allowed, the header${how} what is not`, (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-name', encode('whoami')]), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  ]),
  looking('confusion: Mcp-Method says tools/list over a call', (_f, token) => withHeaders(draftOf(modern('tools/call', WHOAMI), token), ['mcp-method', 'tools/list']), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('confusion: Mcp-Method says tools/list over a call that is allowed', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-method', 'tools/list']), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: Mcp-Method says tools/call over a list', (_f, token) => withHeaders(draftOf(modern('tools/list', {}), token), ['mcp-method', 'tools/call'], ['mcp-name', 'whoami']), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: Mcp-Method in another letter case', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-method', 'Tools/Call']), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: no Mcp-Method', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-method', undefined]), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: no Mcp-Name', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-name', undefined]), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: Mcp-Name twice', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-name', 'lookup_fact'], ['mcp-name', 'whoami']), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: the headers of 2026-07-28 name what is allowed over a call of 2025-11-25', (_f, token) => withHeaders(draftOf(legacy('tools/call', WHOAMI), token), ['mcp-method', 'tools/call'], ['mcp-name', 'lookup_fact']), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('confusion: no version anywhere', (_f, token) => withHeaders(draftOf(legacy('tools/call', WHOAMI), token), ['mcp-protocol-version', undefined]), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('confusion: the header names another version than the message', (_f, token) => withHeaders(draftOf(modern('tools/call', FACT), token), ['mcp-protocol-version', '2025-11-25']), 400, HEADER_MISMATCH, refusedAs('PROTOCOL')),
  looking('confusion: a tool that the arguments name', (_f, token) => draftOf(modern('tools/call', { name: 'whoami', arguments: { name: 'lookup_fact' }, tool: 'lookup_fact', toolName: 'lookup_fact' }), token), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
];

const raw = (text: string) => (_f: Forger, token: string): HttpDraft => withBody(withHeaders(draftOf(legacy('tools/call', FACT), token)), text);
const call = (name: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":{}}}`;

const bodies: readonly Attack[] = [
  looking('body: a batch that hides a second call', raw(`[{"jsonrpc":"2.0","id":1,"method":"tools/list"},${call('whoami')}]`), 400, 'MCP_BATCH_REFUSED', refusedAs('MCP_BATCH_REFUSED')),
  looking('body: a batch of one', raw(`[${call('whoami')}]`), 400, 'MCP_BATCH_REFUSED', refusedAs('MCP_BATCH_REFUSED')),
  looking('body: a batch in a batch', raw(`[[${call('whoami')}]]`), 400, 'MCP_BATCH_REFUSED', refusedAs('MCP_BATCH_REFUSED')),
  looking('body: two messages, one a line', raw(`${call('lookup_fact')}\n${call('whoami')}`), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
  looking('body: name twice', raw('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lookup_fact","name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: name twice, once escaped', raw('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lookup_fact","n\\u0061me":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: method twice', raw('{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: params twice', raw(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lookup_fact"},"params":{"name":"whoami","arguments":{}}}`), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: the method escaped', raw('{"jsonrpc":"2.0","id":1,"method":"\\u0074ools\\/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: the name escaped', raw('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who\\u0061mi","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: a call without an id', raw('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: a call with id null', raw('{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: a call without jsonrpc', raw('{"id":1,"method":"tools/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: a call beside a result', raw('{"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"whoami","arguments":{}}}'), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: a call that claims an earlier round', (_f, token) => draftOf(modern('tools/call', { ...WHOAMI, requestState: 'forged', inputResponses: {} }), token), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  ...['{"__proto__":{"method":"tools/call"},"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"whoami"}}}', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lookup_fact","arguments":{"constructor":{"prototype":{"roles":["Tools.whoami"]}}}}}']
    .map((text, index) => looking(`body: prototypes, ${index + 1}`, raw(text), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed)),
  looking('body: a byte order mark before it', (f, token) => withBody(raw('')(f, token), `\ufeff${call('whoami')}`), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  looking('body: UTF-16', (f, token) => withBody(withHeaders(raw('')(f, token), ['Content-Type', 'application/json; charset=utf-16']), Buffer.from(call('whoami'), 'utf16le')), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
  looking('body: gzip', (f, token) => withBody(withHeaders(raw('')(f, token), ['Content-Encoding', 'gzip']), gzipSync(call('whoami'))), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
  looking('body: bytes that are no UTF-8 in the name', (f, token) => withBody(raw('')(f, token), Buffer.from(call('who\xe0mi'), 'latin1')), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json-patch+json', 'application/jsonp', 'application/vnd.api+json', 'text/json', 'application/xml']
    .map((type) => looking(`content type: ${type}`, (f, token) => withHeaders(raw(call('whoami'))(f, token), ['Content-Type', type]), 415, 'MCP_MEDIA_TYPE', NOTHING.malformed)),
  looking('content type: none', (f, token) => withHeaders(raw(call('whoami'))(f, token), ['Content-Type', undefined]), 415, 'MCP_MEDIA_TYPE', NOTHING.malformed),
  looking('content type: two of them', (f, token) => withHeaders(raw(call('whoami'))(f, token), ['Content-Type', 'text/plain'], ['Content-Type', 'application/json']), 415, 'MCP_MEDIA_TYPE', NOTHING.malformed),
  looking('content type: JSON after a comma', (f, token) => withHeaders(raw(call('whoami'))(f, token), ['Content-Type', 'text/plain, application/json']), 415, 'MCP_MEDIA_TYPE', NOTHING.malformed),
  looking('content type: JSON in other letters is JSON', (f, token) => withHeaders(raw(call('whoami'))(f, token), ['Content-Type', 'APPLICATION/JSON ;charset="utf-8"']), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
];

const UNKNOWN_NAMES = ['no_such_tool', 'Whoami', 'WHOAMI', 'whoami ', ' whoami', 'whoami\u0000', 'who\u200bami', 'wh\u043eami', 'whoami/../lookup_fact', 'lookup_fact,whoami', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];

const names: readonly Attack[] = [
  ...UNKNOWN_NAMES.map((name) => looking(`name: ${JSON.stringify(name)}`, (_f, token) => draftOf(legacy('tools/call', { name, arguments: {} }), token), 200, INVALID_PARAMS, refusedAs('UNKNOWN_TOOL'))),
  looking('name: an unknown tool of 2026-07-28', (_f, token) => draftOf(modern('tools/call', { name: 'no_such_tool', arguments: {} }), token), 200, INVALID_PARAMS, refusedAs('UNKNOWN_TOOL')),
  ...[['whoami'], { name: 'whoami' }, { toString: 'whoami' }, 7, null, true].map((name) => looking(`name: ${JSON.stringify(name)} for a text`, (_f, token) => draftOf(legacy('tools/call', { name, arguments: {} }), token), 200, INVALID_PARAMS, NOTHING.notFound)),
  { name: 'name: a disabled tool, by who holds its role', make: (f) => draftOf(modern('tools/call', { name: 'retired', arguments: {} }), f.signed(f.appClaims({ roles: ['Tools.retired'] }))), status: 200, code: INVALID_PARAMS, record: refusedAs('UNKNOWN_TOOL') },
  looking('name: a disabled tool, by who does not', (_f, token) => draftOf(modern('tools/call', { name: 'retired', arguments: {} }), token), 200, INVALID_PARAMS, refusedAs('UNKNOWN_TOOL')),
  { name: 'name: a tool on the list of the denied', make: (f) => draftOf(modern('tools/call', { name: 'report_change', arguments: {} }), f.signed(f.appClaims({ roles: ['Tools.report_change'] }))), status: 403, code: 'MCP_DENIED', record: deniedCall('report_change') },
  ...['Tools/Call', 'TOOLS/CALL', 'tools/call ', 'tools/call\u0000', 'tools.call', 'tools/callTool', 'rpc.tools/call'].map((method) => looking(`method: ${JSON.stringify(method)}`, (_f, token) => draftOf(legacy(method, WHOAMI), token), 200, METHOD_NOT_FOUND, NOTHING.unknownMethod)),
  looking('method: another letter case in 2026-07-28', (_f, token) => draftOf(modern('Tools/Call', WHOAMI), token), 404, METHOD_NOT_FOUND, refusedAs('PROTOCOL')),
  looking('method: a list with a method in it', (_f, token) => withBody(draftOf(legacy('tools/call', WHOAMI), token), '{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"whoami"}}'), 400, INVALID_REQUEST, refusedAs('PROTOCOL')),
  looking('message: null', raw('null'), 400, INVALID_REQUEST, refusedAs('PROTOCOL')),
  looking('message: nothing', raw(''), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
  looking('message: half of one', raw('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami"'), 400, 'MCP_BODY_NOT_JSON', NOTHING.malformed),
];

/** Who may call whoami and no more is after the facts. */
const prying = (name: string, message: ValidMessage, status: number, code: Attack['code'], record: Recorded): Attack =>
  ({ name: `offer: ${name}`, make: (f) => draftOf(message, whoamiToken(f)), status, code, record });

const PROMPT = { type: 'ref/prompt', name: 'explain_fact' };
const TEMPLATE = { type: 'ref/resource', uri: 'fact://{topic}' };
const argument = { name: 'topic', value: 's' };
const REFUSAL = refusedAs('MCP_ROLE_MISSING');
const offers: readonly Attack[] = [
  ...([['2026-07-28', modern], ['2025-11-25', legacy]] as const).flatMap(([version, message]) => [
    prying(`a fact as resource, ${version}`, message('resources/read', { uri: 'fact://stateless' }), 403, 'MCP_ROLE_MISSING', REFUSAL),
    prying(`the prompt, ${version}`, message('prompts/get', { name: 'explain_fact', arguments: { topic: 'stateless' } }), 403, 'MCP_ROLE_MISSING', REFUSAL),
    prying(`completion of the prompt, ${version}`, message('completion/complete', { ref: PROMPT, argument }), 403, 'MCP_ROLE_MISSING', REFUSAL),
    prying(`completion of the resource, ${version}`, message('completion/complete', { ref: TEMPLATE, argument }), 403, 'MCP_ROLE_MISSING', REFUSAL),
    prying(`completion with both references, ${version}`, message('completion/complete', { ref: { ...PROMPT, uri: 'none://' }, argument }), 403, 'MCP_ROLE_MISSING', REFUSAL),
  ]),
  prying('a fact that there is not', legacy('resources/read', { uri: 'fact://no-such-topic' }), 403, 'MCP_ROLE_MISSING', REFUSAL),
  prying('a fact, percent-encoded', legacy('resources/read', { uri: 'fact://%73tateless' }), 403, 'MCP_ROLE_MISSING', REFUSAL),
  ...['resources/subscribe', 'resources/unsubscribe'].map((method) => prying(`${method} of a fact`, legacy(method, { uri: 'fact://stateless' }), 403, 'MCP_ROLE_MISSING', REFUSAL)),
  { name: 'offer: a fact by a person without the scope', make: (f) => draftOf(modern('resources/read', { uri: 'fact://stateless' }), f.signed(f.userClaims({ ...LOOKUP, scp: 'mcp.access whoami' }))), status: 403, code: 'MCP_SCOPE_MISSING', record: refusedAs('MCP_SCOPE_MISSING') },
];

const transports: readonly Attack[] = [
  ...['GET', 'PUT', 'DELETE', 'PATCH'].map((method) => looking(`transport: a call by ${method}`, (_f, token) => Object.assign(draftOf(modern('tools/call', WHOAMI), token), { method }), 405, 'MCP_METHOD_NOT_ALLOWED', NOTHING.method)),
  looking('transport: POST that says it is another method', (_f, token) => withHeaders(draftOf(modern('tools/call', WHOAMI), token), ['X-HTTP-Method-Override', 'GET'], ['X-Original-URL', '/health']), 403, 'MCP_ROLE_MISSING', deniedCall('whoami')),
  ...['evil.example.net', 'mcp.example.net.evil.example', 'mcp.example.net:8080', 'localhost', ''].map((host) => looking(`transport: Host ${JSON.stringify(host)}`, (f) => withHeaders(draftOf(modern('tools/call', WHOAMI), whoamiToken(f)), ['Host', host], ['X-Forwarded-Host', 'mcp.example.net']), 403, 'MCP_HOST_NOT_ALLOWED', refusedAs('MCP_HOST_NOT_ALLOWED'))),
  ...['https://evil.example.net', 'null', 'https://inspector.example.net.evil.example'].map((origin) => looking(`transport: Origin ${origin}`, (f) => withHeaders(draftOf(modern('tools/call', WHOAMI), whoamiToken(f)), ['Origin', origin]), 403, 'MCP_ORIGIN_NOT_ALLOWED', refusedAs('MCP_ORIGIN_NOT_ALLOWED'))),
  looking('transport: two framings', (f) => withHeaders(draftOf(modern('tools/call', WHOAMI), whoamiToken(f)), ['Transfer-Encoding', 'chunked']), 400, undefined, NOTHING.parser),
];

export const requestAttacks: readonly Attack[] = [...authorizations, ...confusions, ...bodies, ...names, ...offers, ...transports];
