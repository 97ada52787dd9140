import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import { recordConsent } from './consent.ts';
import type { Application, ServicePrincipal, User } from './records.ts';
import { resolveScopes, type TargetResource } from './resources.ts';
import { assignAppRole } from './roleAssignments.ts';
import type { DirectoryStore } from './store.ts';
import type { TokenIssuer } from './tokenIssuer.ts';
import type { IssuedToken } from './types.ts';

/** Whose token: a person's, a daemon's, or an agent identity's. */
export type CallerKind = 'user' | 'app' | 'agent';

export interface McpTokenRequest {
  /** The application of the MCP server, by client id or by one of its identifier URIs. */
  readonly application: { readonly applicationClientId: string } | { readonly identifierUri: string };
  readonly as: CallerKind;
  /** Tools that the token is good for; all when absent, none when empty. */
  readonly tools?: readonly string[];
}

const ROLE_PREFIX = 'Tools.';
const callerSchema = z.object({ apiAppId: z.guid(), principalId: z.guid() });

/**
 * Issues tokens for the tools of an MCP server, through real assignments: a caller of the wanted kind is made for each server application,
 * it is assigned exactly the roles of the wanted tools, and the token comes from the same issuer as those of the token endpoint.
 */
export function createMcpCallers(deps: { context: LocalContext; store: DirectoryStore; issuer: TokenIssuer; commandLineAppId: string }): (request: McpTokenRequest) => Promise<IssuedToken> {
  const { context, store, issuer } = deps;
  const callers = context.documents.collection('entra-local-callers', callerSchema);

  const dropCallersOfGoneServers = (): void => {
    for (const [key, { apiAppId, principalId }] of callers.entries()) {
      if (store.applicationByAppId(apiAppId)) continue;
      const principal = store.servicePrincipals.get(principalId);
      const application = principal && store.applicationByAppId(principal.appId);
      if (application) {
        store.deleteApplication(application.id);
        store.purge(application.id);
      }
      if (principal) {
        store.deleteServicePrincipal(principal.id);
        store.purge(principal.id);
      }
      store.users.delete(principalId);
      callers.delete(key);
    }
  };

  const remember = (kind: CallerKind, api: Application, make: () => string): string => {
    const key = `${kind}:${api.appId}`;
    const known = callers.get(key);
    if (known && store.principal(known.principalId)) return known.principalId;
    const principalId = make();
    callers.put(key, { apiAppId: api.appId, principalId });
    return principalId;
  };

  const ensureUser = (api: Application): User => {
    const id = remember('user', api, () => store.addUser({ userPrincipalName: `local-user-${api.appId.slice(0, 8)}@${store.domain}`, displayName: `Local user of ${api.displayName}` }).id);
    const user = store.users.get(id);
    if (!user) throw new Error(`The local user of application ${api.appId} is missing although it was just made.`);
    return user;
  };

  const ensureServicePrincipal = (kind: 'app' | 'agent', api: Application): ServicePrincipal => {
    const id = remember(kind, api, () => {
      const displayName = kind === 'app' ? `Local app calling ${api.displayName}` : `Local agent calling ${api.displayName}`;
      if (kind === 'app') {
        const application = store.addApplication({ displayName });
        return store.addServicePrincipal({ appId: application.appId, displayName }).id;
      }
      const blueprint = ensureBlueprint(store);
      // The identity of an agent has an id of its own and no application: its blueprint stands for that.
      const appId = crypto.randomUUID();
      return store.addServicePrincipal({ id: appId, appId, displayName, servicePrincipalType: 'ServiceIdentity', agentBlueprintAppId: blueprint.appId }).id;
    });
    const principal = store.servicePrincipals.get(id);
    if (!principal) throw new Error(`The local ${kind} of application ${api.appId} is missing although it was just made.`);
    return principal;
  };

  return async (request) => {
    dropCallersOfGoneServers();
    const { application: api, servicePrincipal: resource, asked } = findServer(store, request.application);
    const target: TargetResource = { kind: 'application', application: api, servicePrincipal: resource, asked };
    const tools = wantedTools(api, request);
    if (request.as === 'user') {
      const user = ensureUser(api);
      assignExactly(store, user.id, api, resource, tools);
      const commandLine = store.applicationByAppId(deps.commandLineAppId);
      if (!commandLine) throw new AzureError(500, 'LocalCommandLineMissing', 'The application "Local command line" is gone from the directory. Restart the local Azure: it is made again at start.');
      recordConsent(store, commandLine, user, target, tools, 'exactly');
      const scope = ['openid', 'profile', ...(tools.length > 0 ? tools.map((tool) => `${asked}/${tool}`) : [])].join(' ');
      if (tools.length === 0) throw new AzureError(400, 'NoTools', 'A delegated token carries at least one scope: name at least one tool.');
      return issuer.forUser(user, commandLine, 'none', resolveScopes(store, scope));
    }
    const principal = ensureServicePrincipal(request.as, api);
    assignExactly(store, principal.id, api, resource, tools);
    return issuer.forServicePrincipal(principal, request.as === 'app' ? 'secret' : 'certificate', target);
  };
}

