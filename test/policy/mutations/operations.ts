import type { Mutation } from './mutation.ts';

const SETTING = ['monitor:DiagnosticSetting'];
const QUERY = ['monitor:ScheduledQueryRule'];
const METRIC = ['monitor:MetricAlert'];
const TEST = ['applicationinsights:WebTest'];
const SCALING = ['monitor:AutoscaleSetting'];
const COMPONENT = ['applicationinsights:Component'];
const WORKSPACE = ['operationalinsights:Workspace'];
const LOCK = ['authorization:ManagementLockByScope'];
const LOGGED = 'web:WebApp|web:WebAppSlot|keyvault:Vault|storage:StorageAccount|operationalinsights:Workspace|network:NetworkSecurityGroup|network:VirtualNetwork|monitor:AutoscaleSetting';
/** A plan has metrics alone. */
const WITH_LOGS = /-logs$/;
const trigger = (name: string): string => `profiles[].rules[].metricTrigger.${name}`;
const action = (name: string): string => `profiles[].rules[].scaleAction.${name}`;

export const OPERATIONS_MUTATIONS: readonly Mutation[] = [
  { id: 'log-off', means: 'Who did it cannot be told afterwards.', rule: 'diagnostic-settings', about: LOGGED, change: { kind: 'to', on: SETTING, path: 'logs[].enabled', to: false } },
  { id: 'log-of-another-kind', means: 'The same: another category is sent.', rule: 'diagnostic-settings', about: LOGGED, change: { kind: 'to', on: SETTING, path: 'logs[].category', to: 'AppServiceAntivirusScanAuditLogs' } },
  { id: 'log-gone', means: 'The same, for a resource as a whole.', rule: 'diagnostic-settings', about: LOGGED, change: { kind: 'deleted', on: SETTING, named: WITH_LOGS } },
  { id: 'log-nowhere', means: 'The same: the setting sends to no workspace.', rule: 'diagnostic-settings', about: LOGGED, change: { kind: 'omitted', on: SETTING, named: WITH_LOGS, path: 'workspaceId' } },
  { id: 'log-elsewhere', means: 'Who came in is told to somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: SETTING, named: /^(?!workspace-logs$)/, path: 'workspaceId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.OperationalInsights/workspaces/other' } },
  { id: 'log-of-another', means: 'The logs of another resource are kept.', rule: 'diagnostic-settings', about: LOGGED, change: { kind: 'foreign', on: SETTING, named: WITH_LOGS, path: 'resourceUri', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Web/sites/other' } },
  { id: 'logs-by-key', means: 'Whoever has a workspace key writes logs that look like evidence.', rule: 'telemetry-entra-only', change: { kind: 'to', on: WORKSPACE, path: 'features.disableLocalAuth', to: false } },
  { id: 'telemetry-by-key', means: 'Whoever has the connection string writes telemetry.', rule: 'telemetry-entra-only', change: { kind: 'to', on: COMPONENT, path: 'disableLocalAuth', to: false } },
  { id: 'a-month-of-logs', means: 'An intrusion is noticed after its traces are gone.', rule: 'log-retention', change: { kind: 'to', on: WORKSPACE, path: 'retentionInDays', to: 30 } },
  { id: 'addresses-kept', means: 'Addresses of callers are kept where many can read them.', rule: 'client-addresses-masked', change: { kind: 'to', on: COMPONENT, path: 'disableIpMasking', to: true } },
  { id: 'telemetry-outside', means: 'Telemetry lies outside of the workspace, its rights and its retention.', rule: 'telemetry-connected', change: { kind: 'to', on: COMPONENT, path: 'ingestionMode', to: 'ApplicationInsights' } },
  { id: 'no-workspace', means: 'The same.', rule: 'telemetry-connected', change: { kind: 'omitted', on: COMPONENT, path: 'workspaceResourceId' } },
  { id: 'other-workspace', means: 'Who calls what is kept by somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: COMPONENT, path: 'workspaceResourceId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.OperationalInsights/workspaces/other' } },
  { id: 'alert-off', means: 'Nobody is woken.', rule: 'alerts', change: { kind: 'to', on: [...QUERY, ...METRIC], path: 'enabled', to: false } },
  { id: 'alert-gone', means: 'The same.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'deleted', on: [...QUERY, ...METRIC] } },
  { id: 'query-alert-to-nobody', means: 'The same: another group is told.', rule: 'alerts', change: { kind: 'foreign', on: QUERY, path: 'actions.actionGroups[]', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Insights/actionGroups/other' } },
  { id: 'metric-alert-to-nobody', means: 'The same.', rule: 'alerts', change: { kind: 'foreign', on: METRIC, path: 'actions[].actionGroupId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Insights/actionGroups/other' } },
  { id: 'group-off', means: 'Every alert reaches nobody.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'to', on: ['monitor:ActionGroup'], path: 'enabled', to: false } },
  { id: 'group-gone', means: 'The same.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'deleted', on: ['monitor:ActionGroup'] } },
  { id: 'alert-once-a-day', means: 'Somebody is woken the next day.', rule: 'alerts', change: { kind: 'to', on: [...QUERY, ...METRIC], path: 'evaluationFrequency', to: 'P1D' } },
  { id: 'query-alert-out-of-reach', means: 'The threshold is never exceeded.', rule: 'alerts', change: { kind: 'to', on: QUERY, path: 'criteria.allOf[].threshold', to: 1_000_000 } },
  { id: 'query-alert-turned', means: 'The alert is raised when all is well, and then silenced.', rule: 'alerts', change: { kind: 'to', on: QUERY, path: 'criteria.allOf[].operator', to: 'LessThan' } },
  { id: 'query-alert-on-another', means: 'What it was for is watched by nobody.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'to', on: QUERY, path: 'criteria.allOf[].metricMeasureColumn', to: 'count' } },
  { id: 'query-alert-elsewhere', means: 'It watches a server of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: QUERY, path: 'scopes[]', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Insights/components/other' } },
  { id: 'health-alert-out-of-reach', means: 'Half of the instances fail unnoticed.', rule: 'alerts', change: { kind: 'to', on: METRIC, path: 'criteria.allOf[].threshold', to: 0 } },
  { id: 'health-alert-turned', means: 'The alert is raised when all is well, and then silenced.', rule: 'alerts', change: { kind: 'to', on: METRIC, path: 'criteria.allOf[].operator', to: 'GreaterThan' } },
  { id: 'health-alert-on-another', means: 'Health is watched by nobody.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'to', on: METRIC, path: 'criteria.allOf[].metricName', to: 'Requests' } },
  { id: 'health-alert-elsewhere', means: 'It watches a site of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: METRIC, named: /^unhealthy-instances$/, path: 'scopes[]', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Web/sites/other' } },
  { id: 'outage-from-everywhere', means: 'The server is told to be down when nobody reaches it from anywhere.', rule: 'alerts', change: { kind: 'to', on: METRIC, path: 'criteria.failedLocationCount', to: 5 } },
  { id: 'outage-of-another-test', means: 'The alert follows a test that nobody here made.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'foreign', on: METRIC, path: 'criteria.webTestId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Insights/webtests/other' } },
  { id: 'test-off', means: 'Nobody looks from outside.', rule: 'alerts', change: { kind: 'to', on: TEST, path: 'enabled', to: false } },
  { id: 'test-gone', means: 'The same.', rule: 'alerts', about: 'web:WebApp', change: { kind: 'deleted', on: TEST } },
  { id: 'test-takes-errors', means: 'An error counts as an answer.', rule: 'alerts', change: { kind: 'to', on: TEST, path: 'validationRules.expectedHttpStatusCode', to: 0 } },
  { id: 'test-takes-certificates', means: 'A certificate that ends is noticed by clients first.', rule: 'alerts', change: { kind: 'to', on: TEST, path: 'validationRules.sSLCheck', to: false } },
  { id: 'test-of-another', means: 'A server of somebody else is looked at.', rule: 'within-stack', change: { kind: 'foreign', on: TEST, path: 'request.requestUrl', to: 'https://other.example/health' } },
  { id: 'scaling-off', means: 'A burst of agents meets three instances.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: 'enabled', to: false } },
  { id: 'scaled-to-one', means: 'A quiet night leaves one instance.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: 'profiles[].capacity.minimum', to: '1' } },
  { id: 'fewest-instances', means: 'The same.', rule: 'instances', change: { kind: 'to', on: SCALING, path: 'profiles[].capacity.minimum', to: '2' } },
  { id: 'scaled-to-one-by-default', means: 'Without metrics one instance is left.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: 'profiles[].capacity.default', to: '1' } },
  { id: 'scaled-without-end', means: 'A burst costs without end.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: 'profiles[].capacity.maximum', to: '100' } },
  { id: 'scaled-on-another-metric', means: 'What is scaled on tells nothing of load.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: trigger('metricName'), to: 'BytesSent' } },
  { id: 'scaling-turned', means: 'Instances go when load comes.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: trigger('operator'), to: (value) => (value === 'GreaterThan' ? 'LessThan' : 'GreaterThan') } },
  { id: 'scaled-never', means: 'A threshold that is never reached, or one to scale in that takes away what was just added.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: trigger('threshold'), to: 1_000_000 } },
  { id: 'scaled-by-nothing', means: 'Each step changes nothing.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: action('value'), to: '0' } },
  { id: 'scaled-to-a-number', means: 'A rule takes away what the other added.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: action('type'), to: 'ExactCount' } },
  { id: 'scaled-one-way', means: 'Instances are added under load and when it ends, or taken away in both.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: action('direction'), to: (value) => (value === 'Increase' ? 'Decrease' : 'Increase') } },
  { id: 'scaled-without-pause', means: 'Instances come and go each minute.', rule: 'autoscale-bounds', change: { kind: 'to', on: SCALING, path: action('cooldown'), to: 'PT0S' } },
  { id: 'another-plan-scaled', means: 'The plan of somebody else is scaled.', rule: 'within-stack', change: { kind: 'foreign', on: SCALING, path: 'targetResourceUri', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Web/serverfarms/other' } },
  { id: 'no-lock', means: 'A deletion by mistake takes the record, its signatures or the logs along.', rule: 'locks', about: 'keyvault:Vault|storage:StorageAccount|operationalinsights:Workspace', change: { kind: 'deleted', on: LOCK } },
  { id: 'lock-of-another', means: 'The same: another resource is locked.', rule: 'locks', about: 'keyvault:Vault|storage:StorageAccount|operationalinsights:Workspace', change: { kind: 'foreign', on: LOCK, path: 'scope', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.KeyVault/vaults/other' } },
  { id: 'lock-that-stops', means: 'Nobody can assign a role, and the platform cannot read what it needs.', rule: 'locks', about: 'keyvault:Vault|storage:StorageAccount|operationalinsights:Workspace', change: { kind: 'to', on: LOCK, path: 'level', to: 'ReadOnly' } },
  { id: 'lock-on-group', means: 'Rights can be given and not taken away.', rule: 'no-group-lock', change: { kind: 'made', type: 'azure-native:authorization:ManagementLockByScope', name: 'group', inputs: { scope: '/subscriptions/s/resourceGroups/g', level: 'CanNotDelete' } } },
  ...(['owner', 'stack', 'repository', 'project'] as const).map((name): Mutation => ({
    id: `no-${name}-tag`, means: 'Whoever finds the resource does not know whom to ask.', rule: 'tags', change: { kind: 'to', on: ['*'], path: `tags.${name}`, to: '' },
  })),
];
