import { WebTest } from '@pulumi/azure-native/applicationinsights/webTest.js';
import { ActionGroup } from '@pulumi/azure-native/monitor/actionGroup.js';
import { MetricAlert } from '@pulumi/azure-native/monitor/metricAlert.js';
import { ScheduledQueryRule } from '@pulumi/azure-native/monitor/scheduledQueryRule.js';
import { ComponentResource, interpolate, output, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { MAX_FAILED_LOCATIONS, MIN_HEALTHY_PERCENT, QUERY_ALERTS } from '../alertRules.ts';
import { HEALTH_PATH } from '../names.ts';
import { readQuery } from '../queries/index.ts';

export interface AlertsArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly applicationInsightsId: Input<string>;
  readonly siteId: Input<string>;
  /** Host of the production slot. */
  readonly host: Input<string>;
  /** Who gets mail; nobody when empty: alerts are then seen in the portal alone. */
  readonly emails: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** At most 12 characters: it stands before the text in mails. */
const SHORT_NAME = 'mcp-on-call';
/** Resources that belong to no region. */
const GLOBAL = 'global';
/** From where the server is called. Source: learn.microsoft.com, "Application Insights availability tests": at least five places, so that trouble of one does not count. */
const TEST_LOCATIONS = ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'emea-se-sto-edge', 'us-va-ash-azr', 'apac-sg-sin-azr'];
const TEST_FREQUENCY_S = 300;
const TEST_TIMEOUT_S = 30;
/** A certificate that ends sooner, in days, fails the test: App Service renews its own 45 days before. */
const MIN_CERTIFICATE_DAYS = 7;

/** What wakes somebody: alerts on queries and on the platform's metrics, and a test from outside. docs/operations.md says what to do about each. */
export class Alerts extends ComponentResource {
  constructor(name: string, args: AlertsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Alerts', name, {}, options);
    const { resourceGroupName, tags, applicationInsightsId } = args;
    const inGroup = { resourceGroupName, tags };
    const own = { parent: this };

    const group = new ActionGroup(args.name, {
      ...inGroup,
      location: GLOBAL,
      groupShortName: SHORT_NAME,
      enabled: true,
      emailReceivers: args.emails.map((emailAddress) => ({ name: emailAddress, emailAddress, useCommonAlertSchema: true })),
    }, own);

    for (const [rule, alert] of Object.entries(QUERY_ALERTS)) {
      new ScheduledQueryRule(rule, {
        ...inGroup,
        kind: 'LogAlert',
        displayName: `${alert.displayName} (${args.tags['stack']})`,
        description: `${alert.measure} of infra/queries/${alert.query}.kql is more than ${alert.threshold}. docs/operations.md, ${rule}.`,
        severity: alert.severity,
        enabled: true,
        scopes: [applicationInsightsId],
        evaluationFrequency: alert.every,
        windowSize: alert.every,
        criteria: {
          allOf: [{
            query: readQuery(alert.query),
            metricMeasureColumn: alert.measure,
            timeAggregation: alert.aggregation,
            operator: 'GreaterThan',
            threshold: alert.threshold,
            dimensions: alert.splitBy.map((column) => ({ name: column, operator: 'Include', values: ['*'] })),
            failingPeriods: { numberOfEvaluationPeriods: alert.periods, minFailingPeriodsToAlert: alert.periods },
          }],
        },
        autoMitigate: true,
        actions: { actionGroups: [group.id] },
      }, own);
    }

    const onMetric = { ...inGroup, location: GLOBAL, enabled: true, evaluationFrequency: 'PT1M', windowSize: 'PT5M', autoMitigate: true, actions: [{ actionGroupId: group.id }] };
    new MetricAlert('unhealthy-instances', {
      ...onMetric,
      description: 'The health check fails on at least one instance. docs/operations.md, unhealthy-instances.',
      severity: 1,
      scopes: [args.siteId],
      criteria: {
        odataType: 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        allOf: [{ name: 'health', criterionType: 'StaticThresholdCriterion', metricNamespace: 'Microsoft.Web/sites', metricName: 'HealthCheckStatus', timeAggregation: 'Average', operator: 'LessThan', threshold: MIN_HEALTHY_PERCENT }],
      },
    }, own);

    const test = new WebTest('availability', {
      resourceGroupName,
      kind: 'standard',
      webTestKind: 'standard',
      syntheticMonitorId: 'availability',
      enabled: true,
      frequency: TEST_FREQUENCY_S,
      timeout: TEST_TIMEOUT_S,
      retryEnabled: true,
      locations: TEST_LOCATIONS.map((location) => ({ location })),
      request: { requestUrl: interpolate`https://${args.host}${HEALTH_PATH}`, httpVerb: 'GET', followRedirects: false, parseDependentRequests: false },
      validationRules: { expectedHttpStatusCode: 200, sSLCheck: true, sSLCertRemainingLifetimeCheck: MIN_CERTIFICATE_DAYS },
      // By this tag, and by nothing else, a test belongs to a component.
      tags: output(applicationInsightsId).apply((id) => ({ ...tags, [`hidden-link:${id}`]: 'Resource' })),
    }, own);
    new MetricAlert('unavailable', {
      ...onMetric,
      description: 'The server cannot be reached from several places. docs/operations.md, unavailable.',
      severity: 0,
      scopes: [test.id, applicationInsightsId],
      criteria: { odataType: 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria', webTestId: test.id, componentId: applicationInsightsId, failedLocationCount: MAX_FAILED_LOCATIONS + 1 },
    }, own);
    this.registerOutputs({});
  }
}
