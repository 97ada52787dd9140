import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { readEventLog } from '../../../scripts/policy/engine/eventLog.ts';
import { withoutCiphertext } from '../../../scripts/policy/engine/properties.ts';
import { readState, stateEvidence } from '../../../scripts/policy/engine/state.ts';
import { liveResources } from '../../../scripts/policy/live/liveResources.ts';
import { listGroups, unmanagedOf } from '../../../scripts/policy/live/resourceGroups.ts';
import { events, log, resource, SITE, SLOT, urnOf, type Events } from './samples.ts';

const GROUP = '/subscriptions/s/resourceGroups/g';

describe('live resources', () => {
  const site = resource(SITE, { id: '/site', inputs: { on: false }, outputs: { on: false }, dependencies: [SLOT], propertyDependencies: { name: [SLOT] } });
  const slot = resource(SLOT, { id: '/slot' });
  const join = (...list: Events) => liveResources([site, slot], readEventLog(log(...list), 'log'));

  test('have inputs and outputs as they are now, and what they were made from as the state says', () => {
    const { resources, missing } = join(events.step(SITE, { inputs: { on: true }, outputs: { on: true, more: 1 }, id: '/site' }), events.step(SLOT));
    assert.deepEqual(resources[0], { ...site, inputs: { on: true }, outputs: { on: true, more: 1 } });
    assert.deepEqual(missing, []);
  });

  test('that were deleted by hand are missing, and judged no more', () => {
    const { resources, missing } = join(events.step(SITE), events.step(SLOT, { op: 'delete' }));
    assert.deepEqual([resources.map(({ urn }) => urn), missing], [[SITE], [SLOT]]);
  });

  test('that were not read are no unchanged ones', () => {
    assert.throws(() => join(events.step(SITE)), { code: 'POLICY_LIVE_INCOMPLETE', message: /did not read 1, first urn:/ });
  });
});

describe('resources of the stack\'s groups', () => {
  async function startArm(t: TestContext, answer: (path: string, origin: string) => { status: number; body: unknown }) {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      const { status, body } = answer(request.url ?? '', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => { server.close(); });
    const credential = { getToken: async () => ({ token: 'arm-token', expiresOnTimestamp: 0 }) };
    return { asked, arm: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credential } };
  }
  const group = resource(urnOf('azure-native:resources:ResourceGroup', 'g'), { id: GROUP });

  test('are listed page by page; what neither the stack nor Azure for it has made is unmanaged, whatever the case of its id', async (t) => {
    const { arm, asked } = await startArm(t, (path, origin) => (path.includes('page=2')
      ? { status: 200, body: { value: [{ id: `${GROUP}/providers/Microsoft.Web/sites/BY-HAND`, type: 'Microsoft.Web/sites' }, { id: `${GROUP}/nic`, type: 'n' }] } }
      : { status: 200, body: { value: [{ id: `${GROUP.toUpperCase()}/SITE`, type: 'Microsoft.Web/sites' }], nextLink: `${origin}${GROUP}/resources?page=2` } }));
    const endpoint = resource(urnOf('azure-native:network:PrivateEndpoint', 'e'), { id: `${GROUP}/endpoint`, outputs: { networkInterfaces: [{ id: `${GROUP}/nic` }] } });
    const resources = [group, resource(SITE, { id: `${GROUP}/site` }), endpoint];
    const listed = await listGroups(arm, resources);
    assert.equal(listed.length, 3);
    assert.deepEqual(unmanagedOf(listed, resources), [`${GROUP}/providers/Microsoft.Web/sites/BY-HAND`]);
    assert.deepEqual(new Set(asked), new Set(['Bearer arm-token']));
  });

  test('are refused with ARM\'s reason and what it takes; the token follows no link to another host', async (t) => {
    const refused = await startArm(t, () => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'You may not.' } } }));
    await assert.rejects(listGroups(refused.arm, [group]), { code: 'POLICY_ARM_FAILED', message: /AuthorizationFailed: You may not\. It takes the role Reader/ });
    const leading = await startArm(t, () => ({ status: 200, body: { value: [], nextLink: 'http://127.0.0.1:1/away' } }));
    await assert.rejects(listGroups(leading.arm, [group]), { code: 'POLICY_ARM_FAILED', message: /at another host than its own, 127\.0\.0\.1:1/ });
    assert.equal(leading.asked.length, 1);
  });
});

test('the state as evidence has neither ciphertext nor what its key could be guessed by', () => {
  const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext: 'v1:abc:def' };
  const text = JSON.stringify({ version: 3, deployment: { secrets_providers: { type: 'passphrase', state: { salt: 'v1:salt' } }, resources: [{ urn: SITE, type: 't', inputs: { list: [{ value: secret }] } }, { urn: SLOT, type: 't', delete: true }] } });
  const evidence = stateEvidence(text);
  for (const word of ['v1:abc', 'v1:salt', 'passphrase']) assert.ok(!evidence.includes(word), word);
  assert.deepEqual(withoutCiphertext({ a: [secret] }), { a: [{ ...secret, ciphertext: '[secret]' }] });
  assert.deepEqual(readState(evidence).map(({ urn }) => urn), [SITE], 'what waits to be deleted is left out');
});
