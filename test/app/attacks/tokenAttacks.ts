import { draftOf } from '../fuzz/httpDraft.ts';
import { modernMessage } from '../fuzz/messages.ts';
import { CALLING_CLIENT_ID, CLIENT_ID, TENANT_ID } from '../support/authority.ts';
import { deniedCall, refusedAs, type Attack } from './attack.ts';
import { ATTACKER_URL, DENIED_CLIENT_ID, DENIED_OID, nowSeconds, OTHER_GUID, type Forger } from './forger.ts';

type Forged = readonly [name: string, forge: (forger: Forger) => string | Promise<string>, reason: RegExp];

const DAY_SECONDS = 86_400;
const ALGORITHM = /^ERR_JOSE_ALG_NOT_ALLOWED$/;
const SIGNATURE = /^ERR_JWS_SIGNATURE_VERIFICATION_FAILED$/;
const FORM = /^it is not a signed JWT in compact form$/;
const HEADER = /^its header does not name one key of the tenant$/;
const claim = (name: string): RegExp => new RegExp(`claims? (?:.*, )?${name}\\b`);

/** The signature, and whose it is. */
const signatures: readonly Forged[] = [
  ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): Forged => [`alg ${JSON.stringify(alg)} without a signature`, (f) => f.assembled(f.header({ alg }), f.appClaims(), () => ''), FORM]),
  ...['none', 'NoNe'].map((alg): Forged => [`alg ${alg} over a good signature`, (f) => f.signed(f.appClaims(), f.header({ alg })), ALGORITHM]),
  ['no alg', (f) => f.signed(f.appClaims(), f.header({ alg: undefined })), /^ERR_JWS_INVALID$/],
  ['alg as a list', (f) => f.signed(f.appClaims(), f.header({ alg: ['RS256'] })), /^ERR_JWS_INVALID$/],
  ['alg in lower case', (f) => f.signed(f.appClaims(), f.header({ alg: 'rs256' })), ALGORITHM],
  ...(['pem', 'der', 'modulus', 'keySet'] as const).map((form): Forged => [`HS256 with the public key as secret, as ${form}`, (f) => f.mac('HS256', f.publicKeyForms[form]), ALGORITHM]),
  ...(['HS384', 'HS512'] as const).map((alg): Forged => [`${alg} with the public key as secret`, (f) => f.mac(alg, f.publicKeyForms.pem), ALGORITHM]),
  ['HS256 with an empty secret', (f) => f.mac('HS256', ''), ALGORITHM],
  ...(['RS384', 'RS512', 'PS256'] as const).map((alg): Forged => [`${alg} by the tenant's key`, (f) => f.signedWith(alg), ALGORITHM]),
  ...(['ES256', 'EdDSA'] as const).map((alg): Forged => [`${alg} by a key of the attacker`, (f) => f.signedWith(alg), ALGORITHM]),
  ['a foreign key under the kid of the tenant', (f) => f.foreign(f.appClaims()), SIGNATURE],
  ['a foreign kid', (f) => f.foreign(f.appClaims(), f.header({ kid: 'key-of-the-attacker' })), /^ERR_JWKS_NO_MATCHING_KEY$/],
  ['no kid, by a foreign key', (f) => f.foreign(f.appClaims(), f.header({ kid: undefined })), HEADER],
  ['no kid, by the tenant\'s key', (f) => f.signed(f.appClaims(), f.header({ kid: undefined })), HEADER],
  ['an empty kid', (f) => f.signed(f.appClaims(), f.header({ kid: '' })), HEADER],
  ['a kid that is a list', (f) => f.signed(f.appClaims(), f.header({ kid: ['key-1'] })), HEADER],
  ['a kid that is null', (f) => f.signed(f.appClaims(), f.header({ kid: null })), HEADER],
  ...['../../../../dev/null', "key-1' OR '1'='1", "x' UNION SELECT 'secret' --", '__proto__', 'key-1\u0000', 'KEY-1', '$(id)', 'https://keys.attacker.example/'].map((kid): Forged =>
    [`a kid like ${JSON.stringify(kid)}`, (f) => f.signed(f.appClaims(), f.header({ kid })), /^ERR_JWKS_NO_MATCHING_KEY$/]),
  ['jku to the attacker\'s keys', (f) => f.foreign(f.appClaims(), f.header({ jku: ATTACKER_URL })), SIGNATURE],
  ['jku to the attacker\'s keys, with a kid that is only there', (f) => f.foreign(f.appClaims(), f.header({ jku: ATTACKER_URL, kid: 'key-of-the-attacker' })), /^ERR_JWKS_NO_MATCHING_KEY$/],
  ['x5u to the attacker\'s certificate', (f) => f.foreign(f.appClaims(), f.header({ x5u: ATTACKER_URL })), SIGNATURE],
  ['x5c and x5t of the attacker', (f) => f.foreign(f.appClaims(), f.header({ x5c: ['MIIBszCCAVmgAwIBAgIUQ'], x5t: 'q83vEjRWeJq83vEjRWeJq83vEjQ' })), SIGNATURE],
  ['the attacker\'s key as jwk in the header', (f) => f.foreign(f.appClaims(), f.header({ jwk: f.foreignJwk })), SIGNATURE],
  ['the attacker\'s key as jwk, and no kid', (f) => f.foreign(f.appClaims(), f.header({ jwk: f.foreignJwk, kid: undefined })), HEADER],
  ['crit with a name that nobody knows', (f) => f.signed(f.appClaims(), f.header({ crit: ['http://attacker.example/critical'], 'http://attacker.example/critical': true })), /^ERR_JOSE_NOT_SUPPORTED$/],
  ['crit that names exp', (f) => f.signed(f.appClaims(), f.header({ crit: ['exp'], exp: nowSeconds() })), /^ERR_JOSE_NOT_SUPPORTED$/],
  ['an empty crit', (f) => f.signed(f.appClaims(), f.header({ crit: [] })), /^ERR_JWS_INVALID$/],
  ['crit and b64: false over an encoded payload', (f) => f.signed(f.appClaims(), f.header({ crit: ['b64'], b64: false })), HEADER],
  ['b64: false without crit', (f) => f.signed(f.appClaims(), f.header({ b64: false })), HEADER],
  ['a typ that is no access token\'s', (f) => f.signed(f.appClaims(), f.header({ typ: 'logout+jwt' })), claim('typ')],
  ['no typ', (f) => f.signed(f.appClaims(), f.header({ typ: undefined })), claim('typ')],
  ['a header that is no JSON', (f) => f.signed(f.appClaims(), '{"alg":"RS256",'), /^ERR_JWS_INVALID$/],
  ['a header that is a list', (f) => f.signed(f.appClaims(), '["RS256"]'), /^ERR_JWS_INVALID$/],
];

