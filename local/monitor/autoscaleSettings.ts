import { z } from 'zod';
import type { Resource, ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { durationMs } from './iso8601.ts';
import { badRequest, GROUP_PATH, oneOf, readProperties, referenced, type Find } from './judge.ts';
import { metricsOf } from './metricAlerts.ts';

const PLAN_TYPE = 'Microsoft.Web/serverfarms';
const MINUTE_MS = 60_000;
/** Source: learn.microsoft.com, "Autoscale Settings - Create Or Update", timeWindow (5 minutes to 12 hours), cooldown (1 minute to 1 week) and the number of rules of a profile. */
const TIME_WINDOW_MS = { least: 5 * MINUTE_MS, most: 12 * 60 * MINUTE_MS };
const COOLDOWN_MS = { least: MINUTE_MS, most: 7 * 24 * 60 * MINUTE_MS };
const TIME_GRAIN_MS = { least: MINUTE_MS, most: 12 * 60 * MINUTE_MS };
const MAX_RULES = 10;

const count = z.string().regex(/^\d+$/, 'a whole number as text').transform(Number);
const capacitySchema = z.object({ minimum: count, maximum: count, default: count });
const ruleSchema = z.object({
  metricTrigger: z.object({ metricName: z.string(), metricResourceUri: z.string(), timeGrain: z.string(), timeWindow: z.string() }),
  scaleAction: z.object({ cooldown: z.string(), direction: z.string() }),
});
const propertiesSchema = z.object({
  enabled: z.boolean().optional(),
  targetResourceUri: z.string(),
  profiles: z.array(z.object({ name: z.string(), capacity: capacitySchema, rules: z.array(ruleSchema).max(MAX_RULES), fixedDate: z.unknown().optional(), recurrence: z.unknown().optional() })).min(1),
});
type Capacity = z.infer<typeof capacitySchema>;

export interface AutoscaleDependencies {
  readonly find: Find;
  readonly others: (id: string) => readonly Resource[];
  /** Gives a plan another number of instances. */
  readonly scale: (planId: string, capacity: number) => void;
}

/** Source: learn.microsoft.com, "Autoscale Settings - Create Or Update" and "Understand autoscale settings". */
export function autoscaleSettingRow({ find, others, scale }: AutoscaleDependencies): ResourceType {
  return {
    type: 'Microsoft.Insights/autoscalesettings',
    token: 'monitor:AutoscaleSetting',
    path: `${GROUP_PATH}/Microsoft.Insights/autoscalesettings/{autoscaleSettingName}`,
    apiVersions: ['2021-05-01-preview', '2022-10-01'],
    envelope: ['location', 'tags'],
    renames: {
      'profiles.rules.metricTrigger.dimensions.dimensionName': 'DimensionName', 'profiles.rules.metricTrigger.dimensions.operator': 'Operator', 'profiles.rules.metricTrigger.dimensions.values': 'Values',
    },
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        const { targetResourceUri, profiles } = readProperties(propertiesSchema, request);
        const plan = referenced(find, targetResourceUri, 'targetResourceUri', [PLAN_TYPE]);
        const rival = others(request.id).find(({ properties }) => String(properties['targetResourceUri']).toLowerCase() === plan.id.toLowerCase());
        if (rival) throw badRequest(`'${plan.id}' is scaled by '${rival.id}' already; a resource has one autoscale setting.`);
        if (profiles.length > 1 || profiles.some(({ fixedDate, recurrence }) => fixedDate !== undefined || recurrence !== undefined)) throw notSupportedLocally('An autoscale setting with several profiles, or one that holds at times');
        for (const { name, capacity, rules } of profiles) {
          judgeCapacity(name, capacity, Number(plan.properties['maximumNumberOfWorkers'] ?? 1));
          for (const rule of rules) judgeRule(rule, find);
        }
      },
      complete(draft, { parameters }) {
        draft.properties = { enabled: true, notifications: [], name: parameters['autoscaleSettingName'] ?? '', ...draft.properties };
      },
      provision(resource) {
        const { enabled, targetResourceUri, profiles } = propertiesSchema.parse(resource.properties);
        const [profile] = profiles;
        if (enabled === false || !profile) return;
        const current = Number((find(targetResourceUri)?.['sku'] as { capacity?: number } | undefined)?.capacity);
        const wanted = Math.min(Math.max(current, profile.capacity.minimum), profile.capacity.maximum);
        if (wanted !== current) scale(targetResourceUri, wanted);
      },
    },
  };
}

function judgeCapacity(profile: string, { minimum, maximum, default: standard }: Capacity, most: number): void {
  if (minimum < 1 || minimum > standard || standard > maximum) throw badRequest(`Profile '${profile}' has minimum ${minimum}, default ${standard} and maximum ${maximum}; allowed: 1 <= minimum <= default <= maximum.`);
  if (maximum > most) throw badRequest(`Profile '${profile}' has the maximum ${maximum}; the plan allows ${most} instances.`);
}

function judgeRule({ metricTrigger, scaleAction }: z.infer<typeof ruleSchema>, find: Find): void {
  const { type } = referenced(find, metricTrigger.metricResourceUri, 'metricTrigger.metricResourceUri');
  const metrics = metricsOf(type);
  if (metrics) oneOf(metricTrigger.metricName, metrics, `metricTrigger.metricName of ${type}`);
  within(metricTrigger.timeWindow, TIME_WINDOW_MS, 'metricTrigger.timeWindow', '5 minutes to 12 hours');
  within(metricTrigger.timeGrain, TIME_GRAIN_MS, 'metricTrigger.timeGrain', '1 minute to 12 hours');
  within(scaleAction.cooldown, COOLDOWN_MS, 'scaleAction.cooldown', '1 minute to 1 week');
}

function within(text: string, { least, most }: { least: number; most: number }, what: string, allowed: string): void {
  const ms = durationMs(text);
  if (ms === undefined || ms < least || ms > most) throw badRequest(`${what} is '${text}'; allowed: ISO 8601 durations of ${allowed}.`);
}
