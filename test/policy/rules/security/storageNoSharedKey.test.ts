import { storageNoSharedKey } from '../../../../policy/rules/security/storageNoSharedKey.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(storageNoSharedKey, {
  types: ['azure-native:storage:StorageAccount'],
  passes: { set: { allowSharedKeyAccess: false } },
  fails: {
    explicit: [{ allowSharedKeyAccess: true }, /^allowSharedKeyAccess has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^allowSharedKeyAccess is left out: /],
  },
  unknown: { value: [{ allowSharedKeyAccess: UNKNOWN_BOOLEAN }, /^allowSharedKeyAccess was not judged/] },
});