/** The form of the token. */
const forms: readonly Forged[] = [
  ['a payload that was changed after it was signed', (f) => changePart(f, 1, (payload) => Buffer.from(Buffer.from(payload, 'base64url').toString().replace('Tools.whoami', 'Mcp.CallAllTools')).toString('base64url')), SIGNATURE],
  ['a member that was added after it was signed', (f) => changePart(f, 1, (payload) => Buffer.from(Buffer.from(payload, 'base64url').toString().replace(/\}$/, ',"roles":["Mcp.CallAllTools"]}')).toString('base64url')), SIGNATURE],
  ['bytes after the signature', (f) => f.keep(`${f.signed(f.appClaims())}AAAA`), SIGNATURE],
  ['a fourth part', (f) => f.keep(`${f.signed(f.appClaims())}.AAAA`), FORM],
  ['a dot after it', (f) => f.keep(`${f.signed(f.appClaims())}.`), FORM],
  ['a dot before it', (f) => f.keep(`.${f.signed(f.appClaims())}`), FORM],
  ['two parts', (f) => f.keep(f.signed(f.appClaims()).split('.').slice(0, 2).join('.')), FORM],
  ['dots alone', () => '..', FORM],
  ['no token at all, but a word', () => 'null', FORM],
  ['an empty signature', (f) => changePart(f, 2, () => ''), FORM],
  ['half of the signature', (f) => changePart(f, 2, (signature) => signature.slice(0, 128)), SIGNATURE],
  ['a signature of zeros', (f) => changePart(f, 2, () => Buffer.alloc(256).toString('base64url')), SIGNATURE],
  ['another spelling of the same signature', (f) => changePart(f, 2, respelled), FORM],
  ['a padded signature', (f) => changePart(f, 2, (signature) => `${signature}==`), FORM],
  ['a signature in base64, not base64url', (f) => changePart(f, 2, (signature) => Buffer.from(signature, 'base64url').toString('base64').replace(/=+$/, ''), /[-_]/), FORM],
  ['a nested JWT', (f) => f.signed(f.signed(f.appClaims()), f.header({ cty: 'JWT' })), /^ERR_JWT_INVALID$/],
  ['an encrypted token', (f) => f.encrypted(), FORM],
  ...['null', '[]', '"text"', '7', '', '{"a":'].map((payload): Forged => [`a payload of ${JSON.stringify(payload)}`, (f) => f.signed(payload), payload === '' ? FORM : /^ERR_JWT_INVALID$/]),
];

