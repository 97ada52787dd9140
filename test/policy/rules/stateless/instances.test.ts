import { instances } from '../../../../policy/rules/stateless/instances.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const TARGETS = { targetResourceUri: ['plan'] };
const plan = (capacity: unknown) => part('azure-native:web:AppServicePlan', 'plan', { sku: { name: 'P0v3', capacity } });
const scaling = (minimum: string, enabled = true) => part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled, profiles: [{ capacity: { minimum } }] }, TARGETS);

testStackRule(instances, {
  settings: { minimum: 3 },
  passes: {
    capacity: [plan(3)],
    'the least of autoscaling': [plan(1), scaling('3')],
    'each app on all': [part('azure-native:web:AppServicePlan', 'plan', { sku: { capacity: 3 }, perSiteScaling: false })],
    'autoscaling that is off, and capacity': [plan(3), scaling('1', false)],
  },
  fails: {
    'too few': [[plan(2)], /^web:AppServicePlan "plan": sku\.capacity is too small or left out\. Allowed: at least 3 instances\.$/],
    'each app on its own number': [[part('azure-native:web:AppServicePlan', 'plan', { sku: { capacity: 3 }, perSiteScaling: true })], /^web:AppServicePlan "plan": perSiteScaling has a value that is not allowed/],
    omitted: [[part('azure-native:web:AppServicePlan', 'plan')], /sku\.capacity is too small or left out/],
    'the least of autoscaling': [[plan(5), scaling('2')], /^monitor:AutoscaleSetting "scaling": profiles\[0\]\.capacity\.minimum is too small/],
    'autoscaling of another plan': [[plan(2), part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled: true, profiles: [{ capacity: { minimum: '3' } }] })], /sku\.capacity/],
  },
  unknown: {
    scaling: [[part('azure-native:web:AppServicePlan', 'plan', { sku: { capacity: 3 }, perSiteScaling: UNKNOWN_BOOLEAN })], /^web:AppServicePlan "plan": perSiteScaling was not judged/],
    capacity: [[plan(UNKNOWN_STRING)], /^web:AppServicePlan "plan": sku\.capacity was not judged/],
    profiles: [[plan(3), part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled: true, profiles: UNKNOWN_STRING }, TARGETS)], /profiles was not judged/],
  },
  notConcerned: { 'no plan': [part('azure-native:keyvault:Vault', 'vault')] },
});
