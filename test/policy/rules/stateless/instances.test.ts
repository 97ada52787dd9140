import { instances } from '../../../../policy/rules/stateless/instances.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const TARGETS = { targetResourceUri: ['plan'] };
const plan = (capacity: unknown) => part('azure-native:web:AppServicePlan', 'plan', { sku: { name: 'P0v3', capacity } });
const scaling = (minimum: string, enabled = true) => part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled, profiles: [{ capacity: { minimum } }] }, TARGETS);

testStackRule(instances, {
  settings: { minimum: 3 },
  passes: {
    capacity: [plan(3)],
    'the least of autoscaling': [plan(1), scaling('3')],
    'autoscaling that is off, and capacity': [plan(3), scaling('1', false)],
  },
  fails: {
    'too few': [[plan(2)], /^web:AppServicePlan "plan": sku\.capacity is too small or left out\. Allowed: at least 3 instances\.$/],
    omitted: [[part('azure-native:web:AppServicePlan', 'plan')], /sku\.capacity is too small or left out/],
    'the least of autoscaling': [[plan(5), scaling('2')], /^monitor:AutoscaleSetting "scaling": profiles\[0\]\.capacity\.minimum is too small/],
    'autoscaling of another plan': [[plan(2), part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled: true, profiles: [{ capacity: { minimum: '3' } }] })], /sku\.capacity/],
  },
  unknown: {
    capacity: [[plan(UNKNOWN_STRING)], /^web:AppServicePlan "plan": sku\.capacity was not judged/],
    profiles: [[plan(3), part('azure-native:monitor:AutoscaleSetting', 'scaling', { enabled: true, profiles: UNKNOWN_STRING }, TARGETS)], /profiles was not judged/],
  },
  notConcerned: { 'no plan': [part('azure-native:keyvault:Vault', 'vault')] },
});
