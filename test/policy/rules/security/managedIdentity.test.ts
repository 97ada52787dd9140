import { managedIdentity } from '../../../../policy/rules/security/managedIdentity.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(managedIdentity, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { identity: { type: 'UserAssigned' } }, both: { identity: { type: 'SystemAssigned, UserAssigned' } }, system: { identity: { type: 'SystemAssigned' } } },
  fails: {
    explicit: [{ identity: { type: 'None' } }, /^identity\.type has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^identity\.type is left out: /],
  },
  unknown: { value: [{ identity: { type: UNKNOWN_STRING } }, /^identity\.type was not judged/], 'all around it': [{ identity: UNKNOWN_STRING }, /^identity\.type was not judged/] },
});
