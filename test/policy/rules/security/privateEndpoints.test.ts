import { privateEndpoints } from '../../../../policy/rules/security/privateEndpoints.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const vault = part('azure-native:keyvault:Vault', 'vault');
const account = part('azure-native:storage:StorageAccount', 'state');
const packages = part('azure-native:storage:StorageAccount', 'packages');
const policy = part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', {}, { accountName: ['state'] });
const endpoint = (of: string) => part('azure-native:network:PrivateEndpoint', `endpoint of ${of}`, {}, { privateLinkServiceConnections: [of] });

testStackRule(privateEndpoints, {
  passes: { both: [vault, account, policy, packages, endpoint('vault'), endpoint('state')] },
  fails: { vault: [[vault], /^keyvault:Vault "vault" has no private endpoint/], account: [[vault, endpoint('vault'), account, policy], /^storage:StorageAccount "state" has no private endpoint/] },
  unknown: {},
  notConcerned: { 'packages alone': [packages] },
});
