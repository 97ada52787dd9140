import { http2 } from '../../../../policy/rules/security/http2.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(http2, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { siteConfig: { http20Enabled: true } } },
  fails: {
    explicit: [{ siteConfig: { http20Enabled: false } }, /^siteConfig\.http20Enabled has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^siteConfig\.http20Enabled is left out: /],
  },
  unknown: { value: [{ siteConfig: { http20Enabled: UNKNOWN_BOOLEAN } }, /^siteConfig\.http20Enabled was not judged/], 'all around it': [{ siteConfig: UNKNOWN_STRING }, /^siteConfig\.http20Enabled was not judged/] },
  remediates: { explicit: [{ siteConfig: { http20Enabled: false } }, { siteConfig: { http20Enabled: true } }], omitted: [{}, { siteConfig: { http20Enabled: true } }], 'nothing that is not known': [{ siteConfig: UNKNOWN_STRING }, { siteConfig: UNKNOWN_STRING }] },
});
