import { httpsOnly } from '../../../../policy/rules/security/httpsOnly.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(httpsOnly, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { httpsOnly: true } },
  fails: {
    explicit: [{ httpsOnly: false }, /^httpsOnly has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^httpsOnly is left out: /],
  },
  unknown: { value: [{ httpsOnly: UNKNOWN_BOOLEAN }, /^httpsOnly was not judged/] },
  remediates: { explicit: [{ httpsOnly: false }, { httpsOnly: true }], omitted: [{}, { httpsOnly: true }] },
});
