import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { createCallIds } from '../../../app/audit/callIds.ts';
import { startAudit, type RunningAudit } from '../../../app/audit/start.ts';
import { defineTool, type Tool } from '../../../app/tools/defineTool.ts';
import { tools } from '../../../app/tools/index.ts';
import { createTestApp, type TestApp } from '../support/testApp.ts';
import { chainProblems } from './support/chainProblems.ts';
import { MemoryStore } from './support/memoryStore.ts';

const KEY_URL = 'https://vault.example.net/keys/audit-anchor';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A tool that changes something, and tells the test when. */
const effects: string[] = [];
const schema = z.strictObject({ name: z.string(), password: z.string().optional().meta({ redact: true }) });
const declaration = {
  title: 'Change it', description: 'Changes something for the tests of the record.', input: schema, output: z.strictObject({ done: z.boolean() }),
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-22' },
  handler: async () => ({
    run: ({ name }: { name: string }) => {
      effects.push(name);
      if (name === 'fail') throw new Error('secret detail');
      return { done: true };
    },
  }),
} as const;
const changing = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false };
const reading = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const offered: readonly Tool[] = [
  ...tools,
  defineTool({ ...declaration, name: 'change_it', annotations: changing }),
  defineTool({ ...declaration, name: 'change_for_sure', annotations: changing, audit: 'required', auditContent: true }),
  defineTool({ ...declaration, name: 'read_for_sure', annotations: reading, audit: 'required' }),
  defineTool({ ...declaration, name: 'read_rarely', annotations: reading, limits: { timeoutMs: 1_000, callsPerMinute: 1 } }),
  defineTool({ ...declaration, name: 'change_with_care', annotations: changing, rules: [
    { id: 'no-outages', description: 'Nobody may change the outages.', check: ({ name }) => (name === 'outages' ? 'name is outages; anything else is allowed.' : undefined) },
    { id: 'broken', description: 'A rule that fails for one name.', check: ({ name }) => { if (name === 'broken') throw new Error('secret of a rule'); return undefined; } },
  ] }),
  defineTool({ ...declaration, name: 'change_no_more', annotations: changing, lifecycle: { ...declaration.lifecycle, stage: 'deprecated', sunsetOn: '2026-11-24', replacedBy: 'change_it' } }),
];

let folder: string;
let records: MemoryStore;
let anchors: MemoryStore;
let audit: RunningAudit;
let test: TestApp;

async function open(mode: 'durable' | 'buffered'): Promise<void> {
  records = new MemoryStore();
  anchors = new MemoryStore();
  test = await createTestApp({
    tools: offered,
    startAudit: (log) => (audit = startAudit({
      config: { instance: { id: 'instance-a', slot: 'production', packageDigest: 'ab'.repeat(32), version: '0.1.0' }, audit: { blobUrl: '', signingKeyUrl: '', mode, policyVersion: '1.0.0', identityClientId: undefined, spoolFolder: join(folder, mode) } },
      site: 'mcp-site', tools: offered, log,
      parts: { records, anchors, sign: async (text) => ({ key: `${KEY_URL}/1`, signature: sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url') }) },
      // Long enough that nothing is stored by itself while a test looks.
      limits: { auditGiveUpMs: 20, auditRetryMs: 5, auditBufferedMs: 60_000 },
    })),
  });
}
const calls = (kind = 'call') => records.lines().filter((line) => line['kind'] === kind);
const tokenFor = (...names: string[]): Promise<string> => test.authority.appToken({ roles: names.map((name) => `Tools.${name}`) });
const call = async (name: string, args: Record<string, unknown> = {}, meta: Record<string, unknown> = {}) =>
  test.call('tools/call', { name, arguments: args, ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}) }, { token: await tokenFor(...offered.map((tool) => tool.name)) });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-'));
});
after(() => rm(folder, { recursive: true }));

