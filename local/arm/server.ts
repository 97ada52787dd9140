import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { BUILT_IN_ROLES, type RoleDefinition } from '../authorization/roleDefinitions.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally, toErrorBody } from '../core/errors.ts';
import { AUDIENCES, type Directory, type Principal } from '../entra/types.ts';
import { Accepted } from './accepted.ts';
import type { ArmEngine, RegisteredType, Target } from './engine.ts';
import { exportTemplate, readExportRequest } from './exportTemplate.ts';
import type { Operation } from './operations.ts';
import { compilePath, type PathTemplate } from './paths.ts';
import type { ActionAnswer, ArmExtension, Json, JsonObject } from './types.ts';

const BODY_LIMIT_BYTES = 4 * 1024 * 1024; // learn.microsoft.com, "Azure subscription and service limits": a request to ARM has at most 4 MB
const API_VERSION = /^\d{4}-\d{2}-\d{2}(-preview)?$/;

/**
 * The REST surface of Azure Resource Manager over an engine.
 * Source: learn.microsoft.com, "Azure REST API reference", and "Track asynchronous Azure operations".
 * @param metadata answers of `/metadata/endpoints`, by which tools find the other services of a cloud
 * @param extensions paths beside the resources
 */
export function createArmServer(
  context: LocalContext,
  engine: ArmEngine,
  directory: Pick<Directory, 'verify' | 'tenantId' | 'authorityHost'>,
  metadata: () => JsonObject,
  extensions: readonly ArmExtension[] = [],
): FastifyInstance {
  const compiled = extensions.map((extension) => ({ ...extension, template: compilePath(extension.path) }));
  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES, exposeHeadRoutes: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(text as string));
    } catch {
      done(new AzureError(400, 'InvalidRequestContent', 'The request body is not JSON.'));
    }
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-ms-request-id', randomUUID());
  });
  app.setErrorHandler((error, _request, reply) => {
    const shown = error instanceof AzureError ? error : toAzureError(error);
    if (shown.status >= 500 && shown.status !== 501) context.log.error({ err: error }, 'a request to ARM failed');
    return reply.code(shown.status).headers(shown.headers).send(toErrorBody(shown));
  });
  app.setNotFoundHandler(() => { throw notSupportedLocally('This path of Azure Resource Manager'); });
  app.get('/metadata/endpoints', async () => metadata());
  app.all('/*', async (request, reply) => {
    const principal = await directory.verify(request.headers.authorization, AUDIENCES.arm);
    const path = decodeURIComponent(request.url.split('?')[0] ?? '').replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
    const apiVersion = (request.query as Record<string, string>)['api-version'];
    if (!apiVersion) throw new AzureError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.');
    if (!API_VERSION.test(apiVersion)) throw new AzureError(400, 'InvalidApiVersionParameter', `The api-version '${apiVersion}' is invalid. It is a date, with -preview behind it for a preview: 2025-05-01.`);
    refuseForeignSubscription(path, context.subscriptionId);
    return dispatch({ engine, extensions: compiled, request, reply, path, apiVersion, principal, origin: `https://${request.headers.host ?? ''}` }, context);
  });
  return app;
}

interface Call {
  readonly engine: ArmEngine;
  readonly extensions: readonly (ArmExtension & { readonly template: PathTemplate })[];
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: string;
  readonly apiVersion: string;
  readonly principal: Principal;
  readonly origin: string;
}

async function dispatch(call: Call, context: LocalContext): Promise<unknown> {
  const { engine, request, path } = call;
  const status = /\/providers\/[^/]+\/locations\/[^/]+\/operation(Statuses|Results)\/([^/]+)$/i.exec(path);
  if (status) return answerOperation(call, status[1] as string, status[2] as string);
  const result = /^\/subscriptions\/[^/]+\/operationresults\/([^/]+)$/i.exec(path);
  if (result) return answerResult(call, result[1] as string);
  const target = engine.resolve(path);
  if (target) return answerResource(call, target);
  const exported = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/exportTemplate$/i.exec(path);
  if (exported) return answerExport(call, exported[1] as string);
  const extension = call.extensions.find(({ method, template }) => method === request.method && template.match(path));
  if (extension) return answerExtension(call, extension, context.subscriptionId);
  if (request.method === 'POST' || request.method === 'GET') {
    const action = findBelow(engine, path, 'actions');
    const read = findBelow(engine, path, 'reads');
    if (request.method === 'POST' && action) return answerAction(call, action);
    if (request.method === 'GET' && read) return answerRead(call, read);
    if (action ?? read) throw new AzureError(405, 'MethodNotAllowed', `${request.method} is not allowed on ${path}.`);
  }
  if (request.method === 'GET') {
    const listed = answerList(call, context);
    if (listed) return listed;
  }
  throw notSupportedLocally(`${request.method} ${path}`);
}

