import { alwaysOn } from '../../../../policy/rules/stateless/alwaysOn.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(alwaysOn, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { siteConfig: { alwaysOn: true } } },
  fails: {
    explicit: [{ siteConfig: { alwaysOn: false } }, /^siteConfig\.alwaysOn has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^siteConfig\.alwaysOn is left out: /],
  },
  unknown: { value: [{ siteConfig: { alwaysOn: UNKNOWN_BOOLEAN } }, /^siteConfig\.alwaysOn was not judged/], 'all around it': [{ siteConfig: UNKNOWN_STRING }, /^siteConfig\.alwaysOn was not judged/] },
  remediates: { explicit: [{ siteConfig: { alwaysOn: false } }, { siteConfig: { alwaysOn: true } }], omitted: [{}, { siteConfig: { alwaysOn: true } }], 'nothing that is not known': [{ siteConfig: UNKNOWN_STRING }, { siteConfig: UNKNOWN_STRING }] },
});
