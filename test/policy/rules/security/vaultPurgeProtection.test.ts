import { vaultPurgeProtection } from '../../../../policy/rules/security/vaultPurgeProtection.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(vaultPurgeProtection, {
  types: ['azure-native:keyvault:Vault'],
  passes: { set: { properties: { enablePurgeProtection: true } } },
  fails: {
    explicit: [{ properties: { enablePurgeProtection: false } }, /^properties\.enablePurgeProtection has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^properties\.enablePurgeProtection is left out: /],
  },
  unknown: { value: [{ properties: { enablePurgeProtection: UNKNOWN_BOOLEAN } }, /^properties\.enablePurgeProtection was not judged/], 'all around it': [{ properties: UNKNOWN_STRING }, /^properties\.enablePurgeProtection was not judged/] },
});