function findServer(store: DirectoryStore, named: McpTokenRequest['application']): { application: Application; servicePrincipal: ServicePrincipal; asked: string } {
  const asked = 'applicationClientId' in named ? named.applicationClientId : named.identifierUri;
  const application = 'applicationClientId' in named ? store.applicationByAppId(asked) : store.applicationByIdentifierUri(asked);
  const servicePrincipal = application && store.servicePrincipalByAppId(application.appId);
  if (!application || !servicePrincipal) {
    const known = store.applications.values().filter(({ appRoles }) => appRoles.some(({ value }) => value?.startsWith(ROLE_PREFIX)));
    throw new AzureError(
      404,
      'UnknownMcpApplication',
      `No application with a service principal is called ${asked}. Applications with roles for tools: ${known.map(({ displayName, appId }) => `${displayName} (${appId})`).join(', ') || 'none; deploy a stack first'}.`,
    );
  }
  return { application, servicePrincipal, asked };
}

/** @throws AzureError UnknownTool, with the tools that the application has for this kind of caller */
function wantedTools(api: Application, { as, tools }: McpTokenRequest): readonly string[] {
  const memberType = as === 'user' ? 'User' : 'Application';
  const byRole = api.appRoles.flatMap(({ value, isEnabled, allowedMemberTypes }) =>
    isEnabled && allowedMemberTypes.includes(memberType) && value?.startsWith(ROLE_PREFIX) ? [value.slice(ROLE_PREFIX.length)] : [],
  );
  const byScope = new Set(api.api.oauth2PermissionScopes.flatMap(({ value, isEnabled }) => (isEnabled && value !== null ? [value] : [])));
  const allowed = as === 'user' ? byRole.filter((tool) => byScope.has(tool)) : byRole;
  const unknown = tools?.filter((tool) => !allowed.includes(tool)) ?? [];
  if (unknown.length > 0) {
    throw new AzureError(400, 'UnknownTool', `Application ${api.displayName} has no tool ${unknown.map((tool) => `"${tool}"`).join(', ')} for a caller of kind ${as}. Its tools are: ${allowed.join(', ') || 'none'}.`);
  }
  return tools ? allowed.filter((tool) => tools.includes(tool)) : allowed;
}

function assignExactly(store: DirectoryStore, principalId: string, api: Application, resource: ServicePrincipal, tools: readonly string[]): void {
  const wanted = new Set(api.appRoles.flatMap(({ id, value }) => (tools.some((tool) => value === `${ROLE_PREFIX}${tool}`) ? [id] : [])));
  for (const [id, assignment] of store.assignments.entries()) {
    if (assignment.principalId !== principalId || assignment.resourceId !== resource.id) continue;
    if (!wanted.delete(assignment.appRoleId)) store.assignments.delete(id);
  }
  for (const appRoleId of wanted) assignAppRole(store, { principalId, resourceId: resource.id, appRoleId });
}

function ensureBlueprint(store: DirectoryStore): Application {
  const displayName = 'Local agent blueprint';
  const known = store.applications.values().find((application) => application.displayName === displayName);
  if (known) return known;
  const blueprint = store.addApplication({ displayName });
  store.addServicePrincipal({ appId: blueprint.appId, displayName });
  return blueprint;
}
