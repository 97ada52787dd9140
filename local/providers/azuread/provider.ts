import { azureadVersion, readResourceContract, type ResourceContract } from '../../arm/contract/declarations.ts';
import { judge } from '../../arm/contract/judge.ts';
import type { Json, JsonObject } from '../../arm/types.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import type { ServiceClient } from '../armClient.ts';
import { projectOntoInputs } from '../azureNative/projection.ts';
import { topName, type EngineProvider } from '../serve.ts';
import { compareInputs, isUnknown, UNKNOWN } from '../values.ts';
import { APPLICATION_READ_INPUTS, fromGraphApplication, toGraphApplication } from './applicationMapping.ts';

/** One azuread resource over Microsoft Graph. */
interface DirectoryResource {
  readonly replaceOnChange: readonly string[];
  readonly computed: readonly string[];
  create(inputs: JsonObject): Promise<{ id: string; outputs: JsonObject }>;
  /** @returns undefined when it is gone */
  read(id: string, inputs: JsonObject): Promise<JsonObject | undefined>;
  /** Absent when every change replaces. */
  update?(id: string, inputs: JsonObject): Promise<JsonObject>;
  delete(id: string): Promise<void>;
  /** The id of what these inputs may have made; undefined when there is none, or when they do not tell which it is. */
  locate(inputs: JsonObject): Promise<string | undefined>;
  /** What an import takes as inputs. */
  inputsOf(outputs: JsonObject): JsonObject;
}

/**
 * The azuread provider over Microsoft Graph. Ids are those of azuread 6 (`/applications/ID`, `/servicePrincipals/ID`).
 * Source: pulumi.com registry, Azure Active Directory (Azure AD); learn.microsoft.com, "Microsoft Graph REST API v1.0".
 */
export function createAzureadProvider(options: {
  graph: ServiceClient;
  clientConfig: () => { clientId: string; objectId: string; tenantId: string };
}): EngineProvider {
  const { graph } = options;
  const resources: Readonly<Record<string, DirectoryResource>> = {
    Application: application(graph),
    ServicePrincipal: servicePrincipal(graph),
    ApplicationIdentifierUri: identifierUri(graph),
    AppRoleAssignment: appRoleAssignment(graph),
    ApplicationPreAuthorized: preAuthorized(graph),
  };
  const contracts = new Map<string, ResourceContract>();

  return {
    name: 'azuread',
    version: azureadVersion,
    check({ type, news }) {
      find(type);
      const inputs: JsonObject = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
      const contract = contractOf(type);
      const failures = judge(contract.inputs, inputs, '', { definitions: contract.definitions, isUnknown })
        .map((breach) => ({ property: topName(breach.path), reason: breach.message }));
      return { inputs, failures };
    },
    diff({ type, oldInputs, newInputs }) {
      const resource = find(type);
      const changes = compareInputs(oldInputs, newInputs);
      const names = [...new Set(changes.map(({ path }) => topName(path)))];
      const replaces = resource.update ? names.filter((name) => resource.replaceOnChange.includes(name)) : names;
      return { changes, replaces, deleteBeforeReplace: replaces.length > 0 };
    },
    preview({ type, inputs, id, outputs }) {
      if (id !== undefined) return { ...outputs, ...inputs };
      return { ...Object.fromEntries(find(type).computed.map((name) => [name, UNKNOWN])), ...inputs };
    },
    create: ({ type, inputs }) => find(type).create(inputs),
    async read({ type, id, inputs, outputs }) {
      const resource = find(type);
      const fresh = await resource.read(id, inputs);
      if (!fresh) return undefined;
      const isImport = Object.keys(inputs).length === 0;
      if (!isImport && Object.keys(outputs).length === 0) return { id, outputs: fresh, inputs };
      return { id, outputs: fresh, inputs: isImport ? resource.inputsOf(fresh) : projectOntoInputs(inputs, outputs, fresh, contractOf(type).inputs, contractOf(type).definitions) };
    },
    async update({ type, id, inputs }) {
      const resource = find(type);
      if (!resource.update) throw notSupportedLocally(`An update of ${type}`);
      return resource.update(id, inputs);
    },
    delete: ({ type, id }) => find(type).delete(id),
    locate: ({ type, inputs }) => find(type).locate(inputs),
    async invoke(token) {
      if (token === 'azuread:index/getClientConfig:getClientConfig') return { ...options.clientConfig(), id: options.clientConfig().objectId };
      throw notSupportedLocally(`The function ${token}`);
    },
  };

  function find(type: string): DirectoryResource {
    const resource = resources[localName(type)];
    if (!resource || !type.startsWith('azuread:')) throw notSupportedLocally(`The resource type ${type}`);
    return resource;
  }

  function contractOf(type: string): ResourceContract {
    const name = localName(type);
    const contract = contracts.get(name) ?? readResourceContract(`:${name}`, '@pulumi/azuread');
    contracts.set(name, contract);
    return contract;
  }
}

