import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLocalRun, type LocalRun } from '../e2e/support/localRun.ts';
import { connect, rawWhoami, trust, until } from '../e2e/support/mcpLoad.ts';
import { Agent } from 'node:https';
import { createCheckout, type Checkout } from './support/checkout.ts';
import { startTraffic, type Traffic } from './support/mcpTraffic.ts';

interface Result { readonly outcome: string }

const CONNECTIONS = 50;
const REQUESTS = 20_000;

describe('a swap and a rollback under load', () => {
  let run: LocalRun;
  let checkout: Checkout;
  let url = '';
  let bearer = '';
  let traffic: Traffic | undefined;
  let callBefore = '';

  before(async () => {
    run = createLocalRun();
    checkout = createCheckout(run);
    const first = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(first.code, 0, first.stderr);
    checkout.commitVersion('2.0.0');
    const second = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(second.code, 0, second.stderr);
    const env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
    const { stdout } = await run.inCloud('staging', 'pulumi', ['stack', 'output', 'mcpUrl', '--stack', 'staging']);
    url = stdout.trim();
    ({ accessToken: bearer } = await run.json<{ accessToken: string }>(['token', '--as', 'app', '--tools', 'whoami,report_change']));
    const agent = new Agent();
    callBefore = (await rawWhoami(url, bearer, agent)).callId ?? '';
    agent.destroy();
  });
  after(async () => {
    await traffic?.stop();
    await run.close();
    checkout.close();
  });

  it(`fail no request of ${REQUESTS} on ${CONNECTIONS} connections that stay open, in both protocol versions, and no answer is of a process that is not of production [release.under-load]`, async () => {
    const load = startTraffic(url, bearer, { connections: CONNECTIONS, slot: 'production' });
    traffic = load;
    await until('traffic is on', async () => Object.values(load.answered).every((count) => count > 100));
    assert.deepEqual([...load.versions], ['1.0.0']);

    const promoted = await checkout.releaseJson<Result>(['promote']);
    assert.deepEqual([promoted.code, promoted.result.outcome], [0, 'done'], promoted.stderr);
    assert.deepEqual([...load.versions], ['1.0.0', '2.0.0'], 'the new package has answered');
    load.versions.clear();
    await until('the new package answers', async () => load.versions.size > 0);
    assert.deepEqual([...load.versions], ['2.0.0'], 'and nothing else does from now on');

    const rolledBack = await checkout.releaseJson<Result>(['rollback']);
    assert.deepEqual([rolledBack.code, rolledBack.result.outcome], [0, 'done'], rolledBack.stderr);
    load.versions.clear();
    await until('the former package answers', async () => load.versions.size > 0);
    assert.deepEqual([...load.versions], ['1.0.0']);
    await until(`${REQUESTS} answers`, async () => Object.values(load.answered).reduce((sum, count) => sum + count) >= REQUESTS, 120_000);
    await load.stop();
    assert.deepEqual(load.failures, [], JSON.stringify(load.answered));
  });

  it('a call of before the swaps is known to every process after them [release.state-survives]', async () => {
    const mcp = await connect(url, bearer);
    const { structuredContent } = await mcp.callTool({ name: 'report_change', arguments: { callId: callBefore, type: 'deployment', reference: 'release 2.0.0' } });
    await mcp.close();
    assert.deepEqual(structuredContent, { callId: callBefore, recorded: true });
  });
});
