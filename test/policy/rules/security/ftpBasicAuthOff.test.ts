import { ftpBasicAuthOff } from '../../../../policy/rules/security/ftpBasicAuthOff.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(ftpBasicAuthOff, {
  types: ['azure-native:web:WebAppFtpAllowed', 'azure-native:web:WebAppFtpAllowedSlot'],
  passes: { set: { allow: false } },
  fails: {
    explicit: [{ allow: true }, /^allow has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^allow is left out: /],
  },
  unknown: { value: [{ allow: UNKNOWN_BOOLEAN }, /^allow was not judged/] },
  remediates: { explicit: [{ allow: true }, { allow: false }], omitted: [{}, { allow: false }] },
});
