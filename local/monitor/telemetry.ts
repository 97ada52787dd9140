import { z } from 'zod';

/**
 * One item as the exporters send it. Source: learn.microsoft.com, "Application Insights telemetry data model";
 * the envelope is the "TelemetryEnvelope" of the ingestion API's definition.
 */
export const envelopeSchema = z.looseObject({
  name: z.string().max(1024),
  time: z.string().refine((time) => !Number.isNaN(Date.parse(time)), 'is not a time'),
  iKey: z.string(),
  sampleRate: z.number().positive().max(100).nullish(),
  tags: z.record(z.string(), z.string().nullish()).nullish(),
  data: z.looseObject({ baseType: z.string(), baseData: z.record(z.string(), z.unknown()).nullish() }),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** Tables of Application Insights that can be queried here, by the kind of telemetry that fills them. */
const TABLES = { RequestData: 'requests', RemoteDependencyData: 'dependencies', MessageData: 'traces', ExceptionData: 'exceptions', MetricData: 'customMetrics' } as const;

export type TableName = (typeof TABLES)[keyof typeof TABLES];
export const TABLE_NAMES: readonly TableName[] = Object.values(TABLES);

export type Cell = string | number | boolean | null | Readonly<Record<string, unknown>>;
export type Row = Readonly<Record<string, Cell>>;
export type ColumnType = 'datetime' | 'string' | 'real' | 'int' | 'long' | 'dynamic' | 'bool' | 'timespan';

const COMMON = {
  timestamp: 'datetime', itemType: 'string', itemCount: 'int', iKey: 'string', customDimensions: 'dynamic',
  user_AuthenticatedId: 'string', application_Version: 'string', operation_Name: 'string', operation_Id: 'string', operation_ParentId: 'string',
  cloud_RoleName: 'string', cloud_RoleInstance: 'string', sdkVersion: 'string',
} as const satisfies Record<string, ColumnType>;

/** Columns by table. Source: learn.microsoft.com, "Application Insights telemetry data model", and the tables' references in Azure Monitor Logs. */
export const COLUMNS: Readonly<Record<TableName, Readonly<Record<string, ColumnType>>>> = {
  requests: { ...COMMON, id: 'string', name: 'string', url: 'string', success: 'string', resultCode: 'string', duration: 'real', source: 'string' },
  dependencies: { ...COMMON, id: 'string', name: 'string', target: 'string', type: 'string', data: 'string', success: 'string', resultCode: 'string', duration: 'real' },
  traces: { ...COMMON, message: 'string', severityLevel: 'int' },
  exceptions: { ...COMMON, problemId: 'string', type: 'string', outerMessage: 'string', severityLevel: 'int' },
  customMetrics: { ...COMMON, name: 'string', value: 'real', valueCount: 'int', valueSum: 'real', valueMin: 'real', valueMax: 'real' },
};

/** @returns the table that holds an item; undefined for kinds that no query here reads */
export function tableOf(envelope: Envelope): TableName | undefined {
  const kind = envelope.data.baseType;
  return kind in TABLES ? TABLES[kind as keyof typeof TABLES] : undefined;
}

/** The row of an item in its table. An item that was sampled stands for several: `itemCount`. */
export function toRow(envelope: Envelope, table: TableName): Row {
  const base = envelope.data.baseData ?? {};
  const tags = envelope.tags ?? {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '');
  const common: Row = {
    timestamp: new Date(envelope.time).toISOString(),
    itemType: { requests: 'request', dependencies: 'dependency', traces: 'trace', exceptions: 'exception', customMetrics: 'customMetric' }[table],
    itemCount: Math.max(1, Math.round(100 / (envelope.sampleRate ?? 100))),
    iKey: envelope.iKey,
    customDimensions: z.record(z.string(), z.unknown()).catch({}).parse(base['properties'] ?? {}),
    user_AuthenticatedId: tags['ai.user.authUserId'] ?? '',
    application_Version: tags['ai.application.ver'] ?? '',
    operation_Name: tags['ai.operation.name'] ?? '',
    operation_Id: tags['ai.operation.id'] ?? '',
    operation_ParentId: tags['ai.operation.parentId'] ?? '',
    cloud_RoleName: tags['ai.cloud.role'] ?? '',
    cloud_RoleInstance: tags['ai.cloud.roleInstance'] ?? '',
    sdkVersion: tags['ai.internal.sdkVersion'] ?? '',
  };
  const outcome = { success: base['success'] === false ? 'False' : 'True', resultCode: text(base['resultCode'] ?? base['responseCode']), duration: durationMs(base['duration']) };
  switch (table) {
    case 'requests':
      return { ...common, id: text(base['id']), name: text(base['name']), url: text(base['url']), source: text(base['source']), ...outcome };
    case 'dependencies':
      return { ...common, id: text(base['id']), name: text(base['name']), target: text(base['target']), type: text(base['type']), data: text(base['data']), ...outcome };
    case 'traces':
      return { ...common, message: text(base['message']), severityLevel: severity(base['severityLevel']) };
    case 'customMetrics': {
      const [{ name, value, count, min, max }] = metricsSchema.parse(base['metrics']);
      return { ...common, name, value, valueCount: count ?? 1, valueSum: value, valueMin: min ?? value, valueMax: max ?? value };
    }
    case 'exceptions': {
      const [first] = z.array(z.looseObject({ typeName: z.string().nullish(), message: z.string().nullish() })).catch([]).parse(base['exceptions'] ?? []);
      return { ...common, problemId: text(base['problemId']), type: first?.typeName ?? '', outerMessage: first?.message ?? '', severityLevel: severity(base['severityLevel']) };
    }
  }
}

/** An item has one metric: what came together is taken apart by the exporters. */
const metricsSchema = z.tuple([z.object({ name: z.string(), value: z.number(), count: z.number().nullish(), min: z.number().nullish(), max: z.number().nullish() })]).catch([{ name: '', value: 0 }]);

const SEVERITIES = ['Verbose', 'Information', 'Warning', 'Error', 'Critical'];

function severity(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const index = SEVERITIES.indexOf(String(value));
  return index < 0 ? null : index;
}

/** `[d.]hh:mm:ss.fffffff` in milliseconds. */
function durationMs(value: unknown): number | null {
  const match = typeof value === 'string' ? /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(value) : null;
  if (!match) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
}
