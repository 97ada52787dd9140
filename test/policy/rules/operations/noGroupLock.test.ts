import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noGroupLock } from '../../../../policy/rules/operations/noGroupLock.ts';
import { resourceOf, UNKNOWN_STRING } from '../../resources.ts';
import { findingsOf, testResourceRule } from '../../ruleTable.ts';

testResourceRule(noGroupLock, {
  types: ['azure-native:authorization:ManagementLockByScope'],
  others: ['azure-native:authorization:RoleAssignment'],
  passes: { resource: { scope: '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v' } },
  fails: { group: [{ scope: '/subscriptions/s/resourceGroups/g' }, /^scope is a whole group or subscription/], subscription: [{ scope: '/subscriptions/s' }, /^scope is/], omitted: [{}, /or left out/] },
  unknown: { scope: [{ scope: UNKNOWN_STRING }, /^scope was not judged/] },
});

describe('no-group-lock', () => {
  it('refuses the types that lock a whole group or subscription', () => {
    for (const type of ['azure-native:authorization:ManagementLockAtResourceGroupLevel', 'azure-native:authorization/v20200501:ManagementLockAtSubscriptionLevel']) {
      assert.deepEqual(findingsOf(noGroupLock.judge(resourceOf(type, {}), {})).map(({ message }) => message), ['The lock stands on a whole group or subscription. Allowed: a lock on a single resource.']);
    }
  });
});
