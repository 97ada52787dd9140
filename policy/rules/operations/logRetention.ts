import { judgeRequirement } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';
import { settingValue } from '../../setting.ts';
import { typeKeyOf } from '../../typeKey.ts';

const MINIMUM_DAYS = { name: 'minimumDays', description: 'The shortest time for which logs may be kept, in days.', default: 30, minimum: 30, maximum: 730 };

/** An intrusion is often noticed weeks later. */
export const logRetention: ResourceRule = {
  kind: 'resource',
  name: 'log-retention',
  displayName: 'Logs are kept',
  description: 'Workspaces keep logs for at least the configured number of days.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Raise retentionInDays of the workspace (mcp-app-service:logRetentionDays of the stack).',
  url: 'https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure',
  settings: [MINIMUM_DAYS],
  judge({ type, props }, given) {
    if (typeKeyOf(type) !== 'operationalinsights:Workspace') return doesNotConcern('The resource is no workspace.');
    const minimum = settingValue(MINIMUM_DAYS, given);
    return found([judgeRequirement(props, { input: 'retentionInDays', allowed: `at least ${minimum} days`, accepts: (value) => typeof value === 'number' && value >= minimum, omitted: { violates: 'the time is then up to the service' } })]);
  },
};