function answerExtension(call: Call, extension: Call['extensions'][number], subscriptionId: string): unknown {
  if (!extension.apiVersions.includes(call.apiVersion)) throw new AzureError(400, 'NoRegisteredProviderFound', `No registered resource provider found for API version '${call.apiVersion}' here. The supported api-versions are '${extension.apiVersions.join(', ')}'.`);
  authorize(call, { id: `/subscriptions/${subscriptionId}` }, extension.action);
  const body = extension.handle(extension.template.match(call.path) ?? {});
  return body === undefined ? call.reply.code(202).send() : body;
}

async function answerResource(call: Call, target: Target): Promise<unknown> {
  const { engine, request, reply, principal } = call;
  checkApiVersion(call, target);
  switch (request.method) {
    case 'HEAD':
    case 'GET': {
      authorize(call, target, `${target.row.type}/read`);
      if (target.row.readAction) throw new AzureError(405, 'MethodNotAllowed', `GET is not allowed on ${target.row.type}: its values may be secrets. Read it with POST …/${target.row.readAction}.`);
      const resource = engine.read(target);
      return request.method === 'HEAD' ? reply.code(204).send() : resource;
    }
    case 'PUT':
    case 'PATCH': {
      authorize(call, target, `${target.row.type}/write`);
      const body = request.body;
      if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new AzureError(400, 'InvalidRequestContent', 'The request body must be a JSON object.');
      const result = await engine.write(target, body as JsonObject, principal, request.method === 'PUT' ? 'replace' : 'merge');
      if (result.operation) announce(call, target, result.operation, 'operationStatuses');
      const shown = target.row.behaviour?.present?.(structuredClone(result.resource)) ?? result.resource;
      return reply.code(result.created ? 201 : result.operation ? 202 : 200).send(shown);
    }
    case 'DELETE': {
      authorize(call, target, `${target.row.type}/delete`);
      const removed = await engine.remove(target);
      if (!removed) return reply.code(204).send();
      if (!removed.operation) return reply.code(200).send();
      announce(call, target, removed.operation, 'operationResults');
      return reply.code(202).send();
    }
    default:
      throw new AzureError(405, 'MethodNotAllowed', `${request.method} is not allowed here. Allowed: GET, HEAD, PUT, PATCH, DELETE.`);
  }
}

function announce(call: Call, target: Target, operation: Operation, kind: 'operationStatuses' | 'operationResults'): void {
  const namespace = target.row.type.split('/')[0] ?? '';
  const subscription = /^\/subscriptions\/[^/]+/i.exec(target.id)?.[0] ?? '';
  const url = (name: string): string => `${call.origin}${subscription}/providers/${namespace}/locations/global/${name}/${operation.id}?api-version=${call.apiVersion}`;
  call.reply.header('azure-asyncoperation', url('operationStatuses')).header('retry-after', '0');
  if (kind === 'operationResults') call.reply.header('location', url('operationResults'));
}

function answerOperation(call: Call, kind: string, id: string): unknown {
  const operation = call.engine.operations.get(id);
  if (!operation) throw new AzureError(404, 'OperationNotFound', `There is no operation '${id}'. Operations are forgotten when the local Azure restarts: read the resource itself.`);
  if (operation.status === 'InProgress') call.reply.header('retry-after', '0');
  if (kind.toLowerCase() === 'results') {
    if (operation.error) throw operation.error;
    return call.reply.code(operation.status === 'InProgress' ? 202 : 204).send();
  }
  return { id: call.path, name: id, status: operation.status, ...(operation.error ? toErrorBody(operation.error) : {}) };
}

/** Asynchronous, as on Azure: 202, and the template behind `Location`. Source: learn.microsoft.com, REST API, "Resource Groups - Export Template". */
function answerExport(call: Call, groupId: string): unknown {
  const { engine, reply } = call;
  const group = engine.resolve(groupId);
  if (!group || call.request.method !== 'POST') throw new AzureError(405, 'MethodNotAllowed', `${call.request.method} is not allowed on ${call.path}. Allowed: POST.`);
  checkApiVersion(call, group);
  authorize(call, group, `${group.row.type}/exportTemplate/action`);
  engine.read(group);
  const asked = readExportRequest(call.request.body);
  const { id } = engine.operations.start(async () => exportTemplate(engine, groupId, asked));
  const subscription = /^\/subscriptions\/[^/]+/i.exec(groupId)?.[0] ?? '';
  return reply.code(202).header('location', `${call.origin}${subscription}/operationresults/${id}?api-version=${call.apiVersion}`).header('retry-after', '0').send();
}

