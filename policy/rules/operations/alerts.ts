import { isRecord, readInput, readItems, readPath, type Reading } from '../../readInput.ts';
import { judgeRequirement, mustBe, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE } from '../../typeKey.ts';

const ON_QUERIES = 'monitor:ScheduledQueryRule';
const ON_METRICS = 'monitor:MetricAlert';
const GROUP = 'monitor:ActionGroup';
const TEST = 'applicationinsights:WebTest';

/** Columns of the queries that somebody is woken by, and the highest threshold that still wakes somebody. A test holds them together with the program. */
const MEASURES: ReadonlyMap<string, number> = new Map([['errorPercent', 20], ['p95Ms', 10_000], ['unevenPercent', 90], ['failures', 0], ['denied', 1_000]]);
const HEALTH_METRIC = 'HealthCheckStatus';
/** In percent of the instances: below, half of them could fail unnoticed. */
const MIN_HEALTH = 50;
/** Of the five or more places that a test has. */
const MAX_FAILED_LOCATIONS = 3;
const FREQUENCIES = ['PT1M', 'PT5M', 'PT10M', 'PT15M'];

const ON: Requirement = mustBe('enabled', true, { passes: 'the service switches it on' });
const OFTEN: Requirement = { input: 'evaluationFrequency', allowed: FREQUENCIES.join(', '), accepts: (value) => typeof value === 'string' && FREQUENCIES.includes(value), omitted: { violates: 'the alert is then never judged' } };
const ANSWERED: readonly Requirement[] = [
  { input: 'validationRules.expectedHttpStatusCode', allowed: '200', accepts: (value) => value === 200, omitted: { violates: 'any answer then counts as one' } },
  mustBe('validationRules.sSLCheck', true, { violates: 'a certificate that ends is then noticed by clients first' }),
];

/** A server that fails at night has to wake somebody; and an alert that is off, tells nobody or can never be raised, wakes nobody. */
export const alerts: StackRule = {
  kind: 'stack',
  name: 'alerts',
  displayName: 'Somebody is told',
  description: 'A stack with sites has alerts on errors, latency, spread, the record, denied calls, health and availability from outside; each of its alerts is on, is looked at often enough, and tells an action group that is on.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: `Add a ScheduledQueryRule for each of ${[...MEASURES.keys()].join(', ')}, a MetricAlert on ${HEALTH_METRIC}, and one on a WebTest; each with enabled: true and an ActionGroup of the stack among its actions.`,
  url: 'https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview',
  judge(resources) {
    const site = ofTypes(resources, [SITE])[0];
    if (site === undefined) return doesNotConcern('The stack has no site.');
    const groups = ofTypes(resources, [GROUP]);
    const [onQueries, onMetrics] = [ofTypes(resources, [ON_QUERIES]), ofTypes(resources, [ON_METRICS])];
    return found([
      groups.some(isOn) ? undefined : violation('The stack has no action group that is switched on: alerts reach nobody. Add an ActionGroup.', site.urn),
      ...[...onQueries, ...onMetrics].flatMap((alert) => [
        about(alert, judgeRequirement(alert.props, ON)),
        about(alert, judgeRequirement(alert.props, OFTEN)),
        groups.some((group) => isMadeFrom(alert, 'actions', group)) ? undefined : violation(`${labelOf(alert)} tells no action group of the stack. Put one into its actions.`, alert.urn),
      ]),
      ...[...MEASURES].flatMap(([measure, maximum]) => judgeMeasure(onQueries, measure, maximum, site)),
      ...judgeHealth(onMetrics, site),
      ...judgeAvailability(onMetrics, ofTypes(resources, [TEST]), site),
    ]);
  },
};

function isOn({ props }: StackResource): boolean {
  const enabled = readInput(props, 'enabled');
  return enabled.state !== 'known' || enabled.value !== false;
}

function about(resource: StackResource, finding: Finding | undefined): Finding | undefined {
  return finding && { message: `${labelOf(resource)}: ${finding.message}`, judged: finding.judged, urn: resource.urn };
}

interface Criterion {
  readonly alert: StackResource;
  readonly criterion: Readonly<Record<string, unknown>>;
}

function criteriaOf(alerts: readonly StackResource[], name: string, value: string): readonly Criterion[] {
  return alerts.flatMap((alert) => {
    const all = readPath(alert.props, 'criteria.allOf');
    return (all.state === 'known' ? readItems(all.value) ?? [] : []).flatMap((item) => {
      const criterion = item.state === 'known' && isRecord(item.value) ? item.value : undefined;
      const reading: Reading = criterion === undefined ? { state: 'absent' } : readInput(criterion, name);
      return criterion !== undefined && reading.state === 'known' && reading.value === value ? [{ alert, criterion }] : [];
    });
  });
}

function judgeMeasure(onQueries: readonly StackResource[], measure: string, maximum: number, site: StackResource): (Finding | undefined)[] {
  const criteria = criteriaOf(onQueries, 'metricMeasureColumn', measure);
  if (criteria.length === 0) return [violation(`The stack has no alert on ${measure}. Add a ScheduledQueryRule.`, site.urn)];
  return criteria.map((one) => judgeThreshold(one, ['GreaterThan', 'GreaterThanOrEqual'], `at most ${maximum}`, (threshold) => threshold <= maximum));
}

function judgeHealth(onMetrics: readonly StackResource[], site: StackResource): (Finding | undefined)[] {
  const criteria = criteriaOf(onMetrics, 'metricName', HEALTH_METRIC);
  if (criteria.length === 0) return [violation(`The stack has no alert on ${HEALTH_METRIC}. Add a MetricAlert.`, site.urn)];
  return criteria.map((one) => judgeThreshold(one, ['LessThan', 'LessThanOrEqual'], `at least ${MIN_HEALTH}`, (threshold) => threshold >= MIN_HEALTH));
}

function judgeThreshold({ alert, criterion }: Criterion, operators: readonly string[], allowed: string, accepts: (threshold: number) => boolean): Finding | undefined {
  const [operator, threshold] = [readInput(criterion, 'operator'), readInput(criterion, 'threshold')];
  const label = `${labelOf(alert)}: operator and threshold`;
  const text = `Allowed: ${operators.join(' or ')}, ${allowed}.`;
  if (operator.state === 'unknown' || threshold.state === 'unknown') return notJudged(label, text, alert.urn);
  const fits = operator.state === 'known' && operators.includes(String(operator.value)) && threshold.state === 'known' && accepts(Number(threshold.value));
  return fits ? undefined : violation(`${label} raise nothing that matters. ${text}`, alert.urn);
}

function judgeAvailability(onMetrics: readonly StackResource[], tests: readonly StackResource[], site: StackResource): (Finding | undefined)[] {
  const told = tests.flatMap((test) => onMetrics.filter((alert) => isMadeFrom(alert, 'criteria', test)).map((alert) => ({ test, alert })));
  if (told.length === 0) return [violation('The stack has no alert on an availability test. Add a WebTest, and a MetricAlert made from it.', site.urn)];
  return told.flatMap(({ test, alert }) => [
    about(test, judgeRequirement(test.props, ON)),
    ...ANSWERED.map((requirement) => about(test, judgeRequirement(test.props, requirement))),
    about(alert, judgeRequirement(alert.props, { input: 'criteria.failedLocationCount', allowed: `at most ${MAX_FAILED_LOCATIONS}`, accepts: (value) => typeof value === 'number' && value <= MAX_FAILED_LOCATIONS, omitted: { violates: 'the alert is then never raised' } })),
  ]);
}