/** Issuer, tenant, audience and time. */
const addresses: readonly Forged[] = [
  ['the issuer of another tenant', (f) => f.signed(f.appClaims({ iss: f.issuer.replace(TENANT_ID, OTHER_GUID) })), claim('iss')],
  ['the issuer of v1 tokens', (f) => f.signed(f.appClaims({ iss: `https://sts.windows.net/${TENANT_ID}/` })), claim('iss')],
  ['the issuer with a slash after it', (f) => f.signed(f.appClaims({ iss: `${f.issuer}/` })), claim('iss')],
  ['the issuer in upper case', (f) => f.signed(f.appClaims({ iss: f.issuer.toUpperCase() })), claim('iss')],
  ['the issuer of all tenants', (f) => f.signed(f.appClaims({ iss: f.issuer.replace(TENANT_ID, 'common') })), claim('iss')],
  ['the issuer over http', (f) => f.signed(f.appClaims({ iss: f.issuer.replace('https:', 'http:') })), claim('iss')],
  ['a list of issuers', (f) => f.signed(f.appClaims({ iss: [f.issuer] })), claim('iss')],
  ['no issuer', (f) => f.signed(f.appClaims({ iss: undefined })), claim('iss')],
  ['this server as issuer', (f) => f.signed(f.appClaims({ iss: 'https://mcp.example.net' })), claim('iss')],
  ['another tenant in tid, under the right issuer', (f) => f.signed(f.appClaims({ tid: OTHER_GUID })), claim('tid')],
  ['no tid', (f) => f.signed(f.appClaims({ tid: undefined })), claim('tid')],
  ['another application as audience', (f) => f.signed(f.appClaims({ aud: OTHER_GUID })), claim('aud')],
  ['the acting client as audience', (f) => f.signed(f.appClaims({ aud: CALLING_CLIENT_ID })), claim('aud')],
  ['the identifier URI as audience, as in a v1 token', (f) => f.signed(f.appClaims({ aud: 'https://mcp.example.net/mcp' })), claim('aud')],
  ['the api:// form of the audience', (f) => f.signed(f.appClaims({ aud: `api://${CLIENT_ID}` })), claim('aud')],
  ['a list of audiences with ours in it', (f) => f.signed(f.appClaims({ aud: [CLIENT_ID, OTHER_GUID] })), claim('aud')],
  ['ours alone, as a list', (f) => f.signed(f.appClaims({ aud: [CLIENT_ID] })), claim('aud')],
  ['no audience', (f) => f.signed(f.appClaims({ aud: undefined })), claim('aud')],
  ['audience twice, ours first', (f) => f.signed(JSON.stringify(f.appClaims()).replace(/\}$/, `,"aud":"${OTHER_GUID}"}`)), claim('aud')],
  ['expired', (f) => f.signed(f.appClaims({ iat: nowSeconds() - 7_200, nbf: nowSeconds() - 7_200, exp: nowSeconds() - 120 })), /^it has expired$/],
  ['exp twice, the good one first', (f) => f.signed(JSON.stringify(f.appClaims()).replace(/\}$/, `,"exp":${nowSeconds() - 120}}`)), /^it has expired$/],
  ['not yet valid', (f) => f.signed(f.appClaims({ nbf: nowSeconds() + 120 })), claim('nbf')],
  ['issued far in the future', (f) => f.signed(f.appClaims({ iat: nowSeconds() + 30 * DAY_SECONDS, exp: nowSeconds() + 31 * DAY_SECONDS })), claim('iat')],
  ['no exp', (f) => f.signed(f.appClaims({ exp: undefined })), claim('exp')],
  ['no nbf', (f) => f.signed(f.appClaims({ nbf: undefined })), claim('nbf')],
  ['no iat', (f) => f.signed(f.appClaims({ iat: undefined })), claim('iat')],
  ['exp as text', (f) => f.signed(f.appClaims({ exp: String(nowSeconds() + 3_600) })), claim('exp')],
  ['exp in the year 9999', (f) => f.signed(f.appClaims({ exp: 253_402_300_799 })), claim('exp')],
  ['exp without end', (f) => f.signed(JSON.stringify(f.appClaims({ exp: undefined })).replace(/\}$/, ',"exp":1e999}')), claim('exp')],
  ['exp null', (f) => f.signed(f.appClaims({ exp: null })), claim('exp')],
  ['exp in milliseconds', (f) => f.signed(f.appClaims({ exp: Date.now() + 3_600_000 })), claim('exp')],
  ['a life of a month', (f) => f.signed(f.appClaims({ exp: nowSeconds() + 30 * DAY_SECONDS })), claim('exp')],
];

