import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { draftOf, HOST, type HttpDraft } from '../fuzz/httpDraft.ts';
import { legacyMessage, modernMessage } from '../fuzz/messages.ts';
import type { Attack } from './attack.ts';
import { startAttackWorld, type Answered, type AttackWorld } from './attackWorld.ts';
import { nowSeconds } from './forger.ts';
import { requestAttacks } from './requestAttacks.ts';
import { tokenAttacks } from './tokenAttacks.ts';

const METADATA = `https://${HOST}/.well-known/oauth-protected-resource/mcp`;
const BASELINE = `Bearer resource_metadata="${METADATA}", scope="https://${HOST}/mcp/mcp.access"`;
const attacks: readonly Attack[] = [...tokenAttacks, ...requestAttacks];
/** One caller and one address for each attack: by them its lines of the record are found. */
const callerOf = (index: number): { oid: string; clientAddress: string } => ({ oid: `33333333-3333-4333-8333-${String(index).padStart(12, '0')}`, clientAddress: `203.0.${113 + Math.floor(index / 200)}.${(index % 200) + 1}` });

describe('forged, stale and confused tokens and requests [attacks.refused]', () => {
  let world: AttackWorld;
  const answers: Answered[] = [];
  before(async () => {
    world = await startAttackWorld();
  });
  after(() => world.close());

  const call = (token: string, args: Record<string, unknown> = {}): HttpDraft => draftOf(modernMessage(1, 'tools/call', { name: 'whoami', arguments: args }), token);

  it('are measured by the same requests with nothing wrong, which get in', async () => {
    const { forger } = world;
    const lowerCase = call('');
    lowerCase.headers = lowerCase.headers.map(([name, value]) => (name === 'Authorization' ? [name, `bearer   ${forger.signed(forger.appClaims())}`] : [name, value]));
    const inMercy = forger.signed(forger.appClaims({ iat: nowSeconds() - 3_630, nbf: nowSeconds() - 3_630, exp: nowSeconds() - 30 }));
    const longest = forger.signed(forger.appClaims({ iat: nowSeconds() + 30, nbf: nowSeconds() + 30, exp: nowSeconds() + 29 * 3_600 }));
    const lookup = forger.signed(forger.appClaims({ roles: ['Tools.lookup_fact'] }));
    const others = [modernMessage(1, 'resources/read', { uri: 'fact://stateless' }), legacyMessage(1, 'prompts/get', { name: 'explain_fact', arguments: { topic: 'stateless' } }), legacyMessage(1, 'resources/subscribe', { uri: 'fact://stateless' })];
    for (const draft of [call(forger.signed(forger.appClaims())), call(forger.signed(forger.userClaims())), call(inMercy), call(longest), lowerCase, ...others.map((message) => draftOf(message, lookup))]) {
      const answer = await world.send(draft, '198.51.100.1');
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.text, /"result"/);
    }
    assert.deepEqual(world.ran.splice(0), ['whoami', 'whoami', 'whoami', 'whoami', 'whoami', 'fact', 'explain_fact']);
  });

  attacks.forEach((attack, index) => {
    it(attack.name, async () => {
      const { oid, clientAddress } = callerOf(index);
      world.forger.actAs(oid);
      const answer = await world.send(await attack.make(world.forger), clientAddress);
      answers.push(answer);
      const ran = world.ran.splice(0);
      assert.deepEqual([answer.status, answer.code], [attack.status, attack.code], answer.text);
      assertChallenge(answer);
      assert.deepEqual(ran, [], 'nothing ran');
      await assertRecorded(world, attack, answer, index);
    });
  });

  it('leave no token and no part of one in logs, spans, records, answers or requests to others, nor do tokens where none belongs [attacks.silent]', async () => {
    const { forger } = world;
    forger.actAs('33333333-3333-4333-8333-333333333333');
    const token = forger.signed(forger.appClaims({ roles: ['Tools.whoami', 'Tools.lookup_fact'] }));
    const { body, headers } = modernMessage(token, 'tools/call', { name: 'whoami', arguments: {} });
    const inMeta = { ...body, params: { ...(body['params'] as object), _meta: { ...(body['params'] as { _meta: object })._meta, 'mcp-app-service/agentSession': token, traceparent: token, baggage: `token=${token}` } } };
    for (const misplaced of [
      draftOf({ headers, body: inMeta }, token), draftOf(modernMessage(1, 'tools/call', { name: 'lookup_fact', arguments: { topic: token } }), token), call(token, { authorization: `Bearer ${token}` }), call(token, { [token]: { deep: [`x ${token} y`] } }),
      draftOf(legacyMessage(1, 'tools/call', { name: token, arguments: {} }), token), draftOf(legacyMessage(1, 'tools/list', { cursor: token }), token), draftOf(legacyMessage(1, 'resources/read', { uri: `fact://${token}` }), token), draftOf(legacyMessage(1, token, {}), token),
      draftOf({ headers, body: modernMessage(1, 'tools/call', { name: token, arguments: {} }).body }, token),
    ]) {
      misplaced.headers.push(['User-Agent', token], ['traceparent', token], ['tracestate', `a=${token}`]);
      await world.send(misplaced, '198.51.100.2');
    }
    await world.closeRecord();
    // The header of a token says what every token of the tenant says.
    const secrets = [...forger.made].flatMap((made) => [made, ...made.split('.').filter((part) => !part.startsWith('eyJ0eXAi'))]).filter((text) => text.length >= 16);
    assert.ok(secrets.length > 300, `${secrets.length} secrets`);
    const places = {
      log: world.log.join(''),
      spans: JSON.stringify(world.spans().map(({ name, attributes, events, links, status }) => ({ name, attributes, events, links, status }))),
      records: JSON.stringify([...world.records.blobs]),
      answers: JSON.stringify(answers.map((answer) => [[...answer.headers], answer.text])),
      requests: world.requests.join('\n'),
    };
    assert.ok(world.log.length > 100 && world.spans().length > 200 && world.records.lines().length > 150 && answers.length === attacks.length, `${world.log.length} lines, ${world.spans().length} spans, ${world.records.lines().length} records, ${answers.length} answers`);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of secrets) assert.ok(!text.includes(secret), `${place}: ${text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret) + 40)}`);
      assert.doesNotMatch(text, /eyJ0eXAi[\w-]+\./, `${place} hold the beginning of a token`);
      assert.doesNotMatch(text, /"type":"Buffer"/, `${place} hold bytes as numbers`);
    }
    assert.deepEqual([...new Set(world.requests.map((request) => (JSON.parse(request) as string[])[1]))], [forger.issuer.replace('v2.0', 'discovery/v2.0/keys')], 'keys are read at the tenant and nowhere else');
    const unexpected = attacks.flatMap(({ name, record }, index) => (record.kind === 'nothing' ? world.linesOf(isOf(index)).map((line) => [name, line]) : []));
    assert.deepEqual(unexpected, [], 'what the table says is not recorded');
  });
});

