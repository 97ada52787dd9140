import { randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import type { LocalContext } from '../core/context.ts';
import type { Listener } from '../core/listeners.ts';
import { addClientSecret, removeClientSecret } from '../entra/clientSecrets.ts';
import type { LocalDirectory } from '../entra/directory.ts';
import type { Application, AppRoleAssignment, Group, PermissionGrant, ServicePrincipal, User } from '../entra/records.ts';
import { assignAppRole } from '../entra/roleAssignments.ts';
import type { DirectoryStore, GroupMember } from '../entra/store.ts';
import { AUDIENCES, type Principal } from '../entra/types.ts';
import { createApplication, presentApplication, refuseConflictingRestore, updateApplication } from './applications.ts';
import {
  addPasswordBody,
  APPLICATION_NOT_OFFERED,
  APPLICATION_READ_ONLY,
  applicationBody,
  appRoleAssignmentBody,
  GROUP_NOT_OFFERED,
  GROUP_READ_ONLY,
  groupBody,
  permissionGrantBody,
  permissionGrantChange,
  readBody,
  removePasswordBody,
  SERVICE_PRINCIPAL_NOT_OFFERED,
  SERVICE_PRINCIPAL_READ_ONLY,
  servicePrincipalBody,
} from './bodies.ts';
import { addMember, createGroup, presentGroup, presentMember, refuseMemberDeletion, removeMember, updateGroup } from './groups.ts';
import { badRequest, newRequestId, resourceNotFound, toGraphErrorBody } from './graphError.ts';
import { queryCollection, selectProperties, type GraphObject } from './query.ts';
import { createServicePrincipal, presentServicePrincipal, refuseConflictingPrincipal, updateServicePrincipal } from './servicePrincipals.ts';

export interface Graph {
  readonly listener: Listener;
  /** Base of the v1.0 API. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the local Microsoft Graph, listener `graph`: the part of v1.0 that manages applications and their assignments. */
export async function createGraph(context: LocalContext, directory: LocalDirectory): Promise<Graph> {
  const app = buildRoutes(context, directory);
  await app.ready();
  const listener = await context.listeners.open('graph', (request, response) => app.routing(request, response), { tls: true });
  return {
    listener,
    url: `${listener.url}/v1.0`,
    async close() {
      await listener.close();
      await app.close();
    },
  };
}

const APPLICATION = { typeName: 'Application', readOnly: APPLICATION_READ_ONLY, notOffered: APPLICATION_NOT_OFFERED };
const SERVICE_PRINCIPAL = { typeName: 'ServicePrincipal', readOnly: SERVICE_PRINCIPAL_READ_ONLY, notOffered: SERVICE_PRINCIPAL_NOT_OFFERED };

const GROUP = { typeName: 'Group', readOnly: GROUP_READ_ONLY, notOffered: GROUP_NOT_OFFERED };

declare module 'fastify' {
  interface FastifyRequest {
    graphPrincipal: Principal | null;
  }
}

function buildRoutes(context: LocalContext, directory: LocalDirectory): FastifyInstance {
  const { store } = directory;
  const app = fastify({
    bodyLimit: 1024 * 1024,
    genReqId: newRequestId,
    // Objects may be named by an alternate key, applications(appId='…'), which a router cannot tell from a name.
    rewriteUrl: (request) => (request.url ?? '/').replace(/^(\/v1\.0\/(?:applications|servicePrincipals))\((appId)=(?:'|%27)([^'%/]+)(?:'|%27)\)/, '$1/$2=$3'),
  });
  app.decorateRequest('graphPrincipal', null);
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('request-id', request.id).header('client-request-id', clientRequestId(request) ?? request.id);
    request.graphPrincipal = await directory.verify(request.headers.authorization, AUDIENCES.graph);
    const mayRead = request.graphPrincipal.kind === 'user' && pathOf(request) === '/v1.0/me';
    if (request.graphPrincipal.objectId !== directory.operator.objectId && !mayRead) {
      throw new AzureError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation. In the local tenant the operator alone manages the directory.');
    }
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = asAzureError(error);
    if (refusal.code === 'generalException') context.log.error({ err: error, url: pathOf(request) }, 'The local Graph failed');
    return reply
      .status(refusal.status)
      .headers(refusal.headers)
      .send(toGraphErrorBody(refusal, context.now(), { requestId: request.id, clientRequestId: clientRequestId(request) }));
  });
  app.setNotFoundHandler((request) => {
    throw notSupportedLocally(`${request.method} ${pathOf(request)} of Microsoft Graph`);
  });
  void app.register(
    async (api) => {
      applicationRoutes(api, store);
      servicePrincipalRoutes(api, store);
      groupRoutes(api, store);
      assignmentRoutes(api, store);
      grantRoutes(api, store);
      deletedItemRoutes(api, store);
      peopleRoutes(api, store);
    },
    { prefix: '/v1.0' },
  );
  return app;
}

type Keyed = FastifyRequest<{ Params: { key: string; id: string } }>;

function applicationRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const filterable = ['id', 'appId', 'displayName', 'identifierUris', 'signInAudience', 'tags'];
  const find = (key: string): Application => {
    const application = key.startsWith('appId=') ? store.applicationByAppId(key.slice('appId='.length)) : store.applications.get(key.toLowerCase());
    if (!application) throw resourceNotFound(key);
    return application;
  };
  api.get('/applications', async (request) => list(request, store.applications.values().map((one) => presentApplication(one)), { typeName: 'application', filterable, set: 'applications' }));
  api.post('/applications', async (request, reply) => created(request, reply, 'applications', presentApplication(createApplication(store, readBody(applicationBody, request.body, APPLICATION)))));
  api.get('/applications/:key', async (request: Keyed) => entity(request, 'applications', presentApplication(find(request.params.key)), 'application'));
  api.patch('/applications/:key', async (request: Keyed, reply) => {
    updateApplication(store, find(request.params.key), readBody(applicationBody, request.body, APPLICATION));
    return reply.status(204).send();
  });
  api.delete('/applications/:key', async (request: Keyed, reply) => {
    store.deleteApplication(find(request.params.key).id);
    return reply.status(204).send();
  });
  api.post('/applications/:key/addPassword', async (request: Keyed) => {
    const { passwordCredential } = readBody(addPasswordBody, request.body ?? {}, { typeName: 'passwordCredential' });
    const { credential, secretText } = addClientSecret(store, find(request.params.key), passwordCredential ?? {});
    return { '@odata.context': contextOf(request, 'microsoft.graph.passwordCredential'), customKeyIdentifier: null, ...credential, secretText };
  });
  api.post('/applications/:key/removePassword', async (request: Keyed, reply) => {
    const { keyId } = readBody(removePasswordBody, request.body, { typeName: 'passwordCredential' });
    if (!removeClientSecret(store, find(request.params.key), keyId)) throw badRequest(`No password credential found with keyId ${keyId}.`, 'keyId');
    return reply.status(204).send();
  });
}

function servicePrincipalRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const filterable = ['id', 'appId', 'displayName', 'servicePrincipalNames', 'servicePrincipalType', 'tags', 'alternativeNames'];
  const present = (principal: ServicePrincipal): GraphObject => presentServicePrincipal(store, principal);
  api.get('/servicePrincipals', async (request) => list(request, store.servicePrincipals.values().map(present), { typeName: 'servicePrincipal', filterable, set: 'servicePrincipals' }));
  api.post('/servicePrincipals', async (request, reply) => created(request, reply, 'servicePrincipals', present(createServicePrincipal(store, readBody(servicePrincipalBody, request.body, SERVICE_PRINCIPAL)))));
  api.get('/servicePrincipals/:key', async (request: Keyed) => entity(request, 'servicePrincipals', present(findServicePrincipal(store, request.params.key)), 'servicePrincipal'));
  api.patch('/servicePrincipals/:key', async (request: Keyed, reply) => {
    updateServicePrincipal(store, findServicePrincipal(store, request.params.key), readBody(servicePrincipalBody, request.body, SERVICE_PRINCIPAL));
    return reply.status(204).send();
  });
  api.delete('/servicePrincipals/:key', async (request: Keyed, reply) => {
    const principal = findServicePrincipal(store, request.params.key);
    if (principal.servicePrincipalType === 'ManagedIdentity') throw badRequest(`Service principal ${principal.id} belongs to a managed identity; delete the identity in Azure Resource Manager.`);
    store.deleteServicePrincipal(principal.id);
    return reply.status(204).send();
  });
}

function groupRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const filterable = ['id', 'displayName', 'mailNickname', 'securityEnabled'];
  const objects = { user: (id: string) => presentUser(findUser(store, id)), group: (id: string) => presentGroup(findGroup(store, id)), servicePrincipal: (id: string) => presentServicePrincipal(store, findServicePrincipal(store, id)) };
  api.get('/groups', async (request) => list(request, store.groups.values().map(presentGroup), { typeName: 'group', filterable, set: 'groups' }));
  api.post('/groups', async (request, reply) => created(request, reply, 'groups', presentGroup(createGroup(store, readBody(groupBody, request.body, GROUP)))));
  api.get('/groups/:key', async (request: Keyed) => entity(request, 'groups', presentGroup(findGroup(store, request.params.key)), 'group'));
  api.patch('/groups/:key', async (request: Keyed, reply) => {
    updateGroup(store, findGroup(store, request.params.key), readBody(groupBody, request.body, GROUP));
    return reply.status(204).send();
  });
  api.delete('/groups/:key', async (request: Keyed, reply) => {
    store.deleteGroup(findGroup(store, request.params.key).id);
    return reply.status(204).send();
  });
  const collection = (path: string, membersOf: (group: Group) => GroupMember[]): void => {
    api.get(path, async (request: Keyed) =>
      list(request, membersOf(findGroup(store, request.params.key)).map((member) => presentMember(member, objects)), { typeName: 'directoryObject', filterable: ['id'], set: 'directoryObjects', isMixed: true }));
  };
  collection('/groups/:key/members', store.directMembers);
  collection('/groups/:key/transitiveMembers', store.transitiveMembers);
  api.post('/groups/:key/members/$ref', async (request: Keyed, reply) => {
    addMember(store, findGroup(store, request.params.key), request.body);
    return reply.status(204).send();
  });
  api.delete('/groups/:key/members/:id/$ref', async (request: Keyed, reply) => {
    removeMember(store, findGroup(store, request.params.key), request.params.id);
    return reply.status(204).send();
  });
  api.delete('/groups/:key/members/:id', async () => refuseMemberDeletion());
}

