import { readQuery, type QueryName } from './index.ts';

interface Panel {
  readonly query: QueryName;
  readonly title: string;
  readonly visualization: 'table' | 'timechart' | 'barchart';
}

/** What the workbook shows, from top to bottom. */
const PANELS: readonly Panel[] = [
  { query: 'spread', title: 'Requests by instance', visualization: 'table' },
  { query: 'uneven-spread', title: 'How uneven the busiest instance is, in percent', visualization: 'timechart' },
  { query: 'tools', title: 'Tools: calls, errors, 95th percentile', visualization: 'table' },
  { query: 'latency', title: 'Duration of tool calls', visualization: 'timechart' },
  { query: 'server-errors', title: 'Requests that ended with 5xx, in percent', visualization: 'timechart' },
  { query: 'unhealthy-instances', title: 'Health check of the platform, in percent', visualization: 'timechart' },
  { query: 'audit-failures', title: 'Trouble with the record of calls', visualization: 'table' },
  { query: 'denied-calls', title: 'Denied calls', visualization: 'table' },
  { query: 'principals', title: 'Who calls', visualization: 'table' },
  { query: 'slots', title: 'Slots and versions', visualization: 'table' },
];

/** A day, in milliseconds: what is shown until somebody picks another time. */
const SHOWN_MS = 86_400_000;
const CHOICES_MS = [3_600_000, 14_400_000, SHOWN_MS, 7 * SHOWN_MS, 30 * SHOWN_MS];

/**
 * The content of the workbook, as JSON. Source: microsoft/Application-Insights-Workbooks, schema/workbook.json.
 * @param applicationInsightsId id of the component that most queries are asked of
 * @param workspaceId id of the workspace, for the tables that are there alone
 */
export function workbookOf({ applicationInsightsId, workspaceId }: { readonly applicationInsightsId: string; readonly workspaceId: string }): string {
  const time = {
    type: 9,
    name: 'time',
    content: {
      version: 'KqlParameterItem/1.0',
      parameters: [{ version: 'KqlParameterItem/1.0', name: 'TimeRange', label: 'Time', type: 4, isRequired: true, value: { durationMs: SHOWN_MS }, typeSettings: { selectableValues: CHOICES_MS.map((durationMs) => ({ durationMs })), allowCustom: true } }],
      style: 'pills',
    },
  };
  const panels = PANELS.map(({ query, title, visualization }) => {
    const ofWorkspace = query === 'unhealthy-instances';
    return {
      type: 3,
      name: query,
      content: {
        version: 'KqlItem/1.0',
        query: readQuery(query),
        title,
        size: 0,
        timeContextFromParameter: 'TimeRange',
        queryType: 0,
        resourceType: ofWorkspace ? 'microsoft.operationalinsights/workspaces' : 'microsoft.insights/components',
        crossComponentResources: [ofWorkspace ? workspaceId : applicationInsightsId],
        visualization,
      },
    };
  });
  return JSON.stringify({
    version: 'Notebook/1.0',
    items: [time, ...panels],
    fallbackResourceIds: [applicationInsightsId],
    $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
  });
}
