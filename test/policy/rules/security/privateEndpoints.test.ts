import { privateEndpoints } from '../../../../policy/rules/security/privateEndpoints.ts';
import { UNKNOWN_STRING, part, type Part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const vault = part('azure-native:keyvault:Vault', 'vault', { properties: { publicNetworkAccess: 'Disabled' } });
const account = part('azure-native:storage:StorageAccount', 'state', { publicNetworkAccess: 'Disabled' });
const packages = part('azure-native:storage:StorageAccount', 'packages');
const policy = part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', {}, { accountName: ['state'] });
const network = part('azure-native:network:VirtualNetwork', 'network');
const endpoint = (of: string, groupIds: unknown) => part('azure-native:network:PrivateEndpoint', `endpoint of ${of}`, { privateLinkServiceConnections: [{ groupIds }] }, { privateLinkServiceConnections: [of] });
const zone = (of: string, privateZoneName: string) => part('azure-native:privatedns:PrivateZone', `zone of ${of}`, { privateZoneName });
const link = (of: string) => part('azure-native:privatedns:VirtualNetworkLink', `link of ${of}`, {}, { privateZoneName: [`zone of ${of}`], virtualNetwork: ['network'] });
const names = (of: string) => part('azure-native:network:PrivateDnsZoneGroup', `names of ${of}`, {}, { privateEndpointName: [`endpoint of ${of}`], privateDnsZoneConfigs: [`zone of ${of}`] });
const ofVault = [endpoint('vault', ['vault']), zone('vault', 'privatelink.vaultcore.azure.net'), link('vault'), names('vault')];
const ofState = [endpoint('state', ['blob']), zone('state', 'privatelink.blob.core.windows.net'), link('state'), names('state')];
const all = [vault, account, policy, packages, network, ...ofVault, ...ofState];
const without = (name: string): Part[] => all.filter((one) => one.name !== name);

testStackRule(privateEndpoints, {
  passes: { both: all, 'by the name of Azure': [...without('zone of vault'), part('azure-native:privatedns:PrivateZone', 'zone of vault', { name: 'privatelink.vaultcore.azure.net' })] },
  fails: {
    vault: [[vault], /^keyvault:Vault "vault" has no private endpoint/],
    account: [[vault, network, ...ofVault, account, policy], /^storage:StorageAccount "state" has no private endpoint/],
    public: [[...without('vault'), part('azure-native:keyvault:Vault', 'vault', { properties: { publicNetworkAccess: 'Enabled' } })], /^keyvault:Vault "vault": properties\.publicNetworkAccess has a value/],
    'public by default': [[...without('state'), part('azure-native:storage:StorageAccount', 'state')], /^storage:StorageAccount "state": publicNetworkAccess is left out/],
    'open to all once it is opened': [[...without('state'), part('azure-native:storage:StorageAccount', 'state', { publicNetworkAccess: 'Disabled', networkRuleSet: { defaultAction: 'Allow' } })], /^storage:StorageAccount "state": networkRuleSet\.defaultAction has a value/],
    'another group': [[...without('endpoint of state'), endpoint('state', ['file'])], /^storage:StorageAccount "state" has a private endpoint of another group\. Allowed: blob/],
    ...Object.fromEntries(['zone of vault', 'link of vault', 'names of vault', 'network'].map((name) => [`no ${name}`, [without(name), name === 'network' ? [/"vault" has a private endpoint to which its name does not lead/, /"state"/] : /^keyvault:Vault "vault" has a private endpoint to which its name does not lead/]] as const)),
    'another zone': [[...without('zone of vault'), zone('vault', 'privatelink.example.com')], /its name does not lead/],
  },
  unknown: {
    'public access': [[...without('vault'), part('azure-native:keyvault:Vault', 'vault', { properties: UNKNOWN_STRING })], [/publicNetworkAccess was not judged/, /networkAcls\.defaultAction was not judged/]],
    group: [[...without('endpoint of state'), endpoint('state', UNKNOWN_STRING)], /the group of its private endpoint was not judged/],
  },
  notConcerned: { 'packages alone': [packages] },
});
