import { isRecord, readInput, readItems, readPath, type Reading } from '../../readInput.ts';
import { judgeRequirement, mustBe } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { settingValue } from '../../setting.ts';
import { typeKeyOf } from '../../typeKey.ts';

const MINIMUM = { name: 'minimum', description: 'The fewest instances that a profile may allow.', default: 3, minimum: 1, maximum: 30 };
/** Source: learn.microsoft.com, "App Service limits": Premium v3 plans scale out to 30 instances. */
const MAXIMUM = { name: 'maximum', description: 'The most instances that a profile may allow.', default: 30, minimum: 1, maximum: 30 };
/** One to sixty whole minutes. Source: learn.microsoft.com, "Autoscale settings", cooldown: between one minute and one week; an hour is long for a server. */
const COOLDOWN = /^PT(?:[1-9]|[1-5]\d|60)M$|^PT1H$/;
/** What tells that instances are too few, and the highest threshold at which it is still time. */
const METRICS: Readonly<Record<string, number>> = { CpuPercentage: 90, MemoryPercentage: 90, HttpQueueLength: 1_000 };
const OPERATORS: Readonly<Record<string, readonly string[]>> = { Increase: ['GreaterThan', 'GreaterThanOrEqual'], Decrease: ['LessThan', 'LessThanOrEqual'] };
/** An exact number would undo what others have added. */
const STEP_TYPES = ['ChangeCount', 'PercentChangeCount'];
/** azure-native fills in false. */
const SWITCH = mustBe('enabled', true, { violates: 'the setting then scales nothing' });

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** Bounds keep a burst from costing without end, and a quiet night from leaving one instance. */
export const autoscaleBounds: ResourceRule = {
  kind: 'resource',
  name: 'autoscale-bounds',
  displayName: 'Autoscaling within bounds',
  description: 'Each profile of an autoscale setting keeps within the configured numbers of instances, scales out under load and in without it, by steps, and waits between these.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Set enabled: true; in each profile capacity.minimum, maximum and default within the bounds, one rule that increases above a threshold and one that decreases below a lower one, on CPU, memory or the HTTP queue, each by a number and with a cool-down of 1 to 60 minutes.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-best-practices',
  settings: [MINIMUM, MAXIMUM],
  judge({ type, props }, given) {
    if (typeKeyOf(type) !== 'monitor:AutoscaleSetting') return doesNotConcern('The resource is no autoscale setting.');
    const bounds = { minimum: settingValue(MINIMUM, given), maximum: settingValue(MAXIMUM, given) };
    const profiles = readInput(props, 'profiles');
    if (profiles.state === 'unknown') return found([judgeRequirement(props, SWITCH), notJudged('profiles', 'It is judged again before the change is made.')]);
    const items = profiles.state === 'known' ? readItems(profiles.value) ?? [] : [];
    return found([judgeRequirement(props, SWITCH), ...(items.length === 0 ? [violation('profiles is empty. Allowed: at least one.')] : items.flatMap((item, place) => judgeProfile(item, `profiles[${place}]`, bounds)))]);
  },
};

function judgeProfile(item: Reading, label: string, bounds: Bounds): (Finding | undefined)[] {
  if (item.state !== 'known' || !isRecord(item.value)) return [notJudged(label, 'It is judged again before the change is made.')];
  const profile = item.value;
  const rules = readInput(profile, 'rules');
  return [
    ...(['minimum', 'default', 'maximum'] as const).map((name) => judgeCount(readPath(profile, `capacity.${name}`), `${label}.capacity.${name}`, bounds)),
    ...(rules.state === 'unknown' ? [notJudged(`${label}.rules`, 'It is judged again before the change is made.')] : judgeRules(rules.state === 'known' ? readItems(rules.value) ?? [] : [], label)),
  ];
}

function judgeCount(reading: Reading, input: string, { minimum, maximum }: Bounds): Finding | undefined {
  const allowed = `Allowed: ${minimum} to ${maximum}.`;
  if (reading.state === 'unknown') return notJudged(input, allowed);
  const count = reading.state === 'known' ? Number(reading.value) : Number.NaN;
  return count >= minimum && count <= maximum ? undefined : violation(`${input} is out of bounds or left out. ${allowed}`);
}

