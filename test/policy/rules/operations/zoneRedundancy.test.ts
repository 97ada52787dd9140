import { zoneRedundancy } from '../../../../policy/rules/operations/zoneRedundancy.ts';
import { UNKNOWN_BOOLEAN, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const plan = (zoneRedundant: unknown) => part('azure-native:web:AppServicePlan', 'plan', { zoneRedundant });
const account = (name?: string) => part('azure-native:storage:StorageAccount', 'state', { sku: { name } });

testStackRule(zoneRedundancy, {
  passes: { spread: [plan(true), account('Standard_ZRS')], 'over regions': [plan(true), account('Standard_GZRS')] },
  fails: {
    plan: [[plan(false)], /^web:AppServicePlan "plan": zoneRedundant has a value/], 'by default': [[plan(undefined)], /zoneRedundant is left out/],
    account: [[plan(true), account('Standard_LRS')], /^storage:StorageAccount "state": sku\.name has a value/],
  },
  unknown: { plan: [[plan(UNKNOWN_BOOLEAN)], /zoneRedundant was not judged/] },
  notConcerned: { neither: [part('azure-native:keyvault:Vault', 'vault')] },
});
