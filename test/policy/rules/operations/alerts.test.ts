import { alerts } from '../../../../policy/rules/operations/alerts.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site');
const alert = part('azure-native:monitor:MetricAlert', 'a', { enabled: true });
const action = part('azure-native:monitor:ActionGroup', 'g', { enabled: true });

testStackRule(alerts, {
  passes: { metric: [site, alert, action], query: [site, part('azure-native:insights:ScheduledQueryRule', 'q'), action] },
  fails: { nothing: [[site], [/^The stack has no alert that is switched on/, /no action group that is switched on/]], off: [[site, part('azure-native:monitor:MetricAlert', 'a', { enabled: false }), action], /no alert/], 'nobody told': [[site, alert], /no action group/] },
  unknown: {},
  notConcerned: { 'no site': [alert] },
});