describe('the record of a durable server', () => {
  beforeEach(() => open('durable'));
  beforeEach(() => void (effects.length = 0));

  it('has each call before its answer: who, what, on which ground, how it ended [audit.call]', async () => {
    const answer = await call('lookup_fact', { topic: 'stateless' });
    const [line] = calls();
    const result = answer.body['result'] as { structuredContent: object; _meta: Record<string, unknown> };
    assert.equal(line?.['tool'], 'lookup_fact');
    assert.equal(line?.['outcome'], 'ok');
    assert.equal(result._meta['mcp-app-service/callId'], line?.['callId']);
    assert.equal(answer.headers['mcp-call-id'], line?.['callId']);
    assert.deepEqual(line?.['decision'], { allowed: true, role: 'Tools.lookup_fact' });
    assert.deepEqual(line?.['arguments'], { digest: hash('sha256', '{"topic":"stateless"}'), bytes: 21, value: { topic: 'stateless' } });
    const text = JSON.stringify(result.structuredContent);
    assert.deepEqual(line?.['result'], { digest: hash('sha256', text), bytes: Buffer.byteLength(text) });
    const principal = line?.['principal'] as Record<string, unknown>;
    assert.deepEqual(line?.['delegation'], { agent: principal['oid'], client: principal['azp'] });
    const [opening] = records.lines();
    assert.equal((opening?.['catalogue'] as Record<string, string>)['lookup_fact'], line?.['definition']);
    assert.deepEqual(chainProblems(records), []);
  });

  it('has the person and the client of a delegated call, and the session that the agent claims', async () => {
    const token = await test.authority.userToken({ roles: ['Tools.whoami'], scp: 'whoami' });
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {}, _meta: { 'mcp-app-service/agentSession': 's'.repeat(200) } } };
    await test.post(JSON.stringify(body), { authorization: `Bearer ${token}`, 'mcp-protocol-version': '2025-11-25' });
    const [line] = calls();
    const principal = line?.['principal'] as Record<string, unknown>;
    assert.equal(principal['kind'], 'user');
    assert.deepEqual(line?.['delegation'], { person: principal['oid'], client: principal['azp'] });
    assert.deepEqual(line?.['decision'], { allowed: true, role: 'Tools.whoami', scope: 'whoami' });
    assert.equal(line?.['agentSession'], 's'.repeat(128));
  });

  it('has failures, refusals by the tool, bad arguments and unknown tools as well', async () => {
    await call('change_it', { name: 'fail' });
    await call('lookup_fact', { topic: 'nothing of the kind' });
    await call('lookup_fact', { topic: 7 });
    await call('no_such_tool');
    await audit.close();
    assert.deepEqual(calls().map(({ outcome }) => outcome), ['failed', 'refused_by_tool', 'invalid_arguments']);
    assert.equal(calls('refusal').find(({ code }) => code === 'UNKNOWN_TOOL')?.['tool'], 'no_such_tool');
    assert.ok(!JSON.stringify(records.lines()).includes('secret detail'));
  });

  it('has what was denied, with the ground, and never runs it [audit.denied]', async () => {
    const answer = await test.call('tools/call', { name: 'change_it', arguments: { name: 'x' } }, { token: await tokenFor('whoami') });
    assert.equal(answer.status, 403);
    const [line] = calls();
    assert.equal(line?.['outcome'], 'denied');
    assert.deepEqual(line?.['decision'], { allowed: false, code: 'MCP_ROLE_MISSING' });
    assert.equal(answer.headers['mcp-call-id'], line?.['callId']);
    assert.deepEqual(effects, []);
  });

  it('has what a rule over the arguments refused, by its id, and what failed in one, and runs neither [rules.refuse]', async () => {
    const refused = await call('change_with_care', { name: 'outages' });
    const failed = await call('change_with_care', { name: 'broken' });
    assert.deepEqual(calls().map(({ outcome, decision }) => [outcome, decision]), [
      ['denied', { allowed: false, code: 'MCP_RULE_REFUSED', rule: 'no-outages' }],
      ['failed', { allowed: false, code: 'MCP_RULE_FAILED', rule: 'broken' }],
    ]);
    assert.match(refused.text, /Refused by rule no-outages: name is outages; anything else is allowed\./);
    assert.equal((refused.body['result'] as { isError: boolean }).isError, true);
    assert.ok(!JSON.stringify(records.lines()).includes('secret of a rule') && !failed.text.includes('secret of a rule'));
    assert.ok(test.log.some((line) => line.includes('secret of a rule')), 'the log has it');
    assert.deepEqual(effects, []);
    await call('change_with_care', { name: 'x' });
    assert.deepEqual(effects, ['x']);
  });

  it('has a call of a retired tool as denied, and never runs it', async () => {
    const answer = await call('change_no_more', { name: 'x' });
    assert.equal(answer.status, 200);
    const [line] = calls();
    assert.deepEqual([line?.['outcome'], line?.['decision']], ['denied', { allowed: false, code: 'MCP_TOOL_RETIRED' }]);
    assert.deepEqual([calls('intent'), effects], [[], []]);
  });

  it('has calls beyond the rate as refusals of the caller', async () => {
    assert.deepEqual([(await call('read_rarely', { name: 'x' })).status, (await call('read_rarely', { name: 'x' })).status], [200, 429]);
    await audit.close();
    assert.equal(calls().length, 1);
    const [{ code, status, tool, principal, count } = {}] = calls('refusal');
    assert.deepEqual({ code, status, tool, count }, { code: 'MCP_RATE_LIMITED', status: 429, tool: 'read_rarely', count: 1 });
    assert.deepEqual(Object.keys(principal as object), ['oid', 'azp']);
  });

  it('gathers refusals of unknown callers, and holds no token', async () => {
    const forged = 'eyJhbGciOiJub25lIn0.e30.';
    for (let count = 0; count < 5; count += 1) await test.call('tools/list', {}, { token: forged });
    await test.call('tools/list', {}, { token: null });
    await audit.close();
    const refusals = calls('refusal').map(({ code, count }) => [code, count]);
    assert.deepEqual(refusals.sort(), [['MCP_TOKEN_INVALID', 1], ['MCP_TOKEN_INVALID', 4], ['MCP_TOKEN_MISSING', 1]]);
    assert.ok(!JSON.stringify(records.lines()).includes(forged));
  });

  it('redacts what the schema marks and what it does not know, and keeps content where the tool says so', async () => {
    await call('change_for_sure', { name: 'x', password: 'hunter2', other: 'unknown' });
    await call('change_for_sure', { name: 'x', password: 'hunter2' });
    const [refused, done] = calls();
    assert.deepEqual((refused?.['arguments'] as { value: unknown }).value, { name: 'x', password: '[redacted]', other: '[redacted]' });
    assert.deepEqual((done?.['result'] as { value: unknown }).value, { done: true });
    assert.ok(!JSON.stringify(records.lines()).includes('hunter2'));
  });

  it('has the intent of a change before it is made [audit.intent]', async () => {
    await call('change_it', { name: 'x' });
    const kinds = records.lines().filter(({ tool }) => tool === 'change_it').map(({ kind }) => kind);
    assert.deepEqual(kinds, ['intent', 'call']);
    assert.equal(calls('intent')[0]?.['callId'], calls()[0]?.['callId']);
  });

  it('fails closed for tools that insist on a record, before their effect; others go on [audit.required]', async () => {
    await call('whoami');
    records.isDown = true;
    const texts: string[] = [];
    for (const name of ['change_for_sure', 'read_for_sure']) {
      const answer = await call(name, { name: 'x' });
      texts.push(JSON.stringify(answer.body));
    }
    assert.deepEqual(effects.filter((name) => name === 'x').length, 0, 'neither ran');
    for (const text of texts) assert.match(text, /runs only when its call can be recorded[^"]*Call id: [0-9a-f-]{36}/);
    const other = await call('change_it', { name: 'other' });
    assert.equal((other.body['result'] as { isError?: boolean }).isError, undefined);
    assert.ok(audit.health().spooledBytes > 0);
    records.isDown = false;
    await audit.close();
    assert.deepEqual(calls().map(({ outcome }) => outcome).slice(0, 1), ['ok']);
  });

  it('ties a change to the call of its own caller alone [audit.change]', async () => {
    const first = await call('whoami');
    const callId = (first.body['result'] as { _meta: Record<string, string> })._meta['mcp-app-service/callId'] ?? '';
    const reported = await call('report_change', { callId, type: 'commit', reference: 'abc123' });
    assert.equal((reported.body['result'] as { isError?: boolean }).isError, undefined, reported.text);
    assert.deepEqual(calls('change').map(({ callId: of, change }) => [of, change]), [[callId, { type: 'commit', reference: 'abc123' }]]);
    const stranger = await test.authority.appToken({ roles: ['Tools.report_change'], oid: '99999999-9999-4999-8999-999999999999' });
    const stolen = await test.call('tools/call', { name: 'report_change', arguments: { callId, type: 'commit', reference: 'x' } }, { token: stranger });
    assert.match(stolen.text, /is not the id of a call of yours/);
    assert.equal(calls('change').length, 1);
  });

  it('is anchored by signed heads and a manifest, which say what the chain says [audit.anchored]', async () => {
    await call('whoami');
    await audit.close();
    const heads = anchors.lines('heads/');
    const [first] = anchors.lines('manifest/');
    const lines = [...records.blobs.values()].join('').split('\n').slice(0, -1);
    assert.equal(first?.['seq'], 0);
    for (const head of [first, ...heads]) {
      assert.equal(head?.['head'], hash('sha256', lines[Number(head?.['seq'])] ?? ''));
      const text = ['mcp-audit-head', head?.['stream'], head?.['segment'], head?.['seq'], head?.['head'], head?.['at']].join('\n');
      const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
      assert.ok(verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(String(head?.['signature']), 'base64url')));
    }
    assert.equal(heads.at(-1)?.['seq'], lines.length - 1);
    assert.equal((JSON.parse(lines.at(-1) ?? '') as { kind: string }).kind, 'end');
  });

  it('counts heads that cannot be stored', async () => {
    await call('whoami');
    anchors.isDown = true;
    assert.equal(audit.health().anchorFailures, 0);
    await audit.close();
    assert.equal(audit.health().anchorFailures, 1);
  });

  it('tells an operator how it stands', async () => {
    await call('whoami');
    const answer = await test.app.http.inject({ url: '/ready', headers: { authorization: `Bearer ${await tokenFor('whoami')}` } });
    const check = answer.json<{ checks: { name: string; detail?: string }[] }>().checks.find(({ name }) => name === 'record of calls');
    assert.match(check?.detail ?? '', /^\d{8}t\d{6}z-production-instance-[0-9a-f]{8}: stored, 0 records lost/);
  });
});

