import { storageTls } from '../../../../policy/rules/security/storageTls.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(storageTls, {
  types: ['azure-native:storage:StorageAccount'],
  passes: { set: { minimumTlsVersion: 'TLS1_2' } },
  fails: {
    explicit: [{ minimumTlsVersion: 'TLS1_0' }, /^minimumTlsVersion has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^minimumTlsVersion is left out: /],
  },
  unknown: { value: [{ minimumTlsVersion: UNKNOWN_STRING }, /^minimumTlsVersion was not judged/] },
  remediates: { explicit: [{ minimumTlsVersion: 'TLS1_0' }, { minimumTlsVersion: 'TLS1_2' }], omitted: [{}, { minimumTlsVersion: 'TLS1_2' }] },
});