/** Tokens of Entra that are no access tokens of this server. */
const confused: readonly Forged[] = [
  ['an access token of version 1', (f) => f.signed(f.appClaims({ iss: `https://sts.windows.net/${TENANT_ID}/`, aud: 'https://mcp.example.net/mcp', ver: '1.0', azp: undefined, azpacr: undefined, appid: CALLING_CLIENT_ID, appidacr: '1' })), claim('iss')],
  ['version 1 under the issuer of version 2', (f) => f.signed(f.appClaims({ ver: '1.0', appid: CALLING_CLIENT_ID })), claim('ver')],
  ['no version', (f) => f.signed(f.appClaims({ ver: undefined })), claim('ver')],
  ['an ID token of the client', (f) => f.signed(f.userClaims({ aud: CALLING_CLIENT_ID, azp: undefined, azpacr: undefined, scp: undefined, idtyp: undefined, nonce: 'n', preferred_username: 'ada@example.net' })), claim('aud')],
  ['an ID token for this application', (f) => f.signed(f.userClaims({ azp: undefined, azpacr: undefined, scp: undefined, idtyp: undefined, nonce: 'n', preferred_username: 'ada@example.net' })), claim('azp')],
  ['an access token of Graph', (f) => f.signed(f.appClaims({ aud: '00000003-0000-0000-c000-000000000000' }), f.header({ nonce: 'n', x5t: 'key-1' })), claim('aud')],
  ['an access token of Graph, by its URL', (f) => f.signed(f.appClaims({ aud: 'https://graph.microsoft.com', iss: `https://sts.windows.net/${TENANT_ID}/`, ver: '1.0' })), claim('iss')],
];

/** Who it is for, and what it allows. */
const identities: readonly Forged[] = [
  ['no oid', (f) => f.signed(f.appClaims({ oid: undefined })), claim('oid')],
  ['an empty oid', (f) => f.signed(f.appClaims({ oid: '' })), claim('oid')],
  ['oid as a number', (f) => f.signed(f.appClaims({ oid: 7 })), claim('oid')],
  ['oid as a list', (f) => f.signed(f.appClaims({ oid: [OTHER_GUID] })), claim('oid')],
  ['an oid that is no GUID', (f) => f.signed(f.appClaims({ oid: '*' })), claim('oid')],
  ['no azp', (f) => f.signed(f.appClaims({ azp: undefined })), claim('azp')],
  ['an azp that is no GUID', (f) => f.signed(f.appClaims({ azp: 'https://client.example/client.json' })), claim('azp')],
  ['roles as text', (f) => f.signed(f.appClaims({ roles: 'Tools.whoami' })), claim('roles')],
  ['roles as an object', (f) => f.signed(f.appClaims({ roles: { 'Tools.whoami': true } })), claim('roles')],
  ['roles null', (f) => f.signed(f.appClaims({ roles: null })), claim('roles')],
  ['a list in the list of roles', (f) => f.signed(f.appClaims({ roles: [['Tools.whoami']] })), claim('roles')],
  ['scp as a list', (f) => f.signed(f.userClaims({ scp: ['whoami'] })), claim('scp')],
  ['an empty scp', (f) => f.signed(f.userClaims({ scp: ' ' })), /neither an app token .* nor a delegated one/],
  ['idtyp app with scp', (f) => f.signed(f.appClaims({ scp: 'whoami' })), /contradict/],
  ['idtyp app with an empty scp', (f) => f.signed(f.appClaims({ scp: '' })), /contradict/],
  ['idtyp user without scp', (f) => f.signed(f.appClaims({ idtyp: 'user' })), /neither an app token .* nor a delegated one/],
  ['neither idtyp nor scp: no app by what it lacks', (f) => f.signed(f.appClaims({ idtyp: undefined })), /neither an app token .* nor a delegated one/],
  ['idtyp in another letter case', (f) => f.signed(f.appClaims({ idtyp: 'App' })), claim('idtyp')],
  ['idtyp as a list', (f) => f.signed(f.appClaims({ idtyp: ['app'] })), claim('idtyp')],
];