function answerResult({ engine, origin, request, reply }: Call, id: string): unknown {
  const operation = engine.operations.get(id);
  if (!operation) throw new AzureError(404, 'OperationNotFound', `There is no operation '${id}'. Operations are forgotten when the local Azure restarts: repeat the request that began it.`);
  if (operation.error) throw operation.error;
  if (operation.status === 'InProgress') return reply.code(202).header('location', `${origin}${request.url}`).header('retry-after', '0').send();
  return reply.code(200).send(operation.result);
}

interface Below {
  readonly target: Target;
  /** Name of the action or read as the row writes it, with its places in braces. */
  readonly name: string;
  readonly segments: Readonly<Record<string, string>>;
}

function findBelow(engine: ArmEngine, path: string, kind: 'actions' | 'reads'): Below | undefined {
  const segments = path.split('/');
  for (let length = segments.length - 1; length > 2; length--) {
    const target = engine.resolve(segments.slice(0, length).join('/'));
    const rest = `/${segments.slice(length).join('/')}`;
    for (const name of Object.keys(target?.row.behaviour?.[kind] ?? {})) {
      const found = target && compilePath(`/${name}`).match(rest);
      if (found) return { target, name, segments: found };
    }
  }
  return undefined;
}

async function answerAction(call: Call, { target, name }: Below): Promise<unknown> {
  checkApiVersion(call, target);
  authorize(call, target, `${target.row.type}/${operationOf(name)}/action`);
  return sendAnswer(call, await target.row.behaviour?.actions?.[name]?.(lookUpStored(call.engine, target), call.request.body as Json | undefined));
}

async function answerRead(call: Call, { target, name, segments }: Below): Promise<unknown> {
  checkApiVersion(call, target);
  authorize(call, target, `${target.row.type}/${operationOf(name)}/read`);
  return sendAnswer(call, await target.row.behaviour?.reads?.[name]?.(lookUpStored(call.engine, target), segments));
}

/** What role definitions call it: names alone, no values of a path. */
function operationOf(name: string): string {
  return name.split('/').filter((segment) => !segment.startsWith('{')).join('/').toLowerCase();
}

function sendAnswer(call: Call, answer: ActionAnswer): unknown {
  if (!(answer instanceof Accepted)) return call.reply.code(200).send(answer);
  const location = `${call.origin}${answer.statusPath}?api-version=${call.apiVersion}`;
  return call.reply.code(202).header('location', location).header('retry-after', String(answer.retryAfterSeconds)).send();
}

/** The stored form, secrets included: actions such as listKeys exist to show them. */
function lookUpStored(engine: ArmEngine, target: Target): ReturnType<ArmEngine['read']> {
  return engine.get(target.id) ?? engine.read(target);
}

