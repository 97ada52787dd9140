import { alerts } from '../../../../policy/rules/operations/alerts.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING, part, type Part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const TELLS = { actions: ['group'] };
const site = part('azure-native:web:WebApp', 'site');
const group = part('azure-native:monitor:ActionGroup', 'group', { enabled: true });
const onQuery = (measure: string, threshold: unknown, more: object = {}, madeFrom: Part['madeFrom'] = TELLS) => part('azure-native:monitor:ScheduledQueryRule', measure, { enabled: true, evaluationFrequency: 'PT5M', criteria: { allOf: [{ metricMeasureColumn: measure, operator: 'GreaterThan', threshold }] }, ...more }, madeFrom);
const queries = [onQuery('errorPercent', 5), onQuery('p95Ms', 2_000), onQuery('unevenPercent', 40), onQuery('failures', 0), onQuery('denied', 50)];
const onHealth = (criterion: object = {}, more: object = {}) => part('azure-native:monitor:MetricAlert', 'health', { enabled: true, evaluationFrequency: 'PT1M', criteria: { allOf: [{ metricName: 'HealthCheckStatus', operator: 'LessThan', threshold: 100, ...criterion }] }, ...more }, TELLS);
const test = (more: object = {}) => part('azure-native:applicationinsights:WebTest', 'test', { enabled: true, validationRules: { expectedHttpStatusCode: 200, sSLCheck: true }, ...more });
const onTest = (failedLocationCount: unknown = 2) => part('azure-native:monitor:MetricAlert', 'availability', { enabled: true, evaluationFrequency: 'PT1M', criteria: { failedLocationCount } }, { ...TELLS, criteria: ['test'] });
const others = [onHealth(), test(), onTest()];
const all = [site, group, ...queries, ...others];
const without = (name: string): Part[] => all.filter((one) => one.name !== name);

testStackRule(alerts, {
  passes: { all, 'on by default': [...without('denied'), onQuery('denied', 50, { enabled: undefined })] },
  fails: {
    nothing: [[site], [/^The stack has no action group that is switched on/, /^The stack has no alert on errorPercent/, /p95Ms/, /unevenPercent/, /failures/, /denied/, /^The stack has no alert on HealthCheckStatus/, /^The stack has no alert on an availability test/]],
    off: [[...without('denied'), onQuery('denied', 50, { enabled: false })], /^monitor:ScheduledQueryRule "denied": enabled has a value/],
    'nobody told': [[...without('denied'), onQuery('denied', 50, {}, {})], /^monitor:ScheduledQueryRule "denied" tells no action group of the stack/],
    'a group that is off': [[...without('group'), part('azure-native:monitor:ActionGroup', 'group', { enabled: false })], /^The stack has no action group/],
    seldom: [[...without('denied'), onQuery('denied', 50, { evaluationFrequency: 'P1D' })], /"denied": evaluationFrequency has a value/],
    'never judged': [[...without('denied'), onQuery('denied', 50, { evaluationFrequency: undefined })], /"denied": evaluationFrequency is left out/],
    'out of reach': [[...without('errorPercent'), onQuery('errorPercent', 21)], /^monitor:ScheduledQueryRule "errorPercent": operator and threshold raise nothing that matters\. Allowed: GreaterThan or GreaterThanOrEqual, at most 20/],
    'the wrong way round': [[...without('health'), onHealth({ operator: 'GreaterThan' })], /^monitor:MetricAlert "health": operator and threshold/],
    'half of them': [[...without('health'), onHealth({ threshold: 49 })], /"health": operator and threshold .* at least 50/],
    'one missing': [without('failures'), /^The stack has no alert on failures\. Add a ScheduledQueryRule/],
    'nobody looks': [[...without('test'), test({ enabled: false })], /^applicationinsights:WebTest "test": enabled has a value/],
    'takes errors': [[...without('test'), test({ validationRules: { expectedHttpStatusCode: 500 } })], [/"test": validationRules\.expectedHttpStatusCode has a value/, /"test": validationRules\.sSLCheck is left out/]],
    'down everywhere': [[...without('availability'), onTest(4)], /^monitor:MetricAlert "availability": criteria\.failedLocationCount has a value/],
  },
  unknown: {
    switch: [[...without('denied'), onQuery('denied', 50, { enabled: UNKNOWN_BOOLEAN })], /"denied": enabled was not judged/],
    threshold: [[...without('denied'), onQuery('denied', UNKNOWN_STRING)], /"denied": operator and threshold was not judged/],
  },
  notConcerned: { 'no site': [group, ...queries] },
});
