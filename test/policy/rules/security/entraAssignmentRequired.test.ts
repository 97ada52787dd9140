import { entraAssignmentRequired } from '../../../../policy/rules/security/entraAssignmentRequired.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(entraAssignmentRequired, {
  types: ['azuread:index/servicePrincipal:ServicePrincipal'],
  passes: { set: { appRoleAssignmentRequired: true } },
  fails: {
    explicit: [{ appRoleAssignmentRequired: false }, /^appRoleAssignmentRequired has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^appRoleAssignmentRequired is left out: /],
  },
  unknown: { value: [{ appRoleAssignmentRequired: UNKNOWN_BOOLEAN }, /^appRoleAssignmentRequired was not judged/] },
});
