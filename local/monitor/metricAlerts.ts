import { z } from 'zod';
import type { ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { ACTION_GROUP_TYPE } from './actionGroups.ts';
import { durationMs } from './iso8601.ts';
import { badRequest, GROUP_PATH, judgeGlobal, oneOf, readProperties, referenced, type Find } from './judge.ts';
import { COMPONENT_TYPE } from './rows.ts';
import { WEB_TEST_TYPE } from './webTests.ts';

/** Source: learn.microsoft.com, "Metric Alerts - Create Or Update", evaluationFrequency and windowSize. */
const FREQUENCIES = ['PT1M', 'PT5M', 'PT15M', 'PT30M', 'PT1H'];
const WINDOWS = ['PT1M', 'PT5M', 'PT15M', 'PT30M', 'PT1H', 'PT6H', 'PT12H', 'P1D'];

/** Metrics by type of resource. Source: learn.microsoft.com, "Supported metrics with Azure Monitor", one page a type. */
const METRICS: Readonly<Record<string, readonly string[]>> = {
  'microsoft.web/sites': ['AppConnections', 'AverageMemoryWorkingSet', 'AverageResponseTime', 'BytesReceived', 'BytesSent', 'CpuTime', 'FileSystemUsage', 'HealthCheckStatus', 'Http101', 'Http2xx', 'Http3xx', 'Http401', 'Http403', 'Http404', 'Http406', 'Http4xx', 'Http5xx', 'HttpResponseTime', 'InstanceCount', 'MemoryWorkingSet', 'Requests', 'RequestsInApplicationQueue', 'Threads'],
  'microsoft.web/serverfarms': ['BytesReceived', 'BytesSent', 'CpuPercentage', 'DiskQueueLength', 'HttpQueueLength', 'MemoryPercentage'],
};
/** The metrics of a type; undefined for a type that none is known of here. */
export function metricsOf(type: string): readonly string[] | undefined {
  return METRICS[type.toLowerCase()];
}

const SINGLE = 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria';
const WEB_TEST = 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria';
const propertiesSchema = z.object({
  severity: z.int().min(0).max(4),
  scopes: z.array(z.string()).min(1),
  evaluationFrequency: z.string(),
  windowSize: z.string(),
  actions: z.array(z.object({ actionGroupId: z.string() })).default([]),
  criteria: z.looseObject({
    'odata.type': z.string(),
    allOf: z.array(z.object({ metricName: z.string() })).default([]),
    webTestId: z.string().optional(),
    componentId: z.string().optional(),
    failedLocationCount: z.number().optional(),
  }),
});
type Properties = z.infer<typeof propertiesSchema>;

/** Source: learn.microsoft.com, "Metric Alerts - Create Or Update". */
export function metricAlertRow({ find }: { find: Find }): ResourceType {
  return {
    type: 'Microsoft.Insights/metricAlerts',
    token: 'monitor:MetricAlert',
    path: `${GROUP_PATH}/Microsoft.Insights/metricAlerts/{ruleName}`,
    apiVersions: ['2018-03-01'],
    envelope: ['location', 'tags'],
    renames: { 'criteria.odataType': 'odata.type' },
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        judgeGlobal(request);
        const properties = readProperties(propertiesSchema, request);
        oneOf(properties.evaluationFrequency, FREQUENCIES, 'evaluationFrequency');
        oneOf(properties.windowSize, WINDOWS, 'windowSize');
        if ((durationMs(properties.windowSize) ?? 0) < (durationMs(properties.evaluationFrequency) ?? 0)) throw badRequest(`windowSize is ${properties.windowSize}, shorter than evaluationFrequency ${properties.evaluationFrequency}.`);
        for (const { actionGroupId } of properties.actions) referenced(find, actionGroupId, 'actions.actionGroupId', [ACTION_GROUP_TYPE]);
        judgeCriteria(properties, find);
      },
      complete(draft) {
        draft.properties = { autoMitigate: true, ...draft.properties };
      },
    },
  };
}

function judgeCriteria({ criteria, scopes }: Properties, find: Find): void {
  const resources = scopes.map((scope) => referenced(find, scope, 'scopes'));
  switch (criteria['odata.type']) {
    case SINGLE: {
      const [resource, ...others] = resources;
      if (!resource || others.length > 0) throw badRequest(`${SINGLE} takes one scope, not ${scopes.length}.`);
      const metrics = metricsOf(resource.type);
      if (!metrics) throw notSupportedLocally(`A metric alert on ${resource.type} (served are ${Object.keys(METRICS).join(', ')})`);
      if (criteria.allOf.length === 0) throw badRequest('criteria.allOf has no condition.');
      for (const { metricName } of criteria.allOf) oneOf(metricName, metrics, `The metric of ${resource.type}`);
      return;
    }
    case WEB_TEST: {
      const { webTestId = '', componentId = '', failedLocationCount = 0 } = criteria;
      const test = referenced(find, webTestId, 'criteria.webTestId', [WEB_TEST_TYPE]);
      const component = referenced(find, componentId, 'criteria.componentId', [COMPONENT_TYPE]);
      for (const { id } of [test, component]) if (!scopes.some((scope) => scope.toLowerCase() === id.toLowerCase())) throw badRequest(`scopes must hold the web test and the component of the criteria; ${id} is missing.`);
      const locations = Array.isArray(test.properties['Locations']) ? test.properties['Locations'].length : 0;
      if (failedLocationCount < 1 || failedLocationCount > locations) throw badRequest(`criteria.failedLocationCount is ${failedLocationCount}; the web test has ${locations} locations.`);
      return;
    }
    default: throw notSupportedLocally(`Metric alert criteria ${criteria['odata.type']} (served are ${SINGLE}, ${WEB_TEST})`);
  }
}
