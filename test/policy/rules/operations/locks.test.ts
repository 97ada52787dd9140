import { locks } from '../../../../policy/rules/operations/locks.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const vault = part('azure-native:keyvault:Vault', 'vault');
const account = part('azure-native:storage:StorageAccount', 'state');
const packages = part('azure-native:storage:StorageAccount', 'packages');
const policy = part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', {}, { accountName: ['state'] });
const workspace = part('azure-native:operationalinsights:Workspace', 'workspace');
const lock = (of: string) => part('azure-native:authorization:ManagementLockByScope', `lock of ${of}`, { level: 'CanNotDelete' }, { scope: [of] });

testStackRule(locks, {
  passes: { all: [vault, account, policy, workspace, packages, ...['vault', 'state', 'workspace'].map(lock)] },
  fails: { 'that stops the server': [[vault, part('azure-native:authorization:ManagementLockByScope', 'l', { level: 'ReadOnly' }, { scope: ['vault'] })], /^keyvault:Vault "vault" has no lock\. Add a ManagementLockByScope to it, with level CanNotDelete/], vault: [[vault], /^keyvault:Vault "vault" has no lock/], 'account and workspace': [[account, policy, workspace], [/"workspace" has no lock/, /"state" has no lock/]] },
  unknown: {},
  notConcerned: { 'packages alone': [packages] },
});
