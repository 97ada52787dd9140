import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chooseSlot, routingCookie, type SlotRule } from '../../../../local/appservice/frontend/slotRouting.ts';
import { call, createSlotsWorld, STAGING } from '../world.ts';

const RULES: SlotRule[] = [{ name: 'staging', host: 'staging:1', percentage: 20 }, { name: 'beta', host: 'beta:1', percentage: 10 }];
const chosen = (rules: readonly SlotRule[], drawn: number, { url = '/', cookie }: { url?: string; cookie?: string } = {}) => chooseSlot(rules, { url, headers: cookie === undefined ? {} : { cookie } }, () => drawn);

it('draws a slot by the shares of the rules, and production for the rest', () => {
  const counts: Record<string, number> = {};
  for (let draw = 0; draw < 1000; draw++) {
    const name = chosen(RULES, draw / 1000)?.name ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  assert.deepEqual(counts, { staging: 200, beta: 100, self: 700 });
  assert.equal(chosen([{ name: 'staging', host: 'h', percentage: 0 }], 0)?.name, 'self');
  assert.equal(chosen([{ name: 'staging', host: 'h', percentage: 100 }], 0.999)?.name, 'staging');
});

it('keeps a client where its cookie says, lets the query overrule it, and knows no slot without a rule [swap.routing]', () => {
  assert.deepEqual(chosen(RULES, 0, { cookie: 'a=b; x-ms-routing-name=self' }), { name: 'self', host: undefined, isNew: false });
  assert.deepEqual(chosen(RULES, 0.9, { cookie: 'x-ms-routing-name=Staging' }), { name: 'staging', host: 'staging:1', percentage: 20, isNew: false });
  assert.equal(chosen(RULES, 0, { url: '/?x=1&x-ms-routing-name=self', cookie: 'x-ms-routing-name=staging' })?.isNew, true);
  assert.equal(chosen(RULES, 0.9, { url: '/?x-ms-routing-name=beta' })?.host, 'beta:1');
  assert.equal(chosen(RULES, 0.9, { url: '/?x-ms-routing-name=absent', cookie: 'x-ms-routing-name=absent' })?.name, 'self');
  assert.equal(chosen([], 0, { url: '/?x-ms-routing-name=staging', cookie: 'x-ms-routing-name=staging' }), undefined);
  assert.equal(routingCookie('staging', '127.0.0.1:443'), 'x-ms-routing-name=staging; path=/; HttpOnly; Domain=127.0.0.1; Max-Age=3600; Secure; SameSite=None');
});

it('routes clients of production to a slot, at once when the rules change and without a restart [swap.routing]', async () => {
  let drawn = 0;
  const world = await createSlotsWorld(1, { random: () => drawn });
  try {
    const host = world.url(world.slotId).slice('https://'.length);
    const rule = (reroutePercentage: number, more: object = {}) => ({ properties: { siteConfig: { experiments: { rampUpRules: [{ name: STAGING, actionHostName: host, reroutePercentage, ...more }] } } } });
    const ask = async (path: string, headers: Record<string, string> = {}, siteId = world.siteId): Promise<[unknown, string | undefined]> => {
      const answer = await call(world, path, { headers, siteId });
      return [answer.json()['version'], answer.headers['set-cookie']?.find((line) => line.startsWith('x-ms-routing-name'))?.split(';')[0]];
    };
    assert.deepEqual(await ask('/?x-ms-routing-name=staging'), ['old', undefined], 'a slot without a rule is out of reach');
    const pids = world.service.describe().flatMap(({ instances }) => instances.map(({ pid }) => pid));

    await world.patch(world.siteId, rule(25));
    assert.deepEqual(await ask('/'), ['new', 'x-ms-routing-name=staging']);
    drawn = 0.25;
    assert.deepEqual(await ask('/'), ['old', 'x-ms-routing-name=self']);
    assert.deepEqual(await ask('/', { cookie: 'x-ms-routing-name=staging' }), ['new', undefined]);
    assert.deepEqual(await ask('/?x-ms-routing-name=staging'), ['new', 'x-ms-routing-name=staging']);
    assert.deepEqual(await ask('/?x-ms-routing-name=self', { cookie: 'x-ms-routing-name=staging' }), ['old', 'x-ms-routing-name=self']);
    assert.deepEqual(await ask('/?x-ms-routing-name=self', {}, world.slotId), ['new', undefined], 'the host of a slot is that slot');

    await world.patch(world.siteId, rule(0));
    drawn = 0;
    assert.deepEqual(await ask('/'), ['old', 'x-ms-routing-name=self']);
    assert.deepEqual(await ask('/?x-ms-routing-name=staging'), ['new', 'x-ms-routing-name=staging']);
    assert.deepEqual(world.service.describe().flatMap(({ instances }) => instances.map(({ pid }) => pid)), pids);

    const bad = { status: 400, code: 'BadRequest' };
    await assert.rejects(world.patch(world.siteId, rule(101)), bad);
    await assert.rejects(world.patch(world.siteId, rule(1, { name: 'self' })), bad);
    await assert.rejects(world.patch(world.siteId, rule(1, { actionHostName: 'elsewhere.example' })), { ...bad, message: new RegExp(`defaultHostName of a slot of this site: ${host}`) });
    await assert.rejects(world.patch(world.siteId, rule(1, { changeStep: 5 })), { code: 'NotSupportedByLocalAzure' });
    await assert.rejects(world.patch(world.slotId, rule(1)), { code: 'NotSupportedByLocalAzure' });
  } finally {
    await world.close();
  }
});