/** The same assignments are seen from the resource (appRoleAssignedTo) and from the principal (appRoleAssignments). */
function assignmentRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const views: { path: string; name: string; ownerOf(assignment: { principalId: string; resourceId: string }): string; find(key: string): string }[] = [
    { path: '/servicePrincipals/:key/appRoleAssignedTo', name: 'appRoleAssignedTo', ownerOf: ({ resourceId }) => resourceId, find: (key) => findServicePrincipal(store, key).id },
    { path: '/servicePrincipals/:key/appRoleAssignments', name: 'appRoleAssignments', ownerOf: ({ principalId }) => principalId, find: (key) => findServicePrincipal(store, key).id },
    { path: '/groups/:key/appRoleAssignments', name: 'appRoleAssignments', ownerOf: ({ principalId }) => principalId, find: (key) => findGroup(store, key).id },
    { path: '/users/:key/appRoleAssignments', name: 'appRoleAssignments', ownerOf: ({ principalId }) => principalId, find: (key) => findUser(store, key).id },
  ];
  const present = (assignment: AppRoleAssignment): GraphObject => ({ ...assignment, deletedDateTime: null });
  const filterable = ['id', 'principalId', 'resourceId', 'appRoleId', 'principalType', 'principalDisplayName'];
  for (const { path, name, ownerOf, find } of views) {
    const ownedBy = (key: string): AppRoleAssignment[] => {
      const owner = find(key);
      return store.liveAssignments().filter((assignment) => ownerOf(assignment) === owner);
    };
    const findOne = (request: Keyed): AppRoleAssignment => {
      const assignment = ownedBy(request.params.key).find(({ id }) => id === request.params.id);
      if (!assignment) throw resourceNotFound(request.params.id);
      return assignment;
    };
    api.get(path, async (request: Keyed) => list(request, ownedBy(request.params.key).map(present), { typeName: 'appRoleAssignment', filterable, set: name }));
    api.post(path, async (request: Keyed, reply) => {
      const body = readBody(appRoleAssignmentBody, request.body, { typeName: 'AppRoleAssignment', readOnly: ['id', 'createdDateTime', 'principalDisplayName', 'principalType'] });
      const owner = find(request.params.key);
      if (ownerOf(body) !== owner) throw badRequest(`The body assigns for ${ownerOf(body)}, the path names ${owner}; they have to be the same object.`);
      return created(request, reply, name, present(assignAppRole(store, body)));
    });
    api.get(`${path}/:id`, async (request: Keyed) => entity(request, name, present(findOne(request)), 'appRoleAssignment'));
    api.delete(`${path}/:id`, async (request: Keyed, reply) => {
      store.assignments.delete(findOne(request).id);
      return reply.status(204).send();
    });
  }
}

function grantRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const set = 'oauth2PermissionGrants';
  const filterable = ['clientId', 'consentType', 'principalId', 'resourceId'];
  const find = (id: string): PermissionGrant => {
    const grant = store.liveGrants().find((one) => one.id === id);
    if (!grant) throw resourceNotFound(id);
    return grant;
  };
  api.get(`/${set}`, async (request) => list(request, store.liveGrants(), { typeName: 'oAuth2PermissionGrant', filterable, set }));
  api.post(`/${set}`, async (request, reply) => {
    const body = readBody(permissionGrantBody, request.body, { typeName: 'OAuth2PermissionGrant', readOnly: ['id'] });
    findServicePrincipal(store, body.clientId);
    findServicePrincipal(store, body.resourceId);
    if ((body.consentType === 'Principal') !== (body.principalId !== null)) throw badRequest('principalId names the user of a grant of consentType Principal, and is null for AllPrincipals.', 'principalId');
    if (body.principalId !== null) findUser(store, body.principalId);
    const twin = store.liveGrants().find((one) => one.clientId === body.clientId && one.resourceId === body.resourceId && one.consentType === body.consentType && one.principalId === body.principalId);
    if (twin) throw new AzureError(409, 'Request_MultipleObjectsWithSameKeyValue', `Permission entry already exists: ${twin.id}. Change its scope by PATCH.`);
    const grant: PermissionGrant = { id: randomUUID(), ...body };
    store.grants.put(grant.id, grant);
    return created(request, reply, set, grant);
  });
  api.get(`/${set}/:key`, async (request: Keyed) => entity(request, set, find(request.params.key), 'oAuth2PermissionGrant'));
  api.patch(`/${set}/:key`, async (request: Keyed, reply) => {
    const grant = find(request.params.key);
    const { scope } = readBody(permissionGrantChange, request.body, { typeName: 'OAuth2PermissionGrant', readOnly: ['id', 'clientId', 'consentType', 'principalId', 'resourceId'] });
    store.grants.put(grant.id, { ...grant, scope });
    return reply.status(204).send();
  });
  api.delete(`/${set}/:key`, async (request: Keyed, reply) => {
    store.grants.delete(find(request.params.key).id);
    return reply.status(204).send();
  });
}

function deletedItemRoutes(api: FastifyInstance, store: DirectoryStore): void {
  const path = '/directory/deletedItems';
  const present = (item: ReturnType<DirectoryStore['deletedItems']>[number]): GraphObject => {
    if (item.kind === 'application') return { '@odata.type': '#microsoft.graph.application', ...presentApplication(item.object, item.deletedDateTime) };
    const application = store.deletedItems().find((other) => other.kind === 'application' && other.object.appId === item.object.appId);
    return {
      '@odata.type': '#microsoft.graph.servicePrincipal',
      ...presentServicePrincipal(store, item.object, { deletedDateTime: item.deletedDateTime, application: application?.kind === 'application' ? application.object : undefined }),
    };
  };
  const find = (id: string): ReturnType<DirectoryStore['deletedItems']>[number] => {
    const item = store.deletedItems().find(({ object }) => object.id === id.toLowerCase());
    if (!item) throw resourceNotFound(id);
    return item;
  };
  for (const kind of ['application', 'servicePrincipal'] as const) {
    api.get(`${path}/microsoft.graph.${kind}`, async (request) =>
      list(request, store.deletedItems().filter((item) => item.kind === kind).map(present), { typeName: kind, filterable: ['id', 'appId', 'displayName'], set: `directory/deletedItems/microsoft.graph.${kind}` }),
    );
  }
  api.get(`${path}/:key`, async (request: Keyed) => entity(request, 'directoryObjects', present(find(request.params.key)), 'directoryObject'));
  api.delete(`${path}/:key`, async (request: Keyed, reply) => {
    store.purge(find(request.params.key).object.id);
    return reply.status(204).send();
  });
  api.post(`${path}/:key/restore`, async (request: Keyed) => {
    const item = find(request.params.key);
    if (item.kind === 'application') refuseConflictingRestore(store, item.object);
    else refuseConflictingPrincipal(store, item.object);
    store.restore(item.object.id);
    return entity(request, 'directoryObjects', { ...present(item), deletedDateTime: null }, 'directoryObject');
  });
}

