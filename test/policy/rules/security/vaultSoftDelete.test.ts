import { vaultSoftDelete } from '../../../../policy/rules/security/vaultSoftDelete.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(vaultSoftDelete, {
  types: ['azure-native:keyvault:Vault'],
  settings: { minimumDays: 30 },
  passes: { long: { properties: { softDeleteRetentionInDays: 30 } }, omitted: {}, set: { properties: { enableSoftDelete: true } } },
  fails: {
    explicit: [{ properties: { enableSoftDelete: false } }, /^properties\.enableSoftDelete has a value that is not allowed\. Allowed: /],
    short: [{ properties: { softDeleteRetentionInDays: 29 } }, /^properties\.softDeleteRetentionInDays has a value that is not allowed\. Allowed: at least 30 days/],
  },
  unknown: { value: [{ properties: { enableSoftDelete: UNKNOWN_BOOLEAN } }, /^properties\.enableSoftDelete was not judged/], 'all around it': [{ properties: UNKNOWN_STRING }, [/^properties\.enableSoftDelete was not judged/, /softDeleteRetentionInDays was not judged/]] },
  remediates: { explicit: [{ properties: { enableSoftDelete: false } }, { properties: { enableSoftDelete: true } }], 'nothing that is not known': [{ properties: UNKNOWN_STRING }, { properties: UNKNOWN_STRING }] },
});
