import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createBodyContract } from '../../../../local/arm/contract/body.ts';
import type { Resource } from '../../../../local/arm/types.ts';
import { readExchanged, SITE_CONFIG_IN_A_SWAP, SITE_IN_A_SWAP, writeExchanged } from '../../../../local/appservice/swap/siteProperties.ts';
import { createWorld } from '../world.ts';

it('has a place for each property of a site, in one list [swap.steps]', async () => {
  const world = await createWorld();
  try {
    const row = world.arm.types.find(({ row: { type } }) => type === 'Microsoft.Web/sites')?.row;
    assert.ok(row);
    const { contract, pathInputs } = createBodyContract(row);
    const listed = Object.values(SITE_IN_A_SWAP).flat() as string[];
    assert.deepEqual([...listed, 'siteConfig'].toSorted(), Object.keys(contract.inputs.properties ?? {}).filter((name) => !pathInputs.includes(name)).toSorted());
    const config = contract.definitions['web.SiteConfigArgs'];
    const configListed = Object.values(SITE_CONFIG_IN_A_SWAP).flat() as string[];
    assert.deepEqual(configListed.toSorted(), Object.keys(config?.properties ?? {}).toSorted());
  } finally {
    await world.close();
  }
});

it('exchanges the stack and nothing else; the network only when it is not to be preserved; what is absent is absent afterwards', () => {
  const site = (properties: Resource['properties']): Resource => ({ id: 'x', name: 'x', type: 'Microsoft.Web/sites', properties });
  const one = site({ httpsOnly: true, virtualNetworkSubnetId: 'a', siteConfig: { linuxFxVersion: 'NODE|24-lts', alwaysOn: true, vnetRouteAllEnabled: true } });
  const other = site({ httpsOnly: false, siteConfig: { appCommandLine: 'node x', alwaysOn: false } });
  for (const [preserveVnet, expected] of [
    [true, { httpsOnly: false, siteConfig: { alwaysOn: false, linuxFxVersion: 'NODE|24-lts' } }],
    [false, { httpsOnly: false, virtualNetworkSubnetId: 'a', siteConfig: { alwaysOn: false, linuxFxVersion: 'NODE|24-lts', vnetRouteAllEnabled: true } }],
  ] as const) {
    const target = structuredClone(other);
    writeExchanged(target, readExchanged(one, preserveVnet), preserveVnet);
    assert.deepEqual(target.properties, expected);
    writeExchanged(target, readExchanged(one, preserveVnet), preserveVnet);
    assert.deepEqual(target.properties, expected, 'again changes nothing');
  }
});