function peopleRoutes(api: FastifyInstance, store: DirectoryStore): void {
  api.get('/users', async (request) => list(request, store.users.values().map(presentUser), { typeName: 'user', filterable: ['id', 'userPrincipalName', 'displayName', 'mail', 'accountEnabled'], set: 'users' }));
  api.get('/users/:key', async (request: Keyed) => entity(request, 'users', presentUser(findUser(store, request.params.key)), 'user'));
  api.get('/me', async (request) => {
    const principal = request.graphPrincipal;
    if (principal?.kind !== 'user') throw new AzureError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
    return entity(request, 'users', presentUser(findUser(store, principal.objectId)), 'user');
  });
  api.get('/organization', async (request) => {
    const organization = {
      id: store.tenantId,
      displayName: 'Local tenant',
      tenantType: 'AAD',
      verifiedDomains: [{ name: store.domain, type: 'Managed', isDefault: true, isInitial: true, capabilities: '' }],
    };
    return list(request, [organization], { typeName: 'organization', filterable: ['id'], set: 'organization' });
  });
}

function presentUser(user: User): GraphObject {
  return { ...user, businessPhones: [], jobTitle: null, mobilePhone: null, officeLocation: null, preferredLanguage: null, deletedDateTime: null };
}

function findGroup(store: DirectoryStore, key: string): Group {
  const group = store.groups.get(key.toLowerCase());
  if (!group) throw resourceNotFound(key);
  return group;
}

function findServicePrincipal(store: DirectoryStore, key: string): ServicePrincipal {
  const principal = key.startsWith('appId=') ? store.servicePrincipalByAppId(key.slice('appId='.length)) : store.servicePrincipals.get(key.toLowerCase());
  if (!principal) throw resourceNotFound(key);
  return principal;
}

function findUser(store: DirectoryStore, key: string): User {
  const user = store.users.get(key.toLowerCase()) ?? store.userByName(key);
  if (!user) throw resourceNotFound(key);
  return user;
}

function list(request: FastifyRequest, objects: readonly GraphObject[], options: { typeName: string; filterable: readonly string[]; set: string; isMixed?: boolean }): GraphObject {
  const query = request.query as GraphObject;
  const { value, nextSkipToken } = queryCollection(objects, query, options);
  const next = nextSkipToken === undefined ? undefined : new URLSearchParams({ ...(query as Record<string, string>), $skiptoken: nextSkipToken });
  return {
    '@odata.context': contextOf(request, options.set),
    ...(next === undefined ? {} : { '@odata.nextLink': `${originOf(request)}${pathOf(request)}?${next.toString()}` }),
    value,
  };
}

function entity(request: FastifyRequest, set: string, object: GraphObject, typeName: string): GraphObject {
  return { '@odata.context': contextOf(request, `${set}/$entity`), ...selectProperties(object, request.query as GraphObject, typeName) };
}

function created(request: FastifyRequest, reply: FastifyReply, set: string, object: GraphObject): FastifyReply {
  return reply
    .status(201)
    .header('location', `${originOf(request)}${pathOf(request)}/${String(object['id'])}`)
    .send({ '@odata.context': contextOf(request, `${set}/$entity`), ...object });
}

function originOf(request: FastifyRequest): string {
  return `https://${request.headers.host ?? 'graph.microsoft.com'}`;
}

function contextOf(request: FastifyRequest, fragment: string): string {
  return `${originOf(request)}/v1.0/$metadata#${fragment}`;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '/';
}

function clientRequestId(request: FastifyRequest): string | undefined {
  const id = request.headers['client-request-id'];
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

function asAzureError(error: unknown): AzureError {
  if (error instanceof AzureError) return error;
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) return new AzureError(status, 'BadRequest', `Unable to read JSON request payload. ${(error as Error).message}`);
  return new AzureError(500, 'generalException', 'The local Graph failed; its log has the details.');
}
