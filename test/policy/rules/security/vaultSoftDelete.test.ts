import { vaultSoftDelete } from '../../../../policy/rules/security/vaultSoftDelete.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(vaultSoftDelete, {
  types: ['azure-native:keyvault:Vault'],
  passes: { omitted: {}, set: { properties: { enableSoftDelete: true } } },
  fails: {
    explicit: [{ properties: { enableSoftDelete: false } }, /^properties\.enableSoftDelete has a value that is not allowed\. Allowed: /],
  },
  unknown: { value: [{ properties: { enableSoftDelete: UNKNOWN_BOOLEAN } }, /^properties\.enableSoftDelete was not judged/], 'all around it': [{ properties: UNKNOWN_STRING }, /^properties\.enableSoftDelete was not judged/] },
  remediates: { explicit: [{ properties: { enableSoftDelete: false } }, { properties: { enableSoftDelete: true } }], 'nothing that is not known': [{ properties: UNKNOWN_STRING }, { properties: UNKNOWN_STRING }] },
});
