import { AppRoleAssignment } from '@pulumi/azuread/appRoleAssignment.js';
import { Application } from '@pulumi/azuread/application.js';
import { ApplicationIdentifierUri } from '@pulumi/azuread/applicationIdentifierUri.js';
import { ApplicationPreAuthorized } from '@pulumi/azuread/applicationPreAuthorized.js';
import { ServicePrincipal } from '@pulumi/azuread/servicePrincipal.js';
import type { ApplicationApiOauth2PermissionScope, ApplicationAppRole } from '@pulumi/azuread/types/input.js';
import { ComponentResource, RunError, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import type { Tool } from '../../app/tools/index.ts';
import { BASELINE_SCOPE, UMBRELLA_ROLE } from '../../app/tools/wellKnownAccess.ts';
import { idFor } from '../names.ts';

/** In the setting roleAssignments: every tool. */
const ALL_TOOLS = '*';

/** What the directory and the policies have to know of a tool. */
export type ToolEntry = Pick<Tool, 'name' | 'title' | 'description' | 'access' | 'owner' | 'lifecycle' | 'limits' | 'egress' | 'rules'>;

export interface ToolApiArgs {
  readonly displayName: string;
  readonly tools: readonly ToolEntry[];
  /** Exact URLs of the MCP endpoints, without a trailing slash: clients send them as `resource`. */
  /** Clients that need no consent of their own, by client id. */
  readonly preauthorizedClients: readonly string[];
  /** Object ids of users, groups and service principals, by the name of the tool that they may call; `*` for all tools. */
  readonly roleAssignments: Readonly<Record<string, readonly string[]>>;
  readonly serverUrls: { readonly production: Input<string>; readonly staging: Input<string> };
}

/** One app role a tool: what a user or an application must hold to call it. And one that stands for all of them, for operators. */
export function appRolesOf(tools: readonly ToolEntry[]): ApplicationAppRole[] {
  const umbrella = { title: 'All tools', description: 'Calls every tool, those that are added later as well.', access: { role: UMBRELLA_ROLE } };
  return [...tools, umbrella].map(({ title, description, access }) => ({
    id: idFor(`appRole:${access.role}`),
    value: access.role,
    displayName: `Call "${title}"`,
    description,
    allowedMemberTypes: ['User', 'Application'],
    enabled: true,
  }));
}

/** One delegated scope a tool: what a client must have been allowed to do for a user. It opens nothing without the user's own role. And one that opens the lists. */
export function scopesOf(tools: readonly ToolEntry[]): ApplicationApiOauth2PermissionScope[] {
  const baseline = { access: { scope: BASELINE_SCOPE }, what: 'See which tools there are', description: 'Lists the tools that the user may call. Calling one takes a scope of its own.' };
  return [...tools.map(({ title, description, access }) => ({ access, what: `Call "${title}"`, description })), baseline].map(({ what, description, access }) => ({
    id: idFor(`scope:${access.scope}`),
    value: access.scope,
    type: 'User',
    adminConsentDisplayName: `${what} for the user`,
    adminConsentDescription: description,
    userConsentDisplayName: `${what} for you`,
    userConsentDescription: description,
    enabled: true,
  }));
}

/** The catalogue as the policy pack sees it: values that every preview knows. */
export function catalogueOf(tools: readonly ToolEntry[]): object[] {
  return tools.map(({ name, owner, lifecycle: { stage, reviewer, reviewedOn, reviewDueOn, sunsetOn }, access: { role, scope }, limits, egress, rules }) => ({
    name, owner, stage, reviewer, reviewedOn, reviewDueOn, sunsetOn, role, scope, limits, egress, rules: rules.map(({ id }) => id),
  }));
}

/**
 * The MCP server as Entra knows it: the audience of access tokens, with a role and a scope for each tool.
 * Its inputs and outputs are the catalogue: policies on resources see inputs, those on the whole stack outputs.
 */
export class ToolApi extends ComponentResource {
  readonly clientId: Output<string>;

  constructor(name: string, args: ToolApiArgs, options?: ComponentResourceOptions) {
    const catalogue = catalogueOf(args.tools);
    super('mcp:infra:ToolApi', name, { tools: catalogue }, options);

    const application = new Application('tool-api', {
      displayName: args.displayName,
      description: 'MCP server on Azure App Service: one app role and one delegated scope a tool.',
      // Identifier URIs with https pass only on single-tenant applications with v2 tokens.
      signInAudience: 'AzureADMyOrg',
      api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: scopesOf(args.tools) },
      appRoles: appRolesOf(args.tools),
      // Without it an app-only token cannot be told from a delegated one but by what it lacks.
      optionalClaims: { accessTokens: [{ name: 'idtyp', additionalProperties: ['include_user_token'] }] },
      // The URIs name hosts, which exist only after the sites: they are resources of their own.
    }, { parent: this, ignoreChanges: ['identifierUris'] });

    const principal = new ServicePrincipal('tool-api', {
      clientId: application.clientId,
      // Whoever holds no role gets no token: what Entra refuses never reaches the server.
      appRoleAssignmentRequired: true,
      description: 'Holds who may call which tool.',
    }, { parent: this });

    for (const clientId of args.preauthorizedClients) {
      new ApplicationPreAuthorized(`preauthorized-${clientId}`, {
        applicationId: application.id,
        authorizedClientId: clientId,
        permissionIds: scopesOf(args.tools).map(({ id }) => id),
      }, { parent: this });
    }
    for (const [tool, principalIds] of Object.entries(args.roleAssignments)) {
      const role = tool === ALL_TOOLS ? UMBRELLA_ROLE : args.tools.find(({ name: known }) => known === tool)?.access.role;
      if (role === undefined) throw new RunError(`INFRA_UNKNOWN_TOOL: roleAssignments names the tool "${tool}"; allowed: ${args.tools.map(({ name: known }) => known).join(', ')}, or "${ALL_TOOLS}" for all. Correct mcp-app-service:roleAssignments.`);
      for (const principalObjectId of principalIds) {
        new AppRoleAssignment(`${tool === ALL_TOOLS ? 'all-tools' : tool}-${principalObjectId}`, { appRoleId: idFor(`appRole:${role}`), principalObjectId, resourceObjectId: principal.objectId }, { parent: this });
      }
    }

    // One after the other: both change the same list of the application.
    const production = new ApplicationIdentifierUri('server-url', { applicationId: application.id, identifierUri: args.serverUrls.production }, { parent: this });
    new ApplicationIdentifierUri('server-url-staging', { applicationId: application.id, identifierUri: args.serverUrls.staging }, { parent: this, dependsOn: production });

    this.clientId = application.clientId;
    this.registerOutputs({ clientId: this.clientId, servicePrincipalId: principal.objectId, tools: catalogue });
  }
}
