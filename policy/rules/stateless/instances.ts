import { readInput, readItems, readPath, isRecord, type Reading } from '../../readInput.ts';
import { judgeRequirement, mustBe } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { settingValue } from '../../setting.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';

const MINIMUM = { name: 'minimum', description: 'The fewest instances that a plan may run on.', default: 3, minimum: 1, maximum: 30 };

/** Three, so that one can be taken out by an update of Azure or a failed health check while another is being replaced. */
export const instances: StackRule = {
  kind: 'stack',
  name: 'instances',
  displayName: 'Enough instances',
  description: 'Each App Service plan runs on at least the configured number of instances, at any time: by its capacity, or by the least of every autoscale profile; and each app on all of them.',
  group: 'stateless',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.AppService.PlanInstanceCount', specification: 'App Service Plans should use a minimum number of instances for failover.' },
  remediationSteps: 'Raise sku.capacity of the plan, or capacity.minimum of each profile of the autoscale setting that targets it; leave out perSiteScaling.',
  url: 'https://azure.github.io/PSRule.Rules.Azure/en/rules/Azure.AppService.PlanInstanceCount/',
  settings: [MINIMUM],
  judge(resources, given) {
    const plans = ofTypes(resources, ['web:AppServicePlan']);
    if (plans.length === 0) return doesNotConcern('The stack has no App Service plan.');
    const minimum = settingValue(MINIMUM, given);
    const scalings = ofTypes(resources, ['monitor:AutoscaleSetting']).filter(isOn);
    return found(plans.flatMap((plan) => {
      const scaling = scalings.filter((candidate) => isMadeFrom(candidate, 'targetResourceUri', plan));
      const counts = scaling.length > 0 ? scaling.flatMap((one) => judgeProfiles(one, minimum)) : [judgeCount(plan, 'sku.capacity', readPath(plan.props, 'sku.capacity'), minimum)];
      return [...counts, judgeScaling(plan)];
    }));
  },
};

/** Source: learn.microsoft.com, "High-density hosting on Azure App Service using per-app scaling": each app then runs on its own number of instances, one unless it says more. */
function judgeScaling(plan: StackResource): Finding | undefined {
  const finding = judgeRequirement(plan.props, mustBe('perSiteScaling', false, { passes: 'the service leaves it off' }));
  return finding && { message: `${labelOf(plan)}: ${finding.message}`, judged: finding.judged, urn: plan.urn };
}

/** azure-native fills in `enabled: false`. */
function isOn({ props }: StackResource): boolean {
  const enabled = readInput(props, 'enabled');
  return enabled.state === 'known' && enabled.value === true;
}

function judgeProfiles(scaling: StackResource, minimum: number): (Finding | undefined)[] {
  const profiles = readInput(scaling.props, 'profiles');
  const items = profiles.state === 'known' ? readItems(profiles.value) : undefined;
  if (items === undefined) return [notJudged(`${labelOf(scaling)}: profiles`, `Allowed: at least ${minimum} instances.`, scaling.urn)];
  return items.map((item, place) => judgeCount(scaling, `profiles[${place}].capacity.minimum`, item.state === 'known' && isRecord(item.value) ? readPath(item.value, 'capacity.minimum') : item, minimum));
}

function judgeCount(resource: StackResource, input: string, reading: Reading, minimum: number): Finding | undefined {
  const allowed = `Allowed: at least ${minimum} instances.`;
  if (reading.state === 'unknown') return notJudged(`${labelOf(resource)}: ${input}`, allowed, resource.urn);
  return reading.state === 'known' && Number(reading.value) >= minimum ? undefined : violation(`${labelOf(resource)}: ${input} is too small or left out. ${allowed}`, resource.urn);
}
