import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { promisify } from 'node:util';
import { gunzip as gunzipWithCallback, inflate as inflateWithCallback } from 'node:zlib';
import { z } from 'zod';
import type { Arm, Resource } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { AUDIENCES, type Directory } from '../entra/types.ts';
import { textOf } from './cells.ts';
import { parseQuery, runQuery, type Table } from './kql.ts';
import { TRACK_BODY_LIMIT_BYTES, TRACK_INFLATED_LIMIT_BYTES } from './limits.ts';
import { COMPONENT_TYPE } from './rows.ts';
import type { TelemetryStore } from './store.ts';
import { envelopeSchema, type Envelope } from './telemetry.ts';
import { parseTimespan, within } from './timespan.ts';

export interface MonitorServiceDependencies {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  readonly telemetry: TelemetryStore;
}

/** Data action of the role Monitoring Metrics Publisher. Source: "Microsoft Entra authentication for Application Insights". */
const WRITE_TELEMETRY = 'Microsoft.Insights/Telemetry/Write';
const READ_QUERY = 'Microsoft.Insights/components/query/read';

const gunzip = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzipWithCallback);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateWithCallback);

interface ItemError {
  readonly index: number;
  readonly statusCode: number;
  readonly message: string;
}

/**
 * Ingestion of Application Insights (`/v2.1/track`, `/v2/track`) and its query API (`/v1/apps/{appId}/query`).
 * Live metrics, profiler and statsbeat are refused by name.
 */
export function createMonitorService(dependencies: MonitorServiceDependencies): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: TRACK_BODY_LIMIT_BYTES });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  for (const url of ['/v2.1/track', '/v2/track']) app.post(url, (request, reply) => track(dependencies, request, reply));
  app.get('/v1/apps/:appId/query', (request) => query(dependencies, request, z.object({ query: z.string(), timespan: z.string().optional() }), request.query));
  app.post('/v1/apps/:appId/query', (request) => query(dependencies, request, z.object({ query: z.string(), timespan: z.string().nullish() }), readJson(request.body)));
  app.setNotFoundHandler(async (request) => {
    const [path = ''] = request.url.split('?');
    throw notSupportedLocally(/^\/(QuickPulseService\.svc|v2\/(ping|post))/i.test(path) ? 'Live metrics of Application Insights' : `${request.method} ${path} of Azure Monitor`);
  });
  app.setErrorHandler((error: unknown, _request, reply) => answerError(dependencies, error, reply));
  return app;
}

async function track(dependencies: MonitorServiceDependencies, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const items = readItems(await decode(request));
  const errors: ItemError[] = [];
  const accepted = new Map<Resource, Envelope[]>();
  const judge = createJudge(dependencies, request.headers.authorization);
  for (const [index, item] of items.entries()) {
    const parsed = envelopeSchema.safeParse(item);
    if (!parsed.success) {
      errors.push({ index, statusCode: 400, message: `Invalid item: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}` });
      continue;
    }
    const verdict = await judge(parsed.data.iKey);
    if (verdict instanceof AzureError) {
      errors.push({ index, statusCode: verdict.status, message: verdict.message });
      continue;
    }
    const ofComponent = accepted.get(verdict) ?? [];
    ofComponent.push(parsed.data);
    accepted.set(verdict, ofComponent);
  }
  for (const [component, envelopes] of accepted) dependencies.telemetry.append(component, envelopes);
  const itemsAccepted = items.length - errors.length;
  // Source: the ingestion API's definition: 200 all, 206 some, else the status of the refusal.
  const status = errors.length === 0 ? 200 : itemsAccepted > 0 ? 206 : (errors[0]?.statusCode ?? 400);
  if (status === 401) void reply.header('www-authenticate', 'Bearer resource="https://monitor.azure.com"');
  return reply.code(status).send({ itemsReceived: items.length, itemsAccepted, errors });
}

/** Finds the component of an instrumentation key and judges the sender, once for each key of a request. */
function createJudge({ arm, directory }: MonitorServiceDependencies, authorization: string | undefined): (iKey: string) => Promise<Resource | AzureError> {
  const verdicts = new Map<string, Promise<Resource | AzureError>>();
  const judge = async (iKey: string): Promise<Resource | AzureError> => {
    const component = arm.list(COMPONENT_TYPE).find((resource) => resource.properties['InstrumentationKey'] === iKey);
    if (!component) return new AzureError(400, 'InvalidInstrumentationKey', 'Invalid instrumentation key: no component has it.');
    if (component.properties['DisableLocalAuth'] !== true) return component;
    // Source: learn.microsoft.com, "Microsoft Entra authentication for Application Insights", section "Troubleshooting": 401 without a valid token, 403 without the role.
    try {
      const principal = await directory.verify(authorization, AUDIENCES.monitor);
      if (arm.authorizer.isAllowed(principal.objectId, WRITE_TELEMETRY, component.id, 'data')) return component;
      return new AzureError(403, 'Forbidden', `The principal ${principal.objectId} may not write telemetry to ${component.name}. Assign it the role Monitoring Metrics Publisher there.`);
    } catch (error) {
      if (error instanceof AzureError) return new AzureError(401, 'Unauthorized', `Local authentication is off on ${component.name}: send a token for https://monitor.azure.com. ${error.message}`);
      throw error;
    }
  };
  return (iKey) => {
    const known = verdicts.get(iKey) ?? judge(iKey);
    verdicts.set(iKey, known);
    return known;
  };
}

