import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tools } from '../../../../../app/tools/index.ts';
import { CALL_ID_HEADER as SERVER_CALL_ID_HEADER, INSTANCE_HEADER as SERVER_INSTANCE_HEADER } from '../../../../../app/mcp/routes.ts';
import type { Gate } from '../../../../../scripts/release/gate.ts';
import { conformance } from '../../../../../scripts/release/verify/gates/conformance.ts';
import { askInstances, commonDigest, judgeInstances } from '../../../../../scripts/release/verify/gates/instancesHealthy.ts';
import { latency, LATENCY_LIMITS } from '../../../../../scripts/release/verify/gates/latency.ts';
import { offeredTools } from '../../../../../scripts/release/verify/gates/offeredTools.ts';
import { referencesResolved } from '../../../../../scripts/release/verify/gates/referencesResolved.ts';
import { spread } from '../../../../../scripts/release/verify/gates/spread.ts';
import { stateless } from '../../../../../scripts/release/verify/gates/stateless.ts';
import { toolsAnswer } from '../../../../../scripts/release/verify/gates/toolsAnswer.ts';
import { CALL_ID_HEADER, INSTANCE_HEADER, type McpEndpoint } from '../../../../../scripts/release/verify/mcp/endpoint.ts';
import { listTools } from '../../../../../scripts/release/verify/mcp/listTools.ts';
import type { SlotUnderTest } from '../../../../../scripts/release/verify/slotUnderTest.ts';
import { createSlotWorld, type SlotWorld } from '../support/slotWorld.ts';

const served = tools.map(({ name }) => name);
/** A sample that the floor does not cover, and that takes seconds. */
const FEW = { ...LATENCY_LIMITS, samples: 60, warmup: 20 };

function passes(gate: Gate): void {
  assert.ok(gate.pass, `${gate.name}: ${gate.measured}\n${gate.details.join('\n')}`);
}

function stops(gate: Gate, detail: RegExp): void {
  assert.equal(gate.pass, false, `${gate.measured}`);
  assert.match(gate.details.join('\n'), detail);
}

describe('gates on two slots of three instances', { concurrency: false }, () => {
  let slots: SlotWorld;
  let staging: SlotUnderTest;
  before(async () => {
    slots = await createSlotWorld(3);
    staging = slots.slot('staging');
  });
  after(() => slots.close());

  const health = async (): Promise<Gate> => judgeInstances(await askInstances(staging, { readyTimeoutMs: 3_000 }));

  it('read what the server says under the names that it says it', () => {
    assert.deepEqual([INSTANCE_HEADER, CALL_ID_HEADER], [SERVER_INSTANCE_HEADER, SERVER_CALL_ID_HEADER]);
  });

  it('all pass for a slot that is as it should be [release.gates]', async () => {
    const seen = await askInstances(staging);
    passes(judgeInstances(seen));
    assert.equal(commonDigest(seen), slots.digest);
    assert.equal(seen.answers.size, 3);
    passes(await referencesResolved(staging));
    passes(await spread(staging));
    const replayed = await stateless(staging);
    passes(replayed);
    // Both rounds of the tool that asks back are among them: what it sealed on one instance, another one has opened.
    assert.equal(replayed.measured, '16 of 16 answers alike on another instance');
    passes(await toolsAnswer(served)(staging));
    passes(await latency(() => true, FEW)(staging));
    passes(await conformance(staging));
  });

  it('tools-answer calls what only reads in both versions, and tells what it left out', async () => {
    const gate = await toolsAnswer([...served, 'not_there'])(staging);
    assert.equal(gate.measured, '10 of 10 calls in 2 versions');
    assert.match(gate.details.join('\n'), /report_change was not called: it may change something \(readOnlyHint is not true; destructiveHint false, idempotentHint true\)/);
    assert.match(gate.details.join('\n'), /declares, and the slot does not offer: compute_primes, not_there\n.*does not declare: confirm, streamed/);
  });

  it('instances-healthy stops at one instance that is not ready, and at one of another package [release.gates]', async () => {
    const [first = '', second = ''] = await staging.site.instances('staging');
    await slots.setFaults({ [first]: 'unready' });
    stops(await health(), new RegExp(`^${first.slice(0, 8)} is not ready: database: it does not answer`));
    await slots.setFaults({ [second]: 'digest' });
    stops(await health(), new RegExp(`^${second.slice(0, 8)} runs package 000000000000, the slot is set to ${slots.digest.slice(0, 12)}`));
    await slots.setFaults({});
    passes(await health());
  });

  it('instances-healthy waits for an instance that becomes ready', async () => {
    const [first = ''] = await staging.site.instances('staging');
    await slots.setFaults({ [first]: 'unready' });
    let updates = 0;
    passes(judgeInstances(await askInstances({ ...staging, update: () => {
      updates += 1;
      if (updates === 50) void slots.setFaults({});
    } })));
    assert.ok(updates >= 50);
  });

  it('instances-healthy says so when a slot knows the token not at all', async () => {
    const gate = judgeInstances(await askInstances({ ...staging, token: 'none' }, { readyTimeoutMs: 500 }));
    stops(gate, /has not answered[^]*HTTP 200 came without the name of an instance/);
  });

  it('references-resolved stops at a secret that cannot be had [release.gates]', async () => {
    await slots.set('staging', { OTHER_KEY: '@Microsoft.KeyVault(VaultName=vault;SecretName=gone)' });
    stops(await referencesResolved(staging), /^OTHER_KEY: SecretNotFound/);
    await slots.set('staging', {});
  });

  it('spread stops when answers come from one instance [release.gates]', async () => {
    const [only = ''] = await staging.site.instances('staging');
    const endpoint: McpEndpoint = { ...staging.endpoint, send: async () => ({ status: 200, instance: only, callId: undefined, sessionId: undefined, body: undefined, durationMs: 1 }) };
    stops(await spread({ ...staging, endpoint }), /gave 240 of 240 answers[^]*gave 0 of 240 answers/);
  });

  it('stateless stops when affinity keeps a client at one instance', async () => {
    const [only = ''] = await staging.site.instances('staging');
    const endpoint: McpEndpoint = { ...staging.endpoint, send: async (request, options) => ({ ...(await staging.endpoint.send(request, options)), instance: only }) };
    stops(await stateless({ ...staging, endpoint }), /2026-07-28: tools\/list was sent 30 times and not answered by another instance/);
  });

  it('stateless stops at a tool that keeps state in its process; so does latency at a slow candidate, and offered-tools at what differs from the lock [release.gates]', async () => {
    const offered = [...await listTools(staging.endpoint)];
    await slots.set('staging', { FIXTURE_COUNTER: '1', FIXTURE_DELAY_MS: '120' });
    const gate = await stateless(staging);
    stops(gate, /^blocks: answers-differ:counter: tools\/call counter in 2026-07-28/);
    assert.doesNotMatch(gate.details.join('\n'), /answers-differ:(?!counter)/);
    stops(await latency(() => true, FEW)(staging), /load: tools\/list, /);
    const lock: SlotUnderTest['lock'] = { read: async () => ({ kind: 'signed', lock: { format: 1, stack: 'staging', signedAt: '2026-11-25T00:00:00Z', packageDigest: slots.digest, tools: [...offered, { ...offered[0], name: 'gone', inputSchema: true }], key: 'k', signature: 's' } }) };
    stops(await offeredTools({ ...staging, lock }), /^blocks: tool-removed:gone: the tool is gone\npasses: tool-added:counter: a new tool/);
    await slots.set('staging', {});
  });
});
