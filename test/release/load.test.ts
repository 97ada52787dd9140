import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLocalRun, type LocalRun } from '../e2e/support/localRun.ts';
import { connect, rawWhoami, trust, until } from '../e2e/support/mcpLoad.ts';
import { Agent } from 'node:https';
import { createCheckout, type Checkout } from './support/checkout.ts';
import { arrangeMeeting, type Round } from './support/rounds.ts';
import { startTraffic } from './support/mcpTraffic.ts';

interface Gate { readonly name: string; readonly pass: boolean; readonly details: readonly string[] }
interface Result { readonly outcome: string; readonly gates: readonly { readonly step: string; readonly gates: readonly Gate[] }[] }

const failed = ({ gates }: Result): string[] => gates.flatMap(({ step, gates: of }) => of.filter(({ pass }) => !pass).map(({ name }) => `${step}: ${name}`));

const CONNECTIONS = 50;
const REQUESTS = 20_000;

describe('what production answers while releases go on', () => {
  let run: LocalRun;
  let checkout: Checkout;
  let url = '';
  let bearer = '';
  let callBefore = '';
  let asked: Round = {};
  let askedTwice: Round = {};

  before(async () => {
    run = createLocalRun();
    checkout = createCheckout(run);
    checkout.commitMeetingTool();
    const first = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(first.code, 0, first.stderr);
    checkout.commitVersion('2.0.0');
    // Slow to warm up: whoever asked it before it listens would get no answer.
    checkout.commitChange('app/server.ts', (text) => text.replace('const config = readConfig();', 'await new Promise((resolve) => setTimeout(resolve, 6_000));\n  const config = readConfig();'));
    const second = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(second.code, 0, second.stderr);
    const env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
    const { stdout } = await run.inCloud('staging', 'pulumi', ['stack', 'output', 'mcpUrl', '--stack', 'staging']);
    url = stdout.trim();
    ({ accessToken: bearer } = await run.json<{ accessToken: string }>(['token', '--as', 'app', '--tools', 'whoami,report_change,arrange_meeting']));
    const agent = new Agent();
    callBefore = (await rawWhoami(url, bearer, agent)).callId ?? '';
    agent.destroy();
    asked = await arrangeMeeting(url, bearer);
    askedTwice = await arrangeMeeting(url, bearer, { state: (await arrangeMeeting(url, bearer)).requestState, answer: ['day', 'Monday'] });
  });
  after(async () => {
    await run.close();
    checkout.close();
  });

  it(`fail no request of ${REQUESTS} on ${CONNECTIONS} connections that stay open, in both protocol versions, no answer is of a process that is not of production, and flows of several rounds go on over it [release.under-load] [release.state-survives]`, async (t) => {
    const load = startTraffic(url, bearer, { connections: CONNECTIONS, slot: 'production' });
    t.after(() => load.stop());
    await until('traffic is on', async () => Object.values(load.answered).every((count) => count > 100));
    assert.deepEqual([...load.versions], ['1.0.0']);

    const promoted = await checkout.releaseJson<Result>(['promote']);
    assert.deepEqual([promoted.code, promoted.result.outcome], [0, 'done'], promoted.stderr);
    assert.deepEqual([...load.versions], ['1.0.0', '2.0.0'], 'the new package has answered');
    load.versions.clear();
    await until('the new package answers', async () => load.versions.size > 0);
    assert.deepEqual([...load.versions], ['2.0.0'], 'and nothing else does from now on');

    // States of the package before are good for the one after, and the other way round.
    assert.deepEqual((await arrangeMeeting(url, bearer, { state: askedTwice.requestState, answer: ['hour', '10:00'] })).structuredContent, { meeting: 'Monday, 10:00' });
    const askedByNew = await arrangeMeeting(url, bearer, { state: asked.requestState, answer: ['day', 'Tuesday'] });

    const rolledBack = await checkout.releaseJson<Result>(['rollback']);
    assert.deepEqual([rolledBack.code, rolledBack.result.outcome], [0, 'done'], rolledBack.stderr);
    load.versions.clear();
    await until('the former package answers', async () => load.versions.size > 0);
    assert.deepEqual([...load.versions], ['1.0.0']);
    assert.deepEqual((await arrangeMeeting(url, bearer, { state: askedByNew.requestState, answer: ['hour', '11:00'] })).structuredContent, { meeting: 'Tuesday, 11:00' });
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

  it('a package that breaks a schema, one that is never ready, and one that crashes at start are stopped at their gates, and production never serves them [release.bad-packages]', async (t) => {
    const load = startTraffic(url, bearer, { connections: 4, slot: 'production', pauseMs: 50 });
    t.after(() => load.stop());
    const deploy = async (version: string, file: string, change: (text: string) => string) => {
      checkout.commitVersion(version);
      checkout.commitChange(file, change);
      return checkout.releaseJson<Result>(['deploy']);
    };
    const breaking = await deploy('3.0.0', 'app/tools/lookup-fact/tool.ts', (text) => text.replace('.max(100)', '.max(10)'));
    assert.deepEqual([breaking.code, failed(breaking.result)], [0, []], breaking.stderr);
    const promoted = await checkout.releaseJson<Result>(['promote']);
    assert.deepEqual([promoted.code, promoted.result.outcome, failed(promoted.result)], [3, 'stopped', ['verify-staging: offered-tools']], promoted.stderr);
    assert.match(promoted.result.gates.flatMap(({ gates }) => gates).find(({ name }) => name === 'offered-tools')?.details.join('\n') ?? '', /schema-breaking:lookup_fact/);

    const unready = await deploy('4.0.0', 'app/app.ts', (text) => text.replace('refuseWhen(overload.isShedding(),', 'refuseWhen(true,'));
    assert.deepEqual([unready.code, unready.result.outcome, failed(unready.result)], [3, 'stopped', ['candidate: instances-healthy']], unready.stderr);
    assert.match(unready.stderr, /is not ready: capacity/);

    const crashing = await deploy('5.0.0', 'app/app.ts', (text) => `throw new Error('broken build');\n${text}`);
    assert.deepEqual([crashing.code, crashing.result.outcome, failed(crashing.result)], [3, 'stopped', ['candidate: instances-healthy']], crashing.stderr);
    const nothing = await checkout.releaseJson<Result>(['promote']);
    assert.deepEqual([nothing.code, nothing.result.outcome], [3, 'stopped'], nothing.stderr);

    await load.stop();
    assert.deepEqual([load.failures, [...load.versions]], [[], ['1.0.0']]);
    assert.ok(Object.values(load.answered).every((count) => count > 100), JSON.stringify(load.answered));
  });
});
