import { entraApplication } from '../../../../policy/rules/security/entraApplication.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const V2 = { requestedAccessTokenVersion: 2 };

testResourceRule(entraApplication, {
  types: ['azuread:index/application:Application'],
  passes: { explicit: { signInAudience: 'AzureADMyOrg', api: V2 }, 'the audience omitted': { api: V2 } },
  fails: {
    'several tenants': [{ signInAudience: 'AzureADMultipleOrgs', api: V2 }, /^signInAudience has a value that is not allowed/],
    'tokens of version 1': [{ api: { requestedAccessTokenVersion: 1 } }, /^api\.requestedAccessTokenVersion has a value/],
    'the version omitted': [{}, /^api\.requestedAccessTokenVersion is left out: Entra then issues tokens of version 1/],
  },
  unknown: { audience: [{ signInAudience: UNKNOWN_STRING, api: V2 }, /^signInAudience was not judged/], api: [{ api: UNKNOWN_STRING }, /^api\.requestedAccessTokenVersion was not judged/] },
});
