import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { JsonObject } from '../../../local/arm/types.ts';
import type { ServiceAnswer } from '../../../local/providers/armClient.ts';
import { createNetworkWorld, LOCATION, type NetworkWorld } from './world.ts';

const code = (answer: ServiceAnswer): unknown => answer.body?.['code'];
const message = (answer: ServiceAnswer): string => String(answer.body?.['message']);
const properties = (answer: ServiceAnswer): JsonObject => (answer.body?.['properties'] ?? {}) as JsonObject;

const WEB = { name: 'web', properties: { addressPrefix: '10.1.0.0/26', delegations: [{ name: 'd', properties: { serviceName: 'Microsoft.Web/serverFarms' } }] } };
const INNER = { name: 'inner', properties: { addressPrefix: '10.1.0.64/27' } };
const NETWORK = { location: LOCATION, properties: { addressSpace: { addressPrefixes: ['10.1.0.0/24'] }, subnets: [WEB, INNER] } };
const RULE = { name: 'out', properties: { priority: 100, direction: 'Outbound', access: 'Allow', protocol: 'Tcp', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: 'Internet', destinationPortRange: '443' } };

describe('Microsoft.Network of the local ARM', () => {
  const withNetwork = async (t: TestContext): Promise<NetworkWorld> => {
    const world = await createNetworkWorld(t);
    assert.equal((await world.put('virtualNetworks/net', NETWORK)).status, 201);
    return world;
  };

  it('makes a virtual network with its subnets inside, as ARM shows them', async (t) => {
    const world = await withNetwork(t);
    const shown = properties(await world.get('virtualNetworks/net'));
    const [web, inner] = shown['subnets'] as { id: string; properties: JsonObject }[];
    assert.equal(shown['provisioningState'], 'Succeeded');
    assert.equal(web?.id, `${world.id('virtualNetworks/net')}/subnets/web`);
    assert.deepEqual((web.properties['delegations'] as { properties: JsonObject }[])[0]?.properties, { serviceName: 'Microsoft.Web/serverFarms', actions: ['Microsoft.Network/virtualNetworks/subnets/action'], provisioningState: 'Succeeded' });
    assert.deepEqual([inner?.properties['privateEndpointNetworkPolicies'], inner?.properties['provisioningState']], ['Disabled', 'Succeeded']);
    // The same body again changes nothing.
    await world.put('virtualNetworks/net', NETWORK);
    assert.deepEqual(properties(await world.get('virtualNetworks/net')), shown);
  });

  const refusedNetworks: readonly { readonly what: string; readonly properties: JsonObject; readonly code: string; readonly says: RegExp }[] = [
    { what: 'no address space', properties: { subnets: [] }, code: 'InvalidRequestFormat', says: /addressSpace/ },
    { what: 'a subnet outside', properties: { ...NETWORK.properties, subnets: [{ name: 'a', properties: { addressPrefix: '10.2.0.0/26' } }] }, code: 'NetcfgSubnetRangeOutsideVnet', says: /'a'.*10\.2\.0\.0\/26.*10\.1\.0\.0\/24/ },
    { what: 'overlapping subnets', properties: { ...NETWORK.properties, subnets: [WEB, { name: 'a', properties: { addressPrefix: '10.1.0.32/27' } }] }, code: 'NetcfgSubnetRangesOverlap', says: /overlaps with that of subnet 'web'/ },
    { what: 'bits beyond the prefix', properties: { addressSpace: { addressPrefixes: ['10.1.0.7/24'] } }, code: 'InvalidCIDRNotation', says: /Use 10\.1\.0\.0\/24/ },
    { what: 'no prefix at all', properties: { addressSpace: { addressPrefixes: ['10.1.0.0'] } }, code: 'InvalidAddressPrefixFormat', says: /10\.1\.0\.0/ },
    { what: 'a subnet of four addresses', properties: { ...NETWORK.properties, subnets: [{ name: 'a', properties: { addressPrefix: '10.1.0.0/30' } }] }, code: 'NetcfgSubnetTooSmall', says: /\/29/ },
    { what: 'a group that is not there', properties: { ...NETWORK.properties, subnets: [{ name: 'a', properties: { addressPrefix: '10.1.0.0/26', networkSecurityGroup: { id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/none' } } }] }, code: 'InvalidResourceReference', says: /networkSecurityGroups\/none/ },
    { what: 'a NAT gateway', properties: { ...NETWORK.properties, subnets: [{ name: 'a', properties: { addressPrefix: '10.1.0.0/26', natGateway: { id: '/x' } } }] }, code: 'NotSupportedByLocalAzure', says: /natGateway/ },
    { what: 'another delegation', properties: { ...NETWORK.properties, subnets: [{ name: 'a', properties: { addressPrefix: '10.1.0.0/26', delegations: [{ name: 'd', properties: { serviceName: 'Microsoft.Sql/managedInstances' } }] } }] }, code: 'NotSupportedByLocalAzure', says: /Microsoft\.Sql\/managedInstances/ },
    { what: 'DNS servers of its own', properties: { ...NETWORK.properties, dhcpOptions: { dnsServers: ['10.0.0.4'] } }, code: 'NotSupportedByLocalAzure', says: /dhcpOptions/ },
    { what: 'a subnet\'s prefix outside of its properties', properties: { ...NETWORK.properties, subnets: [{ name: 'a', addressPrefix: '10.1.0.0/26' }] }, code: 'InvalidRequestContent', says: /properties\.subnets\[0\]\.addressPrefix is not part of the contract/ },
  ];
  for (const { what, properties: given, code: expected, says } of refusedNetworks) {
    it(`refuses a network with ${what}: ${expected}`, async (t) => {
      const world = await createNetworkWorld(t);
      const answer = await world.put('virtualNetworks/net', { location: LOCATION, properties: given });
      assert.equal(code(answer), expected, message(answer));
      assert.match(message(answer), says);
    });
  }

  it('keeps a subnet as it is while something stands in it', async (t) => {
    const world = await withNetwork(t);
    await world.putSite('app', { virtualNetworkSubnetId: `${world.id('virtualNetworks/net')}/subnets/web` });
    const change = (subnets: JsonObject[]) => world.put('virtualNetworks/net', { ...NETWORK, properties: { ...NETWORK.properties, subnets } });
    for (const [answer, expected] of [
      [await change([INNER]), 'InUseSubnetCannotBeDeleted'],
      [await change([{ ...WEB, properties: { ...WEB.properties, addressPrefix: '10.1.0.128/26' } }, INNER]), 'InUsePrefixCannotBeDeleted'],
      [await change([{ name: 'web', properties: { addressPrefix: '10.1.0.0/26' } }, INNER]), 'SubnetMissingRequiredDelegation'],
      [await world.remove('virtualNetworks/net'), 'InUseSubnetCannotBeDeleted'],
    ] as const) {
      assert.equal(code(answer), expected, message(answer));
      assert.match(message(answer), /sites\/app/);
    }
    assert.equal((await world.get('virtualNetworks/net')).status, 200);
    assert.equal((await change([WEB])).status, 202, 'what nothing stands in may go');
    await world.removeSite('app');
    assert.equal((await world.remove('virtualNetworks/net')).status, 202);
  });

  it('keeps a group and a route table while a subnet names them, and shows which', async (t) => {
    const world = await createNetworkWorld(t);
    await world.put('networkSecurityGroups/nsg', { location: LOCATION, properties: { securityRules: [RULE] } });
    await world.put('routeTables/routes', { location: LOCATION, properties: { routes: [{ name: 'all', properties: { addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.0.1.4' } }] } });
    const named = { networkSecurityGroup: { id: world.id('networkSecurityGroups/nsg') }, routeTable: { id: world.id('routeTables/routes') } };
    await world.put('virtualNetworks/net', { ...NETWORK, properties: { ...NETWORK.properties, subnets: [{ ...INNER, properties: { ...INNER.properties, ...named } }] } });
    const subnet = `${world.id('virtualNetworks/net')}/subnets/inner`;
    for (const [path, expected] of [['networkSecurityGroups/nsg', 'InUseNetworkSecurityGroupCannotBeDeleted'], ['routeTables/routes', 'InUseRouteTableCannotBeDeleted']] as const) {
      assert.deepEqual(properties(await world.get(path))['subnets'], [{ id: subnet }]);
      assert.equal(code(await world.remove(path)), expected);
    }
    assert.equal((await world.remove('virtualNetworks/net')).status, 202);
    for (const path of ['networkSecurityGroups/nsg', 'routeTables/routes']) assert.equal((await world.remove(path)).status, 202);
  });

  it('adds Azure\'s own last rules to a group', async (t) => {
    const world = await createNetworkWorld(t);
    await world.put('networkSecurityGroups/nsg', { location: LOCATION, properties: { securityRules: [RULE] } });
    const shown = properties(await world.get('networkSecurityGroups/nsg')) as unknown as Record<string, { name: string; properties: { priority: number } }[]>;
    assert.deepEqual(shown['securityRules']?.map(({ name }) => name), ['out']);
    assert.deepEqual(shown['defaultSecurityRules']?.map(({ name, properties: { priority } }) => `${name} ${priority}`), [
      'AllowVnetInBound 65000', 'AllowAzureLoadBalancerInBound 65001', 'DenyAllInBound 65500', 'AllowVnetOutBound 65000', 'AllowInternetOutBound 65001', 'DenyAllOutBound 65500',
    ]);
  });

  const refusedRules: readonly { readonly what: string; readonly rules: JsonObject[]; readonly code: string }[] = [
    { what: 'a priority of Azure\'s own', rules: [{ ...RULE, properties: { ...RULE.properties, priority: 4_097 } }], code: 'SecurityRuleInvalidPriority' },
    { what: 'the same priority twice', rules: [RULE, { ...RULE, name: 'other' }], code: 'SecurityRuleConflict' },
    { what: 'the same name twice', rules: [RULE, { ...RULE, properties: { ...RULE.properties, priority: 101 } }], code: 'SecurityRuleConflict' },
    { what: 'a description that is too long', rules: [{ ...RULE, properties: { ...RULE.properties, description: 'x'.repeat(141) } }], code: 'SecurityRuleInvalidDescription' },
    { what: 'a port that is none', rules: [{ ...RULE, properties: { ...RULE.properties, destinationPortRange: '70000' } }], code: 'SecurityRuleInvalidPortRange' },
    { what: 'a port range the wrong way round', rules: [{ ...RULE, properties: { ...RULE.properties, destinationPortRange: '10-1' } }], code: 'SecurityRuleInvalidPortRange' },
    { what: 'a host name', rules: [{ ...RULE, properties: { ...RULE.properties, destinationAddressPrefix: 'api.example.com' } }], code: 'NotSupportedByLocalAzure' },
    { what: 'an address with bits beyond its prefix', rules: [{ ...RULE, properties: { ...RULE.properties, destinationAddressPrefix: '10.0.0.1/24' } }], code: 'InvalidCIDRNotation' },
    { what: 'no destination', rules: [{ ...RULE, properties: { ...RULE.properties, destinationAddressPrefix: null } }], code: 'SecurityRuleParameterMissing' },
  ];
  for (const { what, rules, code: expected } of refusedRules) {
    it(`refuses a rule with ${what}: ${expected}`, async (t) => {
      const world = await createNetworkWorld(t);
      const answer = await world.put('networkSecurityGroups/nsg', { location: LOCATION, properties: { securityRules: rules } });
      assert.equal(code(answer), expected, message(answer));
    });
  }

  it('takes a next hop\'s address for an appliance, and for nothing else', async (t) => {
    const world = await createNetworkWorld(t);
    const route = (nextHopType: string, nextHopIpAddress?: string) => world.put('routeTables/routes', { location: LOCATION, properties: { routes: [{ name: 'r', properties: { addressPrefix: '0.0.0.0/0', nextHopType, ...(nextHopIpAddress === undefined ? {} : { nextHopIpAddress }) } }] } });
    assert.equal(code(await route('VirtualAppliance')), 'InvalidRouteNextHop');
    assert.equal(code(await route('Internet', '10.0.1.4')), 'InvalidRouteNextHop');
    assert.equal((await route('Internet')).status, 201);
  });

  const refusedSites: readonly { readonly what: string; readonly subnet: JsonObject; readonly code: string }[] = [
    { what: 'is not delegated', subnet: { name: 'web', properties: { addressPrefix: '10.1.0.0/26' } }, code: 'SubnetNotDelegated' },
    { what: 'has eight addresses', subnet: { ...WEB, properties: { ...WEB.properties, addressPrefix: '10.1.0.0/29' } }, code: 'SubnetTooSmall' },
    { what: 'is not there', subnet: { ...WEB, name: 'other' }, code: 'NotFound' },
  ];
  for (const { what, subnet, code: expected } of refusedSites) {
    it(`refuses to integrate an app with a subnet that ${what}: ${expected}`, async (t) => {
      const world = await createNetworkWorld(t);
      await world.put('virtualNetworks/net', { ...NETWORK, properties: { ...NETWORK.properties, subnets: [subnet] } });
      const answer = await world.trySite('app', { virtualNetworkSubnetId: `${world.id('virtualNetworks/net')}/subnets/web` });
      assert.equal(answer, expected);
    });
  }

  it('gives a private endpoint an address of its subnet, and its name to the zone once there is one', async (t) => {
    const world = await withNetwork(t);
    await world.makePrivate('net', 'inner', { zones: false });
    const shown = (): Promise<JsonObject> => world.get('privateEndpoints/vault').then(properties);
    assert.deepEqual((await shown())['customDnsConfigs'], [{ fqdn: `${world.vaultName}.vault.azure.net`, ipAddresses: ['10.1.0.68'] }]);
    const inner = ((await world.get('virtualNetworks/net').then(properties))['subnets'] as { name: string; properties: JsonObject }[]).find(({ name }) => name === 'inner');
    assert.deepEqual(inner?.properties['privateEndpoints'], [{ id: world.id('privateEndpoints/vault') }]);
    await world.makePrivate('net', 'inner', { zones: true });
    assert.deepEqual((await shown())['customDnsConfigs'], []);
    const group = properties(await world.get('privateEndpoints/vault/privateDnsZoneGroups/default'));
    const [{ properties: config } = assert.fail('no zone')] = group['privateDnsZoneConfigs'] as { properties: { recordSets: JsonObject[] } }[];
    assert.deepEqual(config.recordSets.map(({ fqdn, ipAddresses }) => [fqdn, ipAddresses]), [[`${world.vaultName}.privatelink.vaultcore.azure.net`, ['10.1.0.68']]]);
    assert.equal(code(await world.remove('privateDnsZones/privatelink.vaultcore.azure.net')), 'CannotDeleteResource');
    assert.equal(code(await world.remove('virtualNetworks/net')), 'InUseSubnetCannotBeDeleted');
  });

  it('refuses an endpoint in a delegated subnet, to a subresource or a type that is not served, and zones that are not global', async (t) => {
    const world = await withNetwork(t);
    const endpoint = (subnet: string, targetId: string, groupId: string) => world.put('privateEndpoints/e', {
      location: LOCATION,
      properties: { subnet: { id: `${world.id('virtualNetworks/net')}/subnets/${subnet}` }, privateLinkServiceConnections: [{ name: 'c', properties: { privateLinkServiceId: targetId, groupIds: [groupId] } }] },
    });
    assert.equal(code(await endpoint('web', world.vaultId, 'vault')), 'PrivateEndpointCannotBeCreatedInSubnetWithDelegation');
    assert.equal(code(await endpoint('inner', world.vaultId, 'managedhsm')), 'NotSupportedByLocalAzure');
    assert.equal(code(await endpoint('inner', world.id('virtualNetworks/net'), 'vault')), 'NotSupportedByLocalAzure');
    assert.equal(code(await endpoint('inner', `${world.vaultId}x`, 'vault')), 'InvalidResourceReference');
    assert.equal(code(await endpoint('none', world.vaultId, 'vault')), 'InvalidResourceReference');
    assert.equal(code(await world.put('privateDnsZones/privatelink.vaultcore.azure.net', { location: LOCATION, properties: {} })), 'LocationNotAvailableForResourceType');
  });
});
