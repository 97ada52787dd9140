import { assignmentScope } from '../../../../policy/rules/security/assignmentScope.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(assignmentScope, {
  types: ['azure-native:authorization:RoleAssignment'],
  passes: { resource: { scope: '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v' }, group: { scope: '/subscriptions/s/resourceGroups/g' } },
  fails: {
    subscription: [{ scope: '/subscriptions/s' }, /^scope is a subscription or above/],
    'management group': [{ scope: '/providers/Microsoft.Management/managementGroups/m' }, /^scope is/],
    root: [{ scope: '/' }, /^scope is/],
    omitted: [{}, /or left out/],
  },
  unknown: { scope: [{ scope: UNKNOWN_STRING }, /^scope was not judged/] },
});
