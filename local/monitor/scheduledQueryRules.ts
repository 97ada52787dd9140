import { z } from 'zod';
import type { ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { ACTION_GROUP_TYPE } from './actionGroups.ts';
import { durationMs } from './iso8601.ts';
import { badRequest, GROUP_PATH, oneOf, readProperties, referenced, type Find } from './judge.ts';
import { parseQuery } from './kql.ts';
import { COMPONENT_TYPE } from './rows.ts';

/** Source: learn.microsoft.com, "Create a log search alert", frequency of evaluation and aggregation granularity. */
const FREQUENCIES = ['PT1M', 'PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT3H', 'PT4H', 'PT5H', 'PT6H', 'P1D'];
const WINDOWS = [...FREQUENCIES, 'P2D'];
const MAX_PERIODS = 6;
const NUMBERS = ['int', 'long', 'real'];

const conditionSchema = z.object({
  query: z.string().min(1),
  timeAggregation: z.enum(['Average', 'Count', 'Maximum', 'Minimum', 'Total']),
  metricMeasureColumn: z.string().optional(),
  operator: z.enum(['Equals', 'GreaterThan', 'GreaterThanOrEqual', 'LessThan', 'LessThanOrEqual']),
  threshold: z.number(),
  dimensions: z.array(z.object({ name: z.string() })).default([]),
  failingPeriods: z.object({ numberOfEvaluationPeriods: z.int().min(1).max(MAX_PERIODS), minFailingPeriodsToAlert: z.int().min(1) }).optional(),
});
const propertiesSchema = z.object({
  severity: z.int().min(0).max(4),
  scopes: z.array(z.string()).length(1),
  evaluationFrequency: z.string(),
  windowSize: z.string(),
  criteria: z.object({ allOf: z.array(conditionSchema).length(1) }),
  actions: z.object({ actionGroups: z.array(z.string()).default([]) }).optional(),
});
type Condition = z.infer<typeof conditionSchema>;

/** Source: learn.microsoft.com, "Scheduled Query Rules - Create Or Update", kind LogAlert. */
export function scheduledQueryRuleRow({ find, now }: { find: Find; now: () => Date }): ResourceType {
  return {
    type: 'Microsoft.Insights/scheduledQueryRules',
    token: 'monitor:ScheduledQueryRule',
    path: `${GROUP_PATH}/Microsoft.Insights/scheduledQueryRules/{ruleName}`,
    apiVersions: ['2025-01-01-preview', '2023-12-01', '2021-08-01'],
    envelope: ['location', 'tags', 'kind', 'identity'],
    openEnumerations: ['criteria.allOf.operator'],
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        const kind = String(request.body['kind'] ?? 'LogAlert');
        if (kind !== 'LogAlert') throw notSupportedLocally(`A scheduled query rule of kind ${kind} (served is LogAlert)`);
        const { scopes, evaluationFrequency, windowSize, criteria, actions } = readProperties(propertiesSchema, request);
        const [scope = ''] = scopes;
        const resource = referenced(find, scope, 'scopes');
        if (resource.type.toLowerCase() !== COMPONENT_TYPE.toLowerCase()) throw notSupportedLocally(`A scheduled query rule on ${resource.type} (served is ${COMPONENT_TYPE})`);
        oneOf(evaluationFrequency, FREQUENCIES, 'evaluationFrequency');
        oneOf(windowSize, WINDOWS, 'windowSize');
        if ((durationMs(windowSize) ?? 0) < (durationMs(evaluationFrequency) ?? 0)) throw badRequest(`windowSize is ${windowSize}, shorter than evaluationFrequency ${evaluationFrequency}.`);
        for (const id of actions?.actionGroups ?? []) referenced(find, id, 'actions.actionGroups', [ACTION_GROUP_TYPE]);
        for (const condition of criteria.allOf) judgeCondition(condition, now());
      },
      complete(draft) {
        draft['kind'] ??= 'LogAlert';
        draft.properties = { enabled: true, autoMitigate: true, skipQueryValidation: false, ...draft.properties, createdWithApiVersion: '2025-01-01-preview', isLegacyLogAnalyticsRule: false };
      },
    },
  };
}

/** The query is read as the query API reads it, and what the rule measures and splits by must be among its columns. */
function judgeCondition({ query, timeAggregation, metricMeasureColumn, dimensions, failingPeriods }: Condition, now: Date): void {
  const { columns } = parseQuery(query, now);
  if (timeAggregation !== 'Count' && metricMeasureColumn === undefined) throw badRequest(`timeAggregation is ${timeAggregation}, which needs metricMeasureColumn; without one, Count counts the rows.`);
  if (metricMeasureColumn !== undefined && !NUMBERS.includes(columns[metricMeasureColumn] ?? '')) {
    throw badRequest(`metricMeasureColumn is '${metricMeasureColumn}', which is no number in the result of the query. Its columns: ${Object.entries(columns).map(([name, type]) => `${name} (${type})`).join(', ')}.`);
  }
  for (const { name } of dimensions) oneOf(name, Object.keys(columns), 'The name of a dimension');
  if (failingPeriods && failingPeriods.minFailingPeriodsToAlert > failingPeriods.numberOfEvaluationPeriods) {
    throw badRequest(`failingPeriods asks for ${failingPeriods.minFailingPeriodsToAlert} failing periods of ${failingPeriods.numberOfEvaluationPeriods}.`);
  }
}