describe('the record of a buffered server', () => {
  it('does not hold answers up, and is complete when the process ends', async () => {
    await open('buffered');
    for (let count = 0; count < 20; count += 1) await call('whoami');
    assert.equal(calls().length, 0);
    await audit.close();
    assert.equal(calls().length, 20);
    assert.deepEqual(chainProblems(records), []);
  });
});

describe('call ids', () => {
  const ids = createCallIds([new Uint8Array(32).fill(7)]);
  const caller = { oid: 'o', azp: 'a' };

  it('are UUIDs of version 8, distinct, and known to every instance', () => {
    const made = new Set(Array.from({ length: 9_000 }, () => ids.create(caller)));
    assert.equal(made.size, 9_000);
    const other = createCallIds([new Uint8Array(32).fill(7)]);
    for (const id of made) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.ok(other.belongsTo(id, caller));
    }
  });

  it('made by any of the accepted keys are known, while keys are rotated and after it, and no longer than that', () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const [before, published, promoted, retired] = [createCallIds([a]), createCallIds([a, b]), createCallIds([b, a]), createCallIds([b])];
    for (const made of [before.create(caller), published.create(caller), promoted.create(caller)]) {
      for (const [name, known] of Object.entries({ published, promoted })) assert.ok(known.belongsTo(made, caller), name);
    }
    assert.equal(retired.belongsTo(before.create(caller), caller), false);
    assert.equal(published.belongsTo(promoted.create({ ...caller, oid: 'p' }), caller), false);
  });

  it('belong to nobody else, and nothing else is one', () => {
    const id = ids.create(caller);
    for (const [given, who] of [[id, { oid: 'p', azp: 'a' }], [id, { oid: 'o', azp: 'b' }], [id.toUpperCase(), caller], [`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`, caller], ['', caller], [`${id}\n`, caller]] as const) {
      assert.equal(ids.belongsTo(given, who), false, given);
    }
    assert.equal(createCallIds([new Uint8Array(32)]).belongsTo(id, caller), false);
  });
});