async function decode(request: FastifyRequest): Promise<string> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const limit = { maxOutputLength: TRACK_INFLATED_LIMIT_BYTES };
  try {
    switch (encoding) {
      case 'identity': return body.toString('utf8');
      case 'gzip': return (await gunzip(body, limit)).toString('utf8');
      case 'deflate': return (await inflate(body, limit)).toString('utf8');
      default: throw new AzureError(415, 'UnsupportedMediaType', `The content encoding "${encoding}" is not supported. Allowed: gzip, deflate, identity.`);
    }
  } catch (error) {
    if (error instanceof AzureError) throw error;
    throw new AzureError(400, 'BadRequest', `The body is not ${encoding}, or inflates to more than ${TRACK_INFLATED_LIMIT_BYTES} bytes.`);
  }
}

/** Items come as one JSON array, one JSON object, or one JSON object a line. */
function readItems(text: string): unknown[] {
  const trimmed = text.trim();
  if (trimmed === '') throw new AzureError(400, 'BadRequest', 'The body is empty; it must hold telemetry items as JSON.');
  if (trimmed.startsWith('[')) return z.array(z.unknown()).parse(parseJson(trimmed));
  return trimmed.split(/\r?\n/).filter((line) => line.trim() !== '').map(parseJson);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AzureError(400, 'BadRequest', 'The body is not JSON: one array, or one object a line.');
  }
}

function readJson(body: unknown): unknown {
  return parseJson(Buffer.isBuffer(body) ? body.toString('utf8') : '');
}

async function query<T extends { query: string; timespan?: string | null | undefined }>(
  { context, arm, directory, telemetry }: MonitorServiceDependencies,
  request: FastifyRequest,
  schema: z.ZodType<T>,
  input: unknown,
): Promise<{ tables: unknown[] }> {
  const principal = await directory.verify(request.headers.authorization, AUDIENCES.logAnalytics);
  const { appId } = z.object({ appId: z.string() }).parse(request.params);
  const component = arm.list(COMPONENT_TYPE).find((resource) => resource.properties['AppId'] === appId);
  if (!component) throw new AzureError(404, 'ApplicationNotFoundError', `There is no Application Insights component with the application id ${appId}.`);
  if (!arm.authorizer.isAllowed(principal.objectId, READ_QUERY, component.id, 'control')) {
    throw new AzureError(403, 'InsufficientAccessError', `The principal ${principal.objectId} may not query ${component.name}. Assign it the role Reader or Monitoring Reader there.`);
  }
  const given = schema.safeParse(input);
  if (!given.success) throw new AzureError(400, 'BadArgumentError', 'The request has no query. Give it as the parameter "query", or as {"query": "…"} in the body.');
  const asked = parseQuery(given.data.query, context.now());
  const timespan = typeof given.data.timespan === 'string' ? parseTimespan(given.data.timespan, context.now()) : undefined;
  const rows = await telemetry.rows(component, asked.table);
  return { tables: [toPrimaryResult(runQuery(asked, timespan ? rows.filter((row) => within(timespan, textOf(row['timestamp']))) : rows))] };
}

function toPrimaryResult({ columns, rows }: Table): { name: string; columns: unknown[]; rows: unknown[] } {
  return {
    name: 'PrimaryResult',
    columns: [...columns],
    rows: rows.map((row) => row.map((cell) => (typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell))),
  };
}

/** Source: learn.microsoft.com, "Azure Monitor Log Analytics API errors": a general code, the particular one inside. */
function answerError({ context }: MonitorServiceDependencies, error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof AzureError)) {
    const { statusCode } = z.object({ statusCode: z.number() }).catch({ statusCode: 500 }).parse(error);
    if (statusCode >= 500) context.log.error({ err: error }, 'monitor: unexpected error');
    return reply.code(statusCode).send({
      error: statusCode < 500 ? { code: 'BadRequest', message: 'The request cannot be read, or is too large.' } : { code: 'InternalServerError', message: 'The local Azure Monitor failed; its log says why.' },
    });
  }
  const inner = ['SyntaxError', 'SemanticError'].includes(error.code);
  return reply.code(error.status).headers(error.headers).send({
    error: inner
      ? { code: 'BadArgumentError', message: 'The request had some invalid properties', innererror: { code: error.code, message: error.message } }
      : { code: error.code, message: error.message },
  });
}
