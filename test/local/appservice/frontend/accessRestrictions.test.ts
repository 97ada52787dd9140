import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, it } from 'node:test';
import { judgeRestrictions, readAdmission } from '../../../../local/appservice/frontend/accessRestrictions.ts';
import { createServingWorld, type World } from '../world.ts';

const FRONT_DOOR_ID = '33333333-2222-3333-4444-555555555555';
const BACKEND = '127.64.0.1';
const FRONT_DOOR = { name: 'front-door', action: 'Allow', priority: 100, tag: 'ServiceTag', ipAddress: 'AzureFrontDoor.Backend', headers: { 'x-azure-fdid': [FRONT_DOOR_ID] } };
const RANGE = { name: 'range', action: 'Allow', priority: 101, ipAddress: '127.0.9.0/24' };
const ours = { 'x-azure-fdid': FRONT_DOOR_ID };

describe('access restrictions', () => {
  const table: readonly { readonly of: string; readonly config: object; readonly admitted: readonly [string, Record<string, string>?][]; readonly blocked: readonly [string, Record<string, string>?][] }[] = [
    { of: 'none', config: {}, admitted: [['127.0.0.1'], ['203.0.113.7']], blocked: [] },
    { of: 'none, with a default of Deny', config: { ipSecurityRestrictionsDefaultAction: 'Deny' }, admitted: [], blocked: [['127.0.0.1']] },
    { of: 'a range', config: { ipSecurityRestrictions: [RANGE] }, admitted: [['127.0.9.1']], blocked: [['127.0.0.1'], ['127.0.10.1'], [BACKEND]] },
    { of: 'a range, with a default of Allow', config: { ipSecurityRestrictions: [RANGE], ipSecurityRestrictionsDefaultAction: 'Allow' }, admitted: [['127.0.9.1'], ['127.0.10.1']], blocked: [] },
    { of: 'several ranges in a rule, of both families', config: { ipSecurityRestrictions: [{ ...RANGE, ipAddress: '127.0.9.0/24, 2001:db8::/32,127.0.7.7' }] }, admitted: [['127.0.9.1'], ['2001:db8::1'], ['127.0.7.7']], blocked: [['127.0.7.8'], ['2001:db9::1']] },
    { of: 'a refusal before an opening', config: { ipSecurityRestrictions: [RANGE, { action: 'Deny', priority: 50, ipAddress: '127.0.9.66/32' }] }, admitted: [['127.0.9.1']], blocked: [['127.0.9.66']] },
    { of: 'a refusal alone: any rule ends with a refusal of all others', config: { ipSecurityRestrictions: [{ action: 'Deny', priority: 50, ipAddress: '127.0.9.66/32' }] }, admitted: [], blocked: [['127.0.9.66'], ['127.0.0.1']] },
    {
      of: 'a Front Door', config: { ipSecurityRestrictions: [FRONT_DOOR], ipSecurityRestrictionsDefaultAction: 'Deny' },
      admitted: [[BACKEND, ours], [BACKEND, { 'x-azure-fdid': FRONT_DOOR_ID.toUpperCase() }]],
      blocked: [[BACKEND], [BACKEND, { 'x-azure-fdid': '33333333-2222-3333-4444-666666666666' }], ['127.0.0.1', ours], ['203.0.113.7', ours]],
    },
    { of: 'a Front Door and a range', config: { ipSecurityRestrictions: [FRONT_DOOR, RANGE] }, admitted: [[BACKEND, ours], ['127.0.9.1']], blocked: [[BACKEND], ['127.0.0.1', ours]] },
  ];
  for (const { of, config, admitted, blocked } of table) {
    it(`of ${of}`, () => {
      const admits = readAdmission(config);
      for (const [address, headers = {}] of admitted) assert.equal(admits({ address, headers }), true, `${address} ${JSON.stringify(headers)}`);
      for (const [address, headers = {}] of blocked) assert.equal(admits({ address, headers }), false, `${address} ${JSON.stringify(headers)}`);
    });
  }

  const refused: readonly { readonly what: string; readonly rule: object; readonly code: string }[] = [
    { what: 'an address that is none', rule: { ...RANGE, ipAddress: 'api.example.com' }, code: 'BadRequest' },
    { what: 'another action', rule: { ...RANGE, action: 'Log' }, code: 'BadRequest' },
    { what: 'another header', rule: { ...FRONT_DOOR, headers: { authorization: ['x'] } }, code: 'BadRequest' },
    { what: 'another service tag', rule: { ...FRONT_DOOR, ipAddress: 'AzureCloud' }, code: 'NotSupportedByLocalAzure' },
    { what: 'a subnet', rule: { vnetSubnetResourceId: '/subnets/a' }, code: 'NotSupportedByLocalAzure' },
  ];
  for (const { what, rule, code } of refused) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => judgeRestrictions({ ipSecurityRestrictions: [rule] }, 'ipSecurityRestrictions'), { code });
    });
  }
});

/** A GET of the site's page from an address of loopback. */
function ask(world: World, localAddress: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; text: string; forbidden: unknown }> {
  return new Promise((resolve, reject) => {
    request(`${world.url()}/`, { localAddress, headers, ca: world.context.tls.authorityPem, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      answer.on('end', () => resolve({ status: answer.statusCode, text, forbidden: answer.headers['x-ms-forbidden-ip'] }));
    }).on('error', reject).end();
  });
}

it('the front end turns away whom the restrictions do not let in, as App Service answers, and a change restarts nothing [network.front-door]', async () => {
  const world = await createServingWorld(1);
  try {
    const pid = async (): Promise<unknown> => (JSON.parse((await ask(world, BACKEND, ours)).text) as { pid: number }).pid;
    const before = await pid();
    assert.equal((await ask(world, '127.0.9.1')).status, 200);
    await world.patch(world.siteId, { properties: { siteConfig: { ipSecurityRestrictions: [FRONT_DOOR], ipSecurityRestrictionsDefaultAction: 'Deny' } } });
    for (const [address, headers] of [['127.0.0.1', {}], ['127.0.0.1', ours], [BACKEND, {}]] as const) {
      const { status, text, forbidden } = await ask(world, address, headers);
      assert.deepEqual([status, forbidden], [403, address]);
      assert.match(text, /Error 403 - Forbidden[\s\S]*The web app you have attempted to reach has blocked your access\./);
    }
    assert.equal(await pid(), before);
    const config = (await world.read(world.siteId, 'config/web')) as { properties: { ipSecurityRestrictions: { name: string }[]; scmIpSecurityRestrictions: { name: string }[] } };
    assert.deepEqual([config.properties.ipSecurityRestrictions, config.properties.scmIpSecurityRestrictions].map((rules) => rules.map(({ name }) => name)), [['front-door', 'Deny all'], ['Allow all']]);
    await world.patch(world.siteId, { properties: { siteConfig: { ipSecurityRestrictions: [], ipSecurityRestrictionsDefaultAction: 'Allow' }, publicNetworkAccess: 'Disabled' } });
    assert.equal((await ask(world, '127.0.0.1')).status, 403);
  } finally {
    await world.close();
  }
});