const isOf = (index: number) => (line: Record<string, unknown>): boolean =>
  line['clientAddress'] === callerOf(index).clientAddress || (line['principal'] as { oid?: string } | undefined)?.oid === callerOf(index).oid;

/** Source: RFC 6750, section 3; RFC 9728, section 5.1; Model Context Protocol 2026-07-28, basic/authorization. */
function assertChallenge({ status, code, headers, text }: Answered): void {
  const challenge = headers.get('www-authenticate');
  if (status === 401) {
    assert.equal(challenge?.length, 1);
    if (code === 'MCP_TOKEN_MISSING') assert.equal(challenge?.[0], BASELINE);
    else assert.match(challenge?.[0] ?? '', new RegExp(`^${BASELINE.replaceAll(/[.?]/g, '\\$&')}, error="invalid_token", error_description="[A-Za-z ]+\\."$`));
  } else if (code === 'MCP_SCOPE_MISSING') {
    const scope = / scope (\S+)\./.exec(text)?.[1] ?? '';
    assert.deepEqual(challenge, [`Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${METADATA}"`]);
    assert.match(scope, new RegExp(`^https://${HOST}/mcp/(whoami|lookup_fact)$`));
  } else {
    assert.equal(challenge, undefined, 'a new token would not help');
  }
}

async function assertRecorded(world: AttackWorld, { record }: Attack, answer: Answered, index: number): Promise<void> {
  // That nothing is there is seen at the end, when all is stored.
  if (record.kind === 'nothing') return;
  const callId = answer.headers.get('mcp-call-id')?.[0];
  const lines = await linesInTime(world, record.kind === 'call' ? (line) => line['callId'] === callId : isOf(index));
  assert.equal(lines.length, 1, JSON.stringify(lines));
  const [line = {}] = lines;
  if (record.kind === 'call') {
    assert.deepEqual([line['kind'], line['tool'], line['outcome'], line['decision']], ['call', record.tool, 'denied', { allowed: false, code: answer.code }]);
    return;
  }
  assert.deepEqual([line['kind'], line['code'], line['status']], ['refusal', record.code, answer.status]);
  if (record.reason) assert.match(String(line['reason']), record.reason);
}

async function linesInTime(world: AttackWorld, condition: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>[]> {
  for (let turns = 0; turns < 1_000; turns += 1) {
    const lines = world.linesOf(condition);
    if (lines.length > 0) return lines;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return [];
}
