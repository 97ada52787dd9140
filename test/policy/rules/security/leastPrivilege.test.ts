import { leastPrivilege } from '../../../../policy/rules/security/leastPrivilege.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const role = (id: string) => ({ roleDefinitionId: `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${id}` });

testResourceRule(leastPrivilege, {
  types: ['azure-native:authorization:RoleAssignment'],
  passes: { 'one task': role('4633458b-17de-408a-b874-0445c86b69e6'), custom: role('11111111-2222-3333-4444-555555555555') },
  fails: {
    owner: [role('8e3af657-a8ff-443c-a75c-2fe8c4bcb635'), /^roleDefinitionId is the role Owner\. Allowed: a role for one task/],
    contributor: [role('B24988AC-6180-42A0-AB88-20F7382DD24C'), /the role Contributor/],
    'hands out rights': [role('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'), /User Access Administrator/],
    'changes data': [role('ba92f5b4-2d11-453d-a403-e96b0029c9fe'), /Storage Blob Data Contributor/],
    'all data': [role('b7e6dc6d-f1e8-4753-8033-0f276bb0955b'), /Storage Blob Data Owner/],
  },
  unknown: { role: [{ roleDefinitionId: UNKNOWN_STRING }, /^roleDefinitionId was not judged/] },
});
