import { scmBasicAuthOff } from '../../../../policy/rules/security/scmBasicAuthOff.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(scmBasicAuthOff, {
  types: ['azure-native:web:WebAppScmAllowed', 'azure-native:web:WebAppScmAllowedSlot'],
  passes: { set: { allow: false } },
  fails: {
    explicit: [{ allow: true }, /^allow has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^allow is left out: /],
  },
  unknown: { value: [{ allow: UNKNOWN_BOOLEAN }, /^allow was not judged/] },
  remediates: { explicit: [{ allow: true }, { allow: false }], omitted: [{}, { allow: false }] },
});