/** `azuread:index/application:Application` → `Application` */
function localName(type: string): string {
  return type.split(':').at(-1) ?? '';
}

function application(graph: ServiceClient): DirectoryResource {
  const read = async (id: string, inputs: JsonObject): Promise<JsonObject | undefined> => {
    const answer = await graph.send('GET', `/v1.0${id}`).catch(ignoreMissing);
    return answer?.body && fromGraphApplication(answer.body, inputs);
  };
  return {
    replaceOnChange: ['templateId'],
    computed: ['clientId', 'objectId', 'publisherDomain', 'appRoleIds', 'oauth2PermissionScopeIds'],
    async create(inputs) {
      refuseUnsupported(inputs, ['password', 'logoImage', 'featureTags', 'templateId', 'owners', 'marketingUrl', 'privacyStatementUrl', 'supportUrl', 'termsOfServiceUrl']);
      const { body } = await graph.send('POST', '/v1.0/applications', toGraphApplication(inputs));
      return { id: `/applications/${String(body?.['id'])}`, outputs: fromGraphApplication(body ?? {}, inputs) };
    },
    read,
    async update(id, inputs) {
      const wanted = toGraphApplication(inputs);
      const current = (await graph.send('GET', `/v1.0${id}`)).body ?? {};
      // Graph refuses to change or remove a role or scope that is enabled: it is disabled first, as azuread does.
      const disabled = disableLeaving(current, wanted);
      if (disabled) await graph.send('PATCH', `/v1.0${id}`, disabled);
      // Identifier URIs may be resources of their own (ApplicationIdentifierUri): without an input they stay as they are.
      await graph.send('PATCH', `/v1.0${id}`, wanted);
      return (await read(id, inputs)) ?? {};
    },
    async delete(id) {
      await graph.send('DELETE', `/v1.0${id}`).catch(ignoreMissing);
    },
    async locate({ displayName }) {
      const answer = await graph.send('GET', `/v1.0/applications?$filter=${encodeURIComponent(`displayName eq '${String(displayName).replaceAll("'", "''")}'`)}`);
      const [only, ...others] = (answer.body?.['value'] ?? []) as JsonObject[];
      return only && others.length === 0 ? `/applications/${String(only['id'])}` : undefined;
    },
    inputsOf: (outputs) => Object.fromEntries(APPLICATION_READ_INPUTS.flatMap((name) => (outputs[name] === undefined ? [] : [[name, outputs[name]]]))),
  };
}

/** A patch that disables every enabled role and scope which the wanted form changes or leaves out; undefined when there is none. */
function disableLeaving(current: JsonObject, wanted: JsonObject): JsonObject | undefined {
  const leaving = (before: Json | undefined, after: Json | undefined): { list: JsonObject[]; changed: boolean } => {
    const list = (before ?? []) as JsonObject[];
    const next = new Map(((after ?? []) as JsonObject[]).map((entry) => [entry['id'], entry]));
    let changed = false;
    const result = list.map((entry) => {
      const twin = next.get(entry['id']);
      if (entry['isEnabled'] !== true || (twin && twin['value'] === entry['value'])) return entry;
      changed = true;
      return { ...entry, isEnabled: false };
    });
    return { list: result, changed };
  };
  const roles = leaving(current['appRoles'], wanted['appRoles']);
  const scopesOf = (form: JsonObject): Json | undefined => (form['api'] as JsonObject | undefined)?.['oauth2PermissionScopes'];
  const scopes = leaving(scopesOf(current), scopesOf(wanted));
  if (!roles.changed && !scopes.changed) return undefined;
  return { ...(roles.changed ? { appRoles: roles.list } : {}), ...(scopes.changed ? { api: { ...(current['api'] as JsonObject), oauth2PermissionScopes: scopes.list } } : {}) };
}

function servicePrincipal(graph: ServiceClient): DirectoryResource {
  const toGraph = (inputs: JsonObject): JsonObject => ({
    accountEnabled: inputs['accountEnabled'] ?? true,
    appRoleAssignmentRequired: inputs['appRoleAssignmentRequired'] ?? false,
    tags: inputs['tags'] ?? [],
    notes: inputs['notes'] ?? null,
    description: inputs['description'] ?? null,
  });
  const fromGraph = (principal: JsonObject, inputs: JsonObject): JsonObject => ({
    ...inputs,
    accountEnabled: principal['accountEnabled'] ?? true,
    appRoleAssignmentRequired: principal['appRoleAssignmentRequired'] ?? false,
    clientId: principal['appId'] as Json,
    objectId: principal['id'] as Json,
    displayName: principal['displayName'] ?? '',
    applicationTenantId: principal['appOwnerOrganizationId'] ?? '',
    servicePrincipalNames: principal['servicePrincipalNames'] ?? [],
    type: principal['servicePrincipalType'] ?? 'Application',
    signInAudience: principal['signInAudience'] ?? 'AzureADMyOrg',
  });
  const read = async (id: string, inputs: JsonObject): Promise<JsonObject | undefined> => {
    const answer = await graph.send('GET', `/v1.0${id}`).catch(ignoreMissing);
    return answer?.body && fromGraph(answer.body, inputs);
  };
  return {
    replaceOnChange: ['clientId'],
    computed: ['objectId', 'displayName', 'applicationTenantId', 'servicePrincipalNames', 'type', 'signInAudience'],
    async create(inputs) {
      refuseUnsupported(inputs, ['useExisting', 'owners', 'features', 'featureTags', 'samlSingleSignOn', 'alternativeNames', 'loginUrl', 'notificationEmailAddresses', 'preferredSingleSignOnMode']);
      const { body } = await graph.send('POST', '/v1.0/servicePrincipals', { appId: inputs['clientId'], ...toGraph(inputs) });
      return { id: `/servicePrincipals/${String(body?.['id'])}`, outputs: fromGraph(body ?? {}, inputs) };
    },
    read,
    async update(id, inputs) {
      await graph.send('PATCH', `/v1.0${id}`, toGraph(inputs));
      return (await read(id, inputs)) ?? {};
    },
    async delete(id) {
      await graph.send('DELETE', `/v1.0${id}`).catch(ignoreMissing);
    },
    async locate({ clientId }) {
      const answer = await graph.send('GET', `/v1.0/servicePrincipals?$filter=${encodeURIComponent(`appId eq '${String(clientId)}'`)}`);
      const [found] = (answer.body?.['value'] ?? []) as JsonObject[];
      return found && `/servicePrincipals/${String(found['id'])}`;
    },
    inputsOf: (outputs) => ({ clientId: outputs['clientId'] as Json, appRoleAssignmentRequired: outputs['appRoleAssignmentRequired'] as Json }),
  };
}

function identifierUri(graph: ServiceClient): DirectoryResource {
  const SEPARATOR = '/identifierUris/';
  const parse = (id: string): { applicationId: string; uri: string } => {
    const [applicationId = '', encoded = ''] = id.split(SEPARATOR);
    return { applicationId, uri: Buffer.from(encoded, 'base64').toString('utf8') };
  };
  const idOf = (applicationId: string, uri: string): string => `${applicationId}${SEPARATOR}${Buffer.from(uri).toString('base64')}`;
  const urisOf = async (applicationId: string): Promise<string[] | undefined> => {
    const answer = await graph.send('GET', `/v1.0${applicationId}`).catch(ignoreMissing);
    return answer?.body && ((answer.body['identifierUris'] ?? []) as string[]);
  };
  // Graph replaces the whole list: two URIs written at once would lose one, so the changes of one application go one after the other.
  const turns = new Map<string, Promise<void>>();
  const change = (applicationId: string, next: (uris: string[]) => string[]): Promise<void> => {
    const turn = (turns.get(applicationId) ?? Promise.resolve()).catch(() => undefined).then(async () => {
      const uris = await urisOf(applicationId);
      if (uris) await graph.send('PATCH', `/v1.0${applicationId}`, { identifierUris: next(uris) });
    });
    turns.set(applicationId, turn);
    return turn;
  };
  return {
    replaceOnChange: ['applicationId', 'identifierUri'],
    computed: [],
    async create(inputs) {
      const applicationId = String(inputs['applicationId']);
      const uri = String(inputs['identifierUri']);
      await change(applicationId, (uris) => {
        if (uris.includes(uri)) throw new Error(`The application ${applicationId} has the identifier URI ${uri} already. Import it, or remove it first.`);
        return [...uris, uri];
      });
      return { id: idOf(applicationId, uri), outputs: { applicationId, identifierUri: uri } };
    },
    async read(id) {
      const { applicationId, uri } = parse(id);
      return (await urisOf(applicationId))?.includes(uri) ? { applicationId, identifierUri: uri } : undefined;
    },
    async delete(id) {
      const { applicationId, uri } = parse(id);
      await change(applicationId, (uris) => uris.filter((other) => other !== uri));
    },
    async locate({ applicationId, identifierUri }) {
      const uris = await urisOf(String(applicationId));
      return uris?.includes(String(identifierUri)) ? idOf(String(applicationId), String(identifierUri)) : undefined;
    },
    inputsOf: (outputs) => outputs,
  };
}

/** One entry of an application's preauthorized clients. Graph replaces the whole list, so that the changes of one application go one after the other. */
function preAuthorized(graph: ServiceClient): DirectoryResource {
  const SEPARATOR = '/preAuthorizedApplication/';
  interface Entry { appId: string; delegatedPermissionIds: string[] }
  const entriesOf = async (applicationId: string): Promise<Entry[] | undefined> => {
    const answer = await graph.send('GET', `/v1.0${applicationId}`).catch(ignoreMissing);
    return answer?.body && (((answer.body['api'] as JsonObject)['preAuthorizedApplications'] ?? []) as unknown as Entry[]);
  };
  const turns = new Map<string, Promise<void>>();
  const change = (applicationId: string, next: (entries: Entry[]) => Entry[]): Promise<void> => {
    const turn = (turns.get(applicationId) ?? Promise.resolve()).catch(() => undefined).then(async () => {
      const entries = await entriesOf(applicationId);
      if (entries) await graph.send('PATCH', `/v1.0${applicationId}`, { api: { preAuthorizedApplications: next(entries) as unknown as Json } });
    });
    turns.set(applicationId, turn);
    return turn;
  };
  const toEntry = (inputs: JsonObject): Entry => ({ appId: String(inputs['authorizedClientId']), delegatedPermissionIds: [...(inputs['permissionIds'] as string[])].sort() });
  const outputsOf = (applicationId: string, { appId, delegatedPermissionIds }: Entry, given: Json | undefined): JsonObject => {
    // The order of the list says nothing: the one that the program wrote stays.
    const same = Array.isArray(given) && [...given].sort().join() === [...delegatedPermissionIds].sort().join();
    return { applicationId, authorizedClientId: appId, permissionIds: same ? given : delegatedPermissionIds };
  };
  return {
    replaceOnChange: ['applicationId', 'authorizedClientId'],
    computed: [],
    async create(inputs) {
      const applicationId = String(inputs['applicationId']);
      const entry = toEntry(inputs);
      await change(applicationId, (entries) => {
        if (entries.some(({ appId }) => appId === entry.appId)) throw new Error(`The application ${applicationId} has preauthorized the client ${entry.appId} already. Import it, or remove it first.`);
        return [...entries, entry];
      });
      return { id: `${applicationId}${SEPARATOR}${entry.appId}`, outputs: outputsOf(applicationId, entry, inputs['permissionIds']) };
    },
    async read(id, inputs) {
      const [applicationId = '', clientId = ''] = id.split(SEPARATOR);
      const entry = (await entriesOf(applicationId))?.find(({ appId }) => appId === clientId);
      return entry && outputsOf(applicationId, entry, inputs['permissionIds']);
    },
    async update(id, inputs) {
      const [applicationId = ''] = id.split(SEPARATOR);
      const entry = toEntry(inputs);
      await change(applicationId, (entries) => [...entries.filter(({ appId }) => appId !== entry.appId), entry]);
      return outputsOf(applicationId, entry, inputs['permissionIds']);
    },
    async delete(id) {
      const [applicationId = '', clientId = ''] = id.split(SEPARATOR);
      await change(applicationId, (entries) => entries.filter(({ appId }) => appId !== clientId));
    },
    async locate({ applicationId, authorizedClientId }) {
      const entries = await entriesOf(String(applicationId));
      return entries?.some(({ appId }) => appId === authorizedClientId) ? `${String(applicationId)}${SEPARATOR}${String(authorizedClientId)}` : undefined;
    },
    inputsOf: (outputs) => outputs,
  };
}

function appRoleAssignment(graph: ServiceClient): DirectoryResource {
  const pathOf = (resourceObjectId: string): string => `/v1.0/servicePrincipals/${resourceObjectId}/appRoleAssignedTo`;
  const parse = (id: string): { resource: string; assignment: string } => {
    const match = /^\/?servicePrincipals\/([^/]+)\/appRoleAssignedTo\/(.+)$/.exec(id);
    if (!match) throw new Error(`'${id}' is not the id of an app role assignment. Form: /servicePrincipals/RESOURCE/appRoleAssignedTo/ID.`);
    return { resource: match[1] as string, assignment: match[2] as string };
  };
  const fromGraph = (assignment: JsonObject): JsonObject => ({
    appRoleId: assignment['appRoleId'] as Json,
    principalObjectId: assignment['principalId'] as Json,
    resourceObjectId: assignment['resourceId'] as Json,
    principalDisplayName: assignment['principalDisplayName'] ?? '',
    principalType: assignment['principalType'] ?? '',
    resourceDisplayName: assignment['resourceDisplayName'] ?? '',
  });
  return {
    replaceOnChange: ['appRoleId', 'principalObjectId', 'resourceObjectId'],
    computed: ['principalDisplayName', 'principalType', 'resourceDisplayName'],
    async create(inputs) {
      const resource = String(inputs['resourceObjectId']);
      const { body } = await graph.send('POST', pathOf(resource), { appRoleId: inputs['appRoleId'], principalId: inputs['principalObjectId'], resourceId: resource });
      return { id: `/servicePrincipals/${resource}/appRoleAssignedTo/${String(body?.['id'])}`, outputs: fromGraph(body ?? {}) };
    },
    async read(id) {
      const { resource, assignment } = parse(id);
      const answer = await graph.send('GET', pathOf(resource)).catch(ignoreMissing);
      const found = ((answer?.body?.['value'] ?? []) as JsonObject[]).find((entry) => entry['id'] === assignment);
      return found && fromGraph(found);
    },
    async delete(id) {
      const { resource, assignment } = parse(id);
      await graph.send('DELETE', `${pathOf(resource)}/${assignment}`).catch(ignoreMissing);
    },
    async locate({ appRoleId, principalObjectId, resourceObjectId }) {
      const answer = await graph.send('GET', pathOf(String(resourceObjectId))).catch(ignoreMissing);
      const found = ((answer?.body?.['value'] ?? []) as JsonObject[]).find((entry) => entry['appRoleId'] === appRoleId && entry['principalId'] === principalObjectId);
      return found && `/servicePrincipals/${String(resourceObjectId)}/appRoleAssignedTo/${String(found['id'])}`;
    },
    inputsOf: ({ appRoleId = null, principalObjectId = null, resourceObjectId = null }) => ({ appRoleId, principalObjectId, resourceObjectId }),
  };
}

function refuseUnsupported(inputs: JsonObject, names: readonly string[]): void {
  const given = names.filter((name) => inputs[name] !== undefined);
  if (given.length > 0) throw notSupportedLocally(`The input ${given.join(', ')} of this azuread resource`);
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof AzureError && error.status === 404) return undefined;
  throw error;
}
