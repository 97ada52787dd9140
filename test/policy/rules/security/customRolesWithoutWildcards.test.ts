import { customRolesWithoutWildcards } from '../../../../policy/rules/security/customRolesWithoutWildcards.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const role = (permission: object) => ({ permissions: [permission] });

testResourceRule(customRolesWithoutWildcards, {
  types: ['azure-native:authorization:RoleDefinition'],
  passes: { full: role({ actions: [], dataActions: ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action', 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'] }), none: {} },
  fails: {
    everything: [role({ actions: ['*'] }), /^permissions\[0\]\.actions\[0\] has a wildcard/],
    overwrites: [role({ dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'] }), /^permissions\[0\]\.dataActions\[0\] does more than read, add, sign or verify/],
    deletes: [role({ dataActions: ['Microsoft.KeyVault/vaults/keys/delete'] }), /does more/],
    'hands out keys': [role({ actions: ['Microsoft.Storage/storageAccounts/listKeys/action'] }), /actions\[0\] does more/],
    'all of a service': [role({ dataActions: ['a/read', 'Microsoft.KeyVault/vaults/*'] }), /^permissions\[0\]\.dataActions\[1\] has a wildcard/],
  },
  unknown: {
    permissions: [{ permissions: UNKNOWN_STRING }, /^permissions was not judged/], entry: [{ permissions: [UNKNOWN_STRING] }, /^permissions\[0\] was not judged/],
    list: [role({ actions: UNKNOWN_STRING }), /^permissions\[0\]\.actions was not judged/], operation: [role({ actions: [UNKNOWN_STRING] }), /actions\[0\] was not judged/],
  },
});