function judgeRules(rules: readonly Reading[], label: string): (Finding | undefined)[] {
  const directions = rules.map((rule) => inside(rule, 'scaleAction.direction'));
  const missing = (['Increase', 'Decrease'] as const).filter((direction) => !directions.some((reading) => reading.state === 'unknown' || (reading.state === 'known' && reading.value === direction)));
  return [
    ...missing.map((direction) => violation(`${label}.rules has none with the direction ${direction}. Allowed: at least one of each direction.`)),
    ...rules.flatMap((rule, place) => [
      judgeCooldown(inside(rule, 'scaleAction.cooldown'), `${label}.rules[${place}].scaleAction.cooldown`),
      ...judgeStep(rule, `${label}.rules[${place}].scaleAction`),
      judgeTrigger(rule, rules, `${label}.rules[${place}].metricTrigger`),
    ]),
  ];
}

function judgeStep(rule: Reading, label: string): (Finding | undefined)[] {
  const [type, value] = [inside(rule, 'scaleAction.type'), inside(rule, 'scaleAction.value')];
  return [
    type.state === 'unknown' ? notJudged(`${label}.type`, `Allowed: ${STEP_TYPES.join(', ')}.`) : type.state === 'known' && STEP_TYPES.includes(String(type.value)) ? undefined : violation(`${label}.type is no step or left out. Allowed: ${STEP_TYPES.join(', ')}.`),
    value.state === 'unknown' ? notJudged(`${label}.value`, 'Allowed: at least 1.') : value.state === 'known' && Number(value.value) >= 1 ? undefined : violation(`${label}.value is too small or left out. Allowed: at least 1.`),
  ];
}

/** A threshold that is never reached scales nothing out; one to scale in that is not below the other takes away what was just added. */
function judgeTrigger(rule: Reading, rules: readonly Reading[], label: string): Finding | undefined {
  const trigger = triggerOf(rule);
  if (trigger === 'unknown') return notJudged(label, 'It is judged again before the change is made.');
  const { direction, metric, operator, threshold } = trigger;
  const maximum = Object.hasOwn(METRICS, metric) ? METRICS[metric] : undefined;
  if (maximum === undefined) return violation(`${label}.metricName tells nothing of load, or is left out. Allowed: ${Object.keys(METRICS).join(', ')}.`);
  if (OPERATORS[direction]?.includes(operator) !== true) return violation(`${label}.operator does not go with the direction. Allowed: GreaterThan to increase, LessThan to decrease.`);
  if (direction === 'Increase') return threshold <= maximum ? undefined : violation(`${label}.threshold is out of bounds. Allowed to increase: at most ${maximum}.`);
  const outs = rules.map(triggerOf).filter((other) => other !== 'unknown').filter((other) => other.direction === 'Increase' && other.metric === metric);
  return outs.every((out) => threshold < out.threshold) ? undefined : violation(`${label}.threshold is not below the one that increases. Allowed to decrease: less than that.`);
}

function triggerOf(rule: Reading): { readonly direction: string; readonly metric: string; readonly operator: string; readonly threshold: number } | 'unknown' {
  const readings = ['scaleAction.direction', 'metricTrigger.metricName', 'metricTrigger.operator', 'metricTrigger.threshold'].map((path) => inside(rule, path));
  if (readings.some(({ state }) => state === 'unknown')) return 'unknown';
  const [direction = '', metric = '', operator = '', threshold = ''] = readings.map((reading) => (reading.state === 'known' ? String(reading.value) : ''));
  return { direction, metric, operator, threshold: threshold === '' ? Number.NaN : Number(threshold) };
}

function judgeCooldown(reading: Reading, input: string): Finding | undefined {
  if (reading.state === 'unknown') return notJudged(input, 'Allowed: PT1M to PT60M.');
  return reading.state === 'known' && COOLDOWN.test(String(reading.value)) ? undefined : violation(`${input} is out of bounds or left out. Allowed: PT1M to PT60M.`);
}

function inside(item: Reading, path: string): Reading {
  return item.state === 'known' && isRecord(item.value) ? readPath(item.value, path) : item;
}
