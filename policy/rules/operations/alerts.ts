import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, violation, type StackResource, type StackRule } from '../../rule.ts';
import { ofTypes } from '../../stackResources.ts';
import { SITE } from '../../typeKey.ts';

const ALERT_TYPES = ['monitor:MetricAlert', 'monitor:ScheduledQueryRule'];

/** A server that fails at night has to wake somebody. */
export const alerts: StackRule = {
  kind: 'stack',
  name: 'alerts',
  displayName: 'Somebody is told',
  description: 'A stack with sites has an alert on metrics or logs that is switched on, and an action group that it tells.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'advisory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Add a MetricAlert or ScheduledQueryRule with enabled: true, and an ActionGroup among its actions.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview',
  judge(resources) {
    const site = ofTypes(resources, [SITE])[0];
    if (site === undefined) return doesNotConcern('The stack has no site.');
    return found([
      ofTypes(resources, ALERT_TYPES).some(isOn) ? undefined : violation('The stack has no alert that is switched on. Add a MetricAlert or a ScheduledQueryRule.', site.urn),
      ofTypes(resources, ['monitor:ActionGroup']).some(isOn) ? undefined : violation('The stack has no action group that is switched on: alerts reach nobody. Add an ActionGroup.', site.urn),
    ]);
  },
};

function isOn({ props }: StackResource): boolean {
  const enabled = readInput(props, 'enabled');
  return enabled.state !== 'known' || enabled.value !== false;
}
