import { storageHttps } from '../../../../policy/rules/security/storageHttps.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(storageHttps, {
  types: ['azure-native:storage:StorageAccount'],
  passes: { omitted: {}, set: { enableHttpsTrafficOnly: true } },
  fails: {
    explicit: [{ enableHttpsTrafficOnly: false }, /^enableHttpsTrafficOnly has a value that is not allowed\. Allowed: /],
  },
  unknown: { value: [{ enableHttpsTrafficOnly: UNKNOWN_BOOLEAN }, /^enableHttpsTrafficOnly was not judged/] },
  remediates: { explicit: [{ enableHttpsTrafficOnly: false }, { enableHttpsTrafficOnly: true }] },
});