/** Accepted tokens that do not open the tool. */
const unentitled: readonly (readonly [name: string, forge: (forger: Forger) => string, code: 'MCP_ROLE_MISSING' | 'MCP_SCOPE_MISSING' | 'MCP_DENIED'])[] = [
  ['the role in a delegated token without the scope', (f) => f.signed(f.userClaims({ scp: 'mcp.access' })), 'MCP_SCOPE_MISSING'],
  ['the scope of another tool', (f) => f.signed(f.userClaims({ scp: 'mcp.access lookup_fact' })), 'MCP_SCOPE_MISSING'],
  ['a scope that begins with the name', (f) => f.signed(f.userClaims({ scp: 'whoami2 whoami.read xwhoami' })), 'MCP_SCOPE_MISSING'],
  ['the scope in another letter case', (f) => f.signed(f.userClaims({ scp: 'Whoami WHOAMI' })), 'MCP_SCOPE_MISSING'],
  ['the scope between tabs', (f) => f.signed(f.userClaims({ scp: 'mcp.access\twhoami\tx' })), 'MCP_SCOPE_MISSING'],
  ['the scope with the resource before it', (f) => f.signed(f.userClaims({ scp: 'https://mcp.example.net/mcp/whoami' })), 'MCP_SCOPE_MISSING'],
  ['the umbrella role without the scope', (f) => f.signed(f.userClaims({ scp: 'mcp.access', roles: ['Mcp.CallAllTools'] })), 'MCP_SCOPE_MISSING'],
  ['the scope without the role', (f) => f.signed(f.userClaims({ roles: undefined })), 'MCP_ROLE_MISSING'],
  ['the role as a scope', (f) => f.signed(f.userClaims({ roles: [], scp: 'Tools.whoami Mcp.CallAllTools whoami' })), 'MCP_ROLE_MISSING'],
  ['the scope as a role', (f) => f.signed(f.appClaims({ roles: ['whoami', 'mcp.access'] })), 'MCP_ROLE_MISSING'],
  ['the role in another letter case', (f) => f.signed(f.appClaims({ roles: ['tools.whoami', 'TOOLS.WHOAMI', 'mcp.callalltools'] })), 'MCP_ROLE_MISSING'],
  ['the role with a space after it', (f) => f.signed(f.appClaims({ roles: ['Tools.whoami ', 'Tools.whoami Tools.whoami', 'Tools.*', '*'] })), 'MCP_ROLE_MISSING'],
  ['the role in wids and groups', (f) => f.signed(f.appClaims({ roles: [], wids: ['Tools.whoami'], groups: ['Mcp.CallAllTools'], role: ['Tools.whoami'] })), 'MCP_ROLE_MISSING'],
  ['an app without roles', (f) => f.signed(f.appClaims({ roles: undefined })), 'MCP_ROLE_MISSING'],
  ['a principal on the list of the denied', (f) => f.signed(f.appClaims({ oid: DENIED_OID })), 'MCP_DENIED'],
  ['a principal on the list of the denied, in upper case', (f) => f.signed(f.appClaims({ oid: DENIED_OID.toUpperCase() })), 'MCP_DENIED'],
  ['a client on the list of the denied, for a person', (f) => f.signed(f.userClaims({ azp: DENIED_CLIENT_ID })), 'MCP_DENIED'],
];

const callOf = (token: string) => draftOf(modernMessage(1, 'tools/call', { name: 'whoami', arguments: {} }), token);

/** Each asks for whoami, which the token would open if it were what it says. */
export const tokenAttacks: readonly Attack[] = [
  ...[...signatures, ...forms, ...addresses, ...confused, ...identities].map(([name, forge, reason]): Attack =>
    ({ name: `token: ${name}`, make: async (forger) => callOf(await forge(forger)), status: 401, code: 'MCP_TOKEN_INVALID', record: refusedAs('MCP_TOKEN_INVALID', reason) })),
  ...unentitled.map(([name, forge, code]): Attack => ({ name: `token: ${name}`, make: (forger) => callOf(forge(forger)), status: 403, code, record: deniedCall('whoami') })),
];

/** A good token with one of its three parts changed. */
function changePart(forger: Forger, part: 0 | 1 | 2, change: (text: string) => string, needed = /./): string {
  for (;;) {
    const parts = forger.signed(forger.appClaims({ uti: crypto.randomUUID() })).split('.');
    if (!needed.test(parts[part] ?? '')) continue;
    parts[part] = change(parts[part] ?? '');
    return forger.keep(parts.join('.'));
  }
}

/** The last character of 2,048 bits carries two of them: four more say nothing, and lenient decoders do not look at them. */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + (alphabet[alphabet.indexOf(signature.slice(-1)) + 1] ?? '');
}
