import { judgeRequirement, mustBe, mustBeOneOf, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

const OF_PLANS = mustBe('zoneRedundant', true, { violates: 'all instances may then stand in one zone' });
/** Source: learn.microsoft.com, "Azure Storage redundancy". */
const OF_ACCOUNTS = mustBeOneOf('sku.name', ['Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'], { violates: 'packages or the record may then lie in one zone' });

/** A zone fails as a whole, and with it whatever stands in it alone. */
export const zoneRedundancy: StackRule = {
  kind: 'stack',
  name: 'zone-redundancy',
  displayName: 'One zone may fail',
  description: 'Plans and storage accounts are spread over the availability zones of the region.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.AppService.AvailabilityZone', specification: 'Deploy App Service Plan instances using availability zones.' },
  remediationSteps: 'Set zoneRedundant: true on the plan (mcp-app-service:zoneRedundant of the stack), and a sku such as Standard_ZRS on each account.',
  url: 'https://learn.microsoft.com/azure/reliability/reliability-app-service',
  judge(resources) {
    const [plans, accounts] = [ofTypes(resources, ['web:AppServicePlan']), ofTypes(resources, [STORAGE_ACCOUNT])];
    if (plans.length + accounts.length === 0) return doesNotConcern('The stack has neither a plan nor a storage account.');
    return found([...plans.map((plan) => judge(plan, OF_PLANS)), ...accounts.map((account) => judge(account, OF_ACCOUNTS))]);
  },
};

function judge(one: StackResource, requirement: Requirement): Finding | undefined {
  const finding = judgeRequirement(one.props, requirement);
  return finding && { message: `${labelOf(one)}: ${finding.message}`, judged: finding.judged, urn: one.urn };
}
