import { withinStack } from '../../../../policy/rules/security/withinStack.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const identity = part('azure-native:managedidentity:UserAssignedIdentity', 'identity');
const site = part('azure-native:web:WebApp', 'site');
const test = part('azure-native:applicationinsights:WebTest', 'test');
const assignment = (madeFrom: Record<string, string[]>) => part('azure-native:authorization:RoleAssignment', 'right', { principalId: 'p' }, madeFrom);
const alert = (madeFrom: Record<string, string[]>) => part('azure-native:monitor:MetricAlert', 'alert', { scopes: ['/s'] }, madeFrom);
const NOT_ITS_OWN = /^authorization:RoleAssignment "right": principalId is not made from a managedidentity:UserAssignedIdentity of the stack/;

testStackRule(withinStack, {
  passes: { own: [identity, assignment({ principalId: ['identity'] })], 'one of two': [site, test, alert({ scopes: ['test'] })], 'left out, as others judge': [part('azure-native:applicationinsights:Component', 'c')] },
  fails: {
    'written down': [[identity, assignment({})], NOT_ITS_OWN],
    'made from something else': [[identity, site, assignment({ principalId: ['site'] })], NOT_ITS_OWN],
    'from another input': [[identity, assignment({ scope: ['identity'] })], NOT_ITS_OWN],
    'not of the stack': [[assignment({ principalId: ['gone'] })], NOT_ITS_OWN],
    'neither of two': [[site, identity, alert({ scopes: ['identity'] })], /^monitor:MetricAlert "alert": scopes is not made from a web:WebApp or applicationinsights:WebTest of the stack/],
    'one of several missing': [[site, identity, part('azure-native:web:WebAppApplicationSettings', 's', { name: 'n', properties: {} }, { name: ['site'], properties: ['identity'] })], [/applicationinsights:Component/, /azuread:Application/, /keyvault:Key/, /keyvault:Secret/, /storage:StorageAccount/, /storage:Blob/]],
  },
  unknown: {},
  notConcerned: { 'nothing that refers to others': [identity] },
});