function answerList(call: Call, context: LocalContext): { value: Json[] } | RoleDefinitionAnswer | undefined {
  const { engine, path } = call;
  const roles = /^(?<scope>.*)\/providers\/Microsoft\.Authorization\/roleDefinitions(\/(?<id>[^/]+))?$/i.exec(path);
  if (roles) return answerRoleDefinitions(call, roles.groups?.['scope'] ?? '', roles.groups?.['id']);
  const show = (type: RegisteredType, below: string): { value: Json[] } => {
    authorize(call, { id: below }, `${type.row.type}/read`);
    return { value: engine.list(type.row.type, below).map((resource) => type.row.behaviour?.present?.(structuredClone(resource)) ?? resource) };
  };
  for (const type of engine.types) {
    if (type.contract.path.matchCollection(path)) return show(type, collectionParent(path));
  }
  const group = /^(?<group>\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/resources$/i.exec(path)?.groups?.['group'];
  if (group) return answerResourcesOf(call, group);
  const wide = /^(?<below>\/subscriptions\/[^/]+)\/providers\/(?<type>.+)$/i.exec(path)?.groups;
  const type = engine.types.find(({ row }) => row.type.toLowerCase() === wide?.['type']?.toLowerCase());
  if (type && wide?.['below']) return show(type, wide['below']);
  const subscription = `/subscriptions/${context.subscriptionId}`;
  if (path.toLowerCase() === subscription) {
    authorize(call, { id: path }, 'Microsoft.Resources/subscriptions/read');
    return { id: subscription, subscriptionId: context.subscriptionId, tenantId: context.tenantId, displayName: 'Local Azure', state: 'Enabled' } as unknown as { value: Json[] };
  }
  return undefined;
}

/** What the list of a group shows of each resource; its properties are read one by one. */
const LISTED = ['id', 'name', 'type', 'kind', 'location', 'tags', 'sku', 'identity', 'managedBy', 'zones'];

/**
 * Everything in a group that has a location of its own: neither children without one, such as containers and subnets, nor extensions, such as locks.
 * Source: learn.microsoft.com, "Resources - List By Resource Group".
 */
function answerResourcesOf(call: Call, path: string): { value: Json[] } {
  const group = call.engine.resolve(path);
  if (!group) throw notSupportedLocally(`GET ${call.path}`);
  checkApiVersion(call, group);
  authorize(call, group, 'Microsoft.Resources/subscriptions/resourceGroups/resources/read');
  call.engine.read(group);
  const resources = call.engine.types.filter(({ row }) => row.type !== group.row.type && row.envelope.includes('location')).flatMap(({ row }) => call.engine.list(row.type, group.id));
  return { value: resources.sort((left, right) => left.id.localeCompare(right.id)).map((resource) => Object.fromEntries(Object.entries(resource).filter(([name]) => LISTED.includes(name))) as Json) };
}

/** A collection of a top-level type stands below its group, or below any resource: `…/providers/Microsoft.Web/sites` lists what begins with what is before it. */
function collectionParent(path: string): string {
  const segments = path.split('/');
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  return segments.slice(0, provider >= 0 && segments.length - provider === 3 ? provider : -1).join('/');
}

interface RoleDefinitionAnswer { id: string; name: string; type: string; properties: JsonObject }

function answerRoleDefinitions(call: Call, scope: string, id: string | undefined): { value: Json[] } | RoleDefinitionAnswer {
  authorize(call, { id: scope }, 'Microsoft.Authorization/roleDefinitions/read');
  const show = (role: RoleDefinition): RoleDefinitionAnswer => ({
    id: `${scope}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
    name: role.id,
    type: 'Microsoft.Authorization/roleDefinitions',
    properties: { roleName: role.roleName, type: 'BuiltInRole', assignableScopes: ['/'], permissions: [{ actions: [...role.actions], notActions: [...role.notActions], dataActions: [...role.dataActions], notDataActions: [] }] },
  });
  if (id === undefined) {
    const filter = /roleName eq '(?<name>[^']+)'/.exec((call.request.query as Record<string, string>)['$filter'] ?? '')?.groups?.['name'];
    return { value: BUILT_IN_ROLES.filter((role) => filter === undefined || role.roleName === filter).map((role) => show(role) as unknown as Json) };
  }
  const role = BUILT_IN_ROLES.find((known) => known.id === id.toLowerCase());
  if (!role) throw new AzureError(404, 'RoleDefinitionDoesNotExist', `The role definition '${id}' is not among the built-in roles of the local Azure.`);
  return show(role);
}

function authorize(call: Call, target: { id: string }, action: string): void {
  if (call.engine.authorizer.isAllowed(call.principal.objectId, action, target.id, 'control')) return;
  throw new AzureError(403, 'AuthorizationFailed', `The client with object id '${call.principal.objectId}' does not have authorization to perform action '${action}' over scope '${target.id}' or the scope is invalid. If access was recently granted, please refresh your credentials.`);
}

function checkApiVersion(call: Call, target: Target): void {
  if (target.row.apiVersions.includes(call.apiVersion)) return;
  throw new AzureError(400, 'NoRegisteredProviderFound', `No registered resource provider found for API version '${call.apiVersion}' for type '${target.row.type}'. The supported api-versions are '${target.row.apiVersions.join(', ')}'.`);
}

function refuseForeignSubscription(path: string, subscriptionId: string): void {
  const named = /^\/subscriptions\/([^/]+)/i.exec(path)?.[1];
  if (named && named.toLowerCase() !== subscriptionId) {
    throw new AzureError(404, 'SubscriptionNotFound', `The subscription '${named}' could not be found. The local Azure has one subscription, ${subscriptionId}.`);
  }
}

function toAzureError(error: unknown): AzureError {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500) return new AzureError(statusCode, 'InvalidRequestContent', message ?? 'The request is not valid.');
  return new AzureError(500, 'InternalServerError', 'The local Azure failed at this request; its log has the cause.');
}
