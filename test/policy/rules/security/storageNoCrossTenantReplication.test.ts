import { storageNoCrossTenantReplication } from '../../../../policy/rules/security/storageNoCrossTenantReplication.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(storageNoCrossTenantReplication, {
  types: ['azure-native:storage:StorageAccount'],
  passes: { set: { allowCrossTenantReplication: false } },
  fails: {
    explicit: [{ allowCrossTenantReplication: true }, /^allowCrossTenantReplication has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^allowCrossTenantReplication is left out: /],
  },
  unknown: { value: [{ allowCrossTenantReplication: UNKNOWN_BOOLEAN }, /^allowCrossTenantReplication was not judged/] },
  remediates: { explicit: [{ allowCrossTenantReplication: true }, { allowCrossTenantReplication: false }], omitted: [{}, { allowCrossTenantReplication: false }] },
});
