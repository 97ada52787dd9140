import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonObject, ResourceType } from '../../../local/arm/types.ts';
import { createMonitor, type Monitor } from '../../../local/monitor/index.ts';
import { planRow } from '../arm/armHarness.ts';
import { makeStateDir, startCloud, type ArmAnswer, type Cloud } from '../keyvault/cloud.ts';

const INSIGHTS = 'Microsoft.Insights';
const plans: ResourceType = { ...planRow, behaviour: { complete: (draft) => { draft.properties['maximumNumberOfWorkers'] = 30; } } };

describe('What watches, scales and locks', () => {
  let cloud: Cloud<Monitor>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  const scaled: [string, number][] = [];
  const id = (type: string, name: string): string => `${cloud.group}/providers/${type}/${name}`;
  const component = (): string => id(`${INSIGHTS}/components`, 'appi');
  const workspace = (): string => id('Microsoft.OperationalInsights/workspaces', 'log-test');
  const plan = (): string => id('Microsoft.Web/serverfarms', 'plan');
  const actionGroup = (): string => id(`${INSIGHTS}/actionGroups`, 'on-call');

  const put = (resourceId: string, apiVersion: string, properties: JsonObject, envelope: JsonObject = { location: 'westeurope' }): Promise<ArmAnswer> => cloud.arm('PUT', resourceId, apiVersion, { ...envelope, properties });
  const accept = async (answer: Promise<ArmAnswer>): Promise<JsonObject> => {
    const { status, body } = await answer;
    assert.ok(status < 300, JSON.stringify(body));
    return body['properties'] as JsonObject;
  };
  /** What is refused: the code, and a message that says why. */
  const refuse = async (answer: Promise<ArmAnswer>, code: string, message: RegExp): Promise<void> => {
    const { body } = await answer;
    const error = body['error'] as JsonObject | undefined;
    assert.equal(error?.['code'], code, JSON.stringify(body));
    assert.match(String(error['message']), message);
  };

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, async (dependencies) => {
      const monitor = await createMonitor({ ...dependencies, scalePlan: (planId, capacity) => void scaled.push([planId, capacity]) });
      return { ...monitor, resourceTypes: [...monitor.resourceTypes, plans] };
    });
    await accept(put(workspace(), '2023-09-01', {}));
    await accept(put(component(), '2020-02-02', { Application_Type: 'web', WorkspaceResourceId: workspace() }, { location: 'westeurope', kind: 'web' }));
    await accept(put(plan(), '2025-05-01', { reserved: true }, { location: 'westeurope', sku: { name: 'P0v3', capacity: 3 } }));
    await accept(put(actionGroup(), '2024-10-01-preview', { groupShortName: 'on-call', enabled: true }, { location: 'global' }));
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('sends what a resource has to a workspace that is there [local.diagnostics]', async () => {
    const setting = `${plan()}/providers/${INSIGHTS}/diagnosticSettings/to-workspace`;
    const write = (properties: JsonObject, of = setting) => put(of, '2021-05-01-preview', properties, {});
    const metrics = [{ category: 'AllMetrics', enabled: true }];
    assert.deepEqual((await accept(write({ workspaceId: workspace(), metrics })))['metrics'], [{ retentionPolicy: { enabled: false, days: 0 }, category: 'AllMetrics', enabled: true }]);
    await refuse(write({ workspaceId: workspace(), logs: [{ category: 'AuditEvent', enabled: true }] }), 'BadRequest', /Category 'AuditEvent' is not supported by Microsoft\.Web\/serverfarms/);
    await refuse(write({ metrics }), 'BadRequest', /at least one destination/);
    await refuse(write({ workspaceId: `${workspace()}x`, metrics }), 'BadRequest', /no such resource/);
    await refuse(write({ storageAccountId: 'x', metrics }), 'NotSupportedByLocalAzure', /storageAccountId/);
    await refuse(write({ workspaceId: workspace(), metrics }, `${actionGroup()}/providers/${INSIGHTS}/diagnosticSettings/d`), 'BadRequest', /does not support diagnostic settings/);
    await refuse(write({ workspaceId: workspace(), metrics }, `${plan()}x/providers/${INSIGHTS}/diagnosticSettings/d`), 'ParentResourceNotFound', /not found/);
  });

  it('keeps action groups whose mail could be sent', async () => {
    const write = (properties: JsonObject, location = 'global') => put(id(`${INSIGHTS}/actionGroups`, 'other'), '2024-10-01-preview', { groupShortName: 'other', enabled: true, ...properties }, { location });
    const made = await accept(write({ emailReceivers: [{ name: 'a', emailAddress: 'a@example.com' }] }));
    assert.deepEqual(made['emailReceivers'], [{ useCommonAlertSchema: false, name: 'a', emailAddress: 'a@example.com', status: 'Enabled' }]);
    assert.deepEqual(made['smsReceivers'], []);
    await refuse(write({ emailReceivers: [{ name: 'a', emailAddress: 'nobody' }] }), 'BadRequest', /emailAddress/);
    await refuse(write({ emailReceivers: ['a', 'A'].map((name) => ({ name, emailAddress: 'a@example.com' })) }), 'BadRequest', /distinct/);
    await refuse(write({ groupShortName: 'more than twelve' }), 'BadRequest', /at most 12/);
    await refuse(write({ smsReceivers: [{ name: 'a', countryCode: '49', phoneNumber: '1' }] }), 'NotSupportedByLocalAzure', /smsReceivers/);
    await refuse(write({}, 'westeurope'), 'BadRequest', /'global'/);
  });

  it('keeps metric alerts on metrics and resources that there are, and availability alerts on a test and its component', async () => {
    const write = (more: JsonObject) => put(id(`${INSIGHTS}/metricAlerts`, 'alert'), '2018-03-01', {
      severity: 1, enabled: true, evaluationFrequency: 'PT1M', windowSize: 'PT5M', scopes: [plan()], actions: [{ actionGroupId: actionGroup() }], criteria: metric('CpuPercentage'), ...more,
    }, { location: 'global' });
    const metric = (metricName: string): JsonObject => ({
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
      allOf: [{ name: 'c', criterionType: 'StaticThresholdCriterion', metricName, operator: 'GreaterThan', threshold: 90, timeAggregation: 'Average' }],
    });
    assert.equal((await accept(write({})))['autoMitigate'], true);
    await refuse(write({ criteria: metric('HealthCheckStatus') }), 'BadRequest', /'HealthCheckStatus'; allowed: .*CpuPercentage/);
    await refuse(write({ evaluationFrequency: 'PT2M' }), 'BadRequest', /evaluationFrequency is 'PT2M'/);
    await refuse(write({ evaluationFrequency: 'PT15M' }), 'BadRequest', /shorter than/);
    await refuse(write({ severity: 5 }), 'BadRequest', /severity/);
    await refuse(write({ actions: [{ actionGroupId: plan() }] }), 'BadRequest', /allowed: Microsoft\.Insights\/actionGroups/);

    const test = id(`${INSIGHTS}/webtests`, 'availability');
    const link = { [`hidden-link:${component()}`]: 'Resource' };
    const writeTest = (properties: JsonObject, tags: JsonObject = link) => put(test, '2022-06-15', {
      Name: 'availability', SyntheticMonitorId: 'availability', Kind: 'standard', Enabled: true, Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }], Request: { RequestUrl: 'https://site.example/health' }, ...properties,
    }, { location: 'westeurope', kind: 'standard', tags });
    await accept(writeTest({}));
    await refuse(writeTest({}, {}), 'BadRequest', /A single 'hidden-link' tag/);
    await refuse(writeTest({ Locations: [{ Id: 'westeurope' }] }), 'BadRequest', /'westeurope'; allowed: .*emea-nl-ams-azr/);
    await refuse(writeTest({ Frequency: 60 }), 'BadRequest', /Frequency is 60/);
    await refuse(writeTest({ Kind: 'ping' }), 'NotSupportedByLocalAzure', /kind ping/);
    const availability = (failedLocationCount: number): JsonObject => ({ 'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria', webTestId: test, componentId: component(), failedLocationCount });
    await accept(write({ scopes: [test, component()], criteria: availability(2) }));
    await refuse(write({ scopes: [test, component()], criteria: availability(3) }), 'BadRequest', /has 2 locations/);
    await refuse(write({ scopes: [test], criteria: availability(2) }), 'BadRequest', /components\/appi is missing/);
  });

  it('reads the query of a log alert, and what it measures and splits by [local.query-rules]', async () => {
    const condition = { query: 'requests | summarize calls = sum(itemCount) by cloud_RoleName', timeAggregation: 'Total', metricMeasureColumn: 'calls', operator: 'GreaterThan', threshold: 5, dimensions: [{ name: 'cloud_RoleName', operator: 'Include', values: ['*'] }], failingPeriods: { numberOfEvaluationPeriods: 2, minFailingPeriodsToAlert: 2 } };
    const write = (change: JsonObject, more: JsonObject = {}) => put(id(`${INSIGHTS}/scheduledQueryRules`, 'rule'), '2025-01-01-preview', {
      severity: 2, enabled: true, scopes: [component()], evaluationFrequency: 'PT5M', windowSize: 'PT5M', criteria: { allOf: [{ ...condition, ...change }] }, actions: { actionGroups: [actionGroup()] }, ...more,
    }, { location: 'westeurope', kind: 'LogAlert' });
    await accept(write({}));
    await refuse(write({ query: 'requests | join traces on operation_Id' }), 'NotSupportedByLocalAzure', /"join"/);
    await refuse(write({ query: 'requests | where nome == "a"' }), 'SemanticError', /"nome"/);
    await refuse(write({ query: 'requests |' }), 'SyntaxError', /missing at the end/);
    await refuse(write({ metricMeasureColumn: 'cloud_RoleName' }), 'BadRequest', /is no number.*calls \(long\)/);
    await refuse(write({ dimensions: [{ name: 'tool', operator: 'Include', values: ['*'] }] }), 'BadRequest', /'tool'; allowed: cloud_RoleName, calls/);
    await refuse(write({ failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 2 } }), 'BadRequest', /2 failing periods of 1/);
    await refuse(write({}, { windowSize: 'PT7M' }), 'BadRequest', /windowSize is 'PT7M'/);
    await refuse(write({}, { scopes: [workspace()] }), 'NotSupportedByLocalAzure', /workspaces/);
    await refuse(write({}, { actions: { actionGroups: [`${actionGroup()}x`] } }), 'BadRequest', /no such resource/);
  });

  it('keeps workbooks under a GUID, with JSON in them', async () => {
    const write = (name: string, properties: JsonObject) => put(id(`${INSIGHTS}/workbooks`, name), '2023-06-01', { displayName: 'w', category: 'workbook', serializedData: '{}', ...properties }, { location: 'westeurope', kind: 'shared' });
    const guid = '11111111-2222-3333-4444-555555555555';
    assert.equal((await accept(write(guid, { sourceId: component().toLowerCase() })))['revision'], '1');
    await refuse(write('workbook', {}), 'BadRequest', /is a GUID/);
    await refuse(write(guid, { serializedData: 'text' }), 'BadRequest', /JSON/);
    await refuse(write(guid, { sourceId: `${component()}x` }), 'BadRequest', /no such resource/);
  });

  it('keeps one autoscale setting a plan, and brings the plan into its range as Azure does [local.autoscale]', async () => {
    const rule: JsonObject = {
      metricTrigger: { metricName: 'CpuPercentage', metricResourceUri: plan(), timeGrain: 'PT1M', statistic: 'Average', timeWindow: 'PT10M', timeAggregation: 'Average', operator: 'GreaterThan', threshold: 70 },
      scaleAction: { direction: 'Increase', type: 'ChangeCount', value: '1', cooldown: 'PT5M' },
    };
    const write = (capacity: JsonObject, change: JsonObject = rule, name = 'scale') => put(id(`${INSIGHTS}/autoscalesettings`, name), '2021-05-01-preview', { enabled: true, targetResourceUri: plan(), profiles: [{ name: 'p', capacity, rules: [change] }] });
    await accept(write({ minimum: '3', maximum: '10', default: '3' }));
    assert.deepEqual(scaled, []);
    await refuse(write({ minimum: '3', maximum: '10', default: '2' }), 'BadRequest', /minimum 3, default 2 and maximum 10/);
    await refuse(write({ minimum: '3', maximum: '2', default: '3' }), 'BadRequest', /minimum <= default <= maximum/);
    await refuse(write({ minimum: '3', maximum: '31', default: '3' }), 'BadRequest', /allows 30/);
    await refuse(write({ minimum: '3', maximum: '10', default: '3' }, { ...rule, scaleAction: { ...(rule['scaleAction'] as JsonObject), cooldown: 'PT10S' } }), 'BadRequest', /cooldown is 'PT10S'/);
    await refuse(write({ minimum: '3', maximum: '10', default: '3' }, { ...rule, metricTrigger: { ...(rule['metricTrigger'] as JsonObject), metricName: 'Cpu' } }), 'BadRequest', /'Cpu'; allowed: .*HttpQueueLength/);
    await refuse(write({ minimum: '3', maximum: '10', default: '3' }, rule, 'rival'), 'BadRequest', /one autoscale setting/);
    await accept(write({ minimum: '5', maximum: '10', default: '5' }));
    assert.deepEqual(scaled, [[plan(), 5]]);
  });

  it('refuses to delete what is locked, what is below it and what contains it, until the lock is taken off [local.locks]', async () => {
    const lock = `${workspace()}/providers/Microsoft.Authorization/locks/keep`;
    const below = `${workspace()}/providers/${INSIGHTS}/diagnosticSettings/audit`;
    await accept(put(below, '2021-05-01-preview', { workspaceId: workspace(), logs: [{ category: 'Audit', enabled: true }] }, {}));
    await refuse(put(lock, '2020-05-01', { level: 'NotSpecified' }, {}), 'InvalidLockLevel', /CanNotDelete or ReadOnly/);
    await accept(put(lock, '2020-05-01', { level: 'CanNotDelete', notes: 'logs' }, {}));
    for (const [resourceId, version] of [[workspace(), '2023-09-01'], [below, '2021-05-01-preview'], [cloud.group, '2024-03-01']] as const) {
      await refuse(cloud.arm('DELETE', resourceId, version), 'ScopeLocked', /workspaces\/log-test'\. Please remove the lock/);
    }
    for (const scope of [workspace(), cloud.group, `/subscriptions/${cloud.context.subscriptionId}`]) {
      const { body } = await cloud.arm('GET', `${scope}/providers/Microsoft.Authorization/locks`, '2020-05-01');
      assert.deepEqual((body['value'] as JsonObject[]).map(({ name }) => name), ['keep'], scope);
    }
    await accept(put(workspace(), '2023-09-01', { retentionInDays: 60 }));
    await accept(put(lock, '2020-05-01', { level: 'ReadOnly' }, {}));
    await refuse(put(workspace(), '2023-09-01', { retentionInDays: 90 }), 'ScopeLocked', /cannot perform write/);
    assert.equal((await cloud.arm('DELETE', lock, '2020-05-01')).status, 200);
    assert.equal((await cloud.arm('DELETE', below, '2021-05-01-preview')).status, 200);
    assert.equal((await cloud.arm('DELETE', component(), '2020-02-02')).status, 200);
    assert.equal((await cloud.arm('DELETE', workspace(), '2023-09-01')).status, 200);
  });
});
