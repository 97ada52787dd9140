import { ftpsDisabled } from '../../../../policy/rules/security/ftpsDisabled.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(ftpsDisabled, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { siteConfig: { ftpsState: 'Disabled' } } },
  fails: {
    explicit: [{ siteConfig: { ftpsState: 'FtpsOnly' } }, /^siteConfig\.ftpsState has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^siteConfig\.ftpsState is left out: /],
  },
  unknown: { value: [{ siteConfig: { ftpsState: UNKNOWN_STRING } }, /^siteConfig\.ftpsState was not judged/], 'all around it': [{ siteConfig: UNKNOWN_STRING }, /^siteConfig\.ftpsState was not judged/] },
  remediates: { explicit: [{ siteConfig: { ftpsState: 'FtpsOnly' } }, { siteConfig: { ftpsState: 'Disabled' } }], omitted: [{}, { siteConfig: { ftpsState: 'Disabled' } }], 'nothing that is not known': [{ siteConfig: UNKNOWN_STRING }, { siteConfig: UNKNOWN_STRING }] },
});
