import { entraApplication } from '../../../../policy/rules/security/entraApplication.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const V2 = { requestedAccessTokenVersion: 2 };
const CLAIMS = { optionalClaims: { accessTokens: [{ name: 'ipaddr' }, { name: 'idtyp', additionalProperties: ['include_user_token'] }] } };
const claim = (one: unknown) => ({ api: V2, optionalClaims: { accessTokens: [one] } });

testResourceRule(entraApplication, {
  types: ['azuread:index/application:Application'],
  passes: { explicit: { signInAudience: 'AzureADMyOrg', api: V2, ...CLAIMS }, 'the audience omitted': { api: V2, ...CLAIMS } },
  fails: {
    'several tenants': [{ signInAudience: 'AzureADMultipleOrgs', api: V2, ...CLAIMS }, /^signInAudience has a value that is not allowed/],
    'tokens of version 1': [{ api: { requestedAccessTokenVersion: 1 }, ...CLAIMS }, /^api\.requestedAccessTokenVersion has a value/],
    'no claim': [{ api: V2 }, /^optionalClaims\.accessTokens is without idtyp for all tokens/],
    'another claim': [claim({ name: 'ipaddr', additionalProperties: ['include_user_token'] }), /without idtyp/],
    'for applications alone': [claim({ name: 'idtyp' }), /without idtyp/],
    'the version omitted': [CLAIMS, /^api\.requestedAccessTokenVersion is left out: Entra then issues tokens of version 1/],
  },
  unknown: { audience: [{ signInAudience: UNKNOWN_STRING, api: V2, ...CLAIMS }, /^signInAudience was not judged/], api: [{ api: UNKNOWN_STRING, ...CLAIMS }, /^api\.requestedAccessTokenVersion was not judged/],
    claims: [{ api: V2, optionalClaims: UNKNOWN_STRING }, /^optionalClaims\.accessTokens was not judged/], claim: [claim(UNKNOWN_STRING), /was not judged/], properties: [claim({ name: 'idtyp', additionalProperties: [UNKNOWN_STRING] }), /was not judged/] },
});
