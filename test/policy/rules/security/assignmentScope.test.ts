import { assignmentScope } from '../../../../policy/rules/security/assignmentScope.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(assignmentScope, {
  types: ['azure-native:authorization:RoleAssignment'],
  passes: { resource: { scope: '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v' } },
  fails: {
    group: [{ scope: '/subscriptions/s/resourceGroups/g' }, /^scope is wider than a resource, or left out\. Allowed: a resource\.$/],
    subscription: [{ scope: '/subscriptions/s' }, /^scope is wider than a resource/],
    'management group': [{ scope: '/providers/Microsoft.Management/managementGroups/m' }, /^scope is/],
    root: [{ scope: '/' }, /^scope is/],
    omitted: [{}, /or left out/],
  },
  unknown: { scope: [{ scope: UNKNOWN_STRING }, /^scope was not judged/] },
});

testResourceRule(assignmentScope, {
  types: ['azure-native:authorization:RoleDefinition'],
  passes: { group: { assignableScopes: ['/subscriptions/s/resourceGroups/g'] } },
  fails: {
    subscription: [{ assignableScopes: ['/subscriptions/s/resourceGroups/g', '/subscriptions/s'] }, /^assignableScopes\[1\] is wider than a resource group/],
    omitted: [{}, /^assignableScopes is left out or empty/],
    none: [{ assignableScopes: [] }, /^assignableScopes is left out or empty/],
  },
  unknown: { scopes: [{ assignableScopes: UNKNOWN_STRING }, /^assignableScopes was not judged/], scope: [{ assignableScopes: [UNKNOWN_STRING] }, /^assignableScopes\[0\] was not judged/] },
});
