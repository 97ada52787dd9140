import { Application } from '@pulumi/azuread/application.js';
import { ApplicationIdentifierUri } from '@pulumi/azuread/applicationIdentifierUri.js';
import { ServicePrincipal } from '@pulumi/azuread/servicePrincipal.js';
import type { ApplicationApiOauth2PermissionScope, ApplicationAppRole } from '@pulumi/azuread/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { idFor } from '../names.ts';

/** What the directory has to know of a tool. */
export interface ToolEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly access: { readonly role: string; readonly scope: string };
}

export interface ToolApiArgs {
  readonly displayName: string;
  readonly tools: readonly ToolEntry[];
  /** Exact URLs of the MCP endpoints, without a trailing slash: clients send them as `resource`. */
  readonly serverUrls: { readonly production: Input<string>; readonly staging: Input<string> };
}

/** One app role a tool: what a user or an application must hold to call it. */
export function appRolesOf(tools: readonly ToolEntry[]): ApplicationAppRole[] {
  return tools.map(({ title, description, access }) => ({
    id: idFor(`appRole:${access.role}`),
    value: access.role,
    displayName: `Call "${title}"`,
    description,
    allowedMemberTypes: ['User', 'Application'],
    enabled: true,
  }));
}

/** One delegated scope a tool: what a client must have been allowed to do for a user. It opens nothing without the user's own role. */
export function scopesOf(tools: readonly ToolEntry[]): ApplicationApiOauth2PermissionScope[] {
  return tools.map(({ title, description, access }) => ({
    id: idFor(`scope:${access.scope}`),
    value: access.scope,
    type: 'User',
    adminConsentDisplayName: `Call "${title}" for the user`,
    adminConsentDescription: description,
    userConsentDisplayName: `Call "${title}" for you`,
    userConsentDescription: description,
    enabled: true,
  }));
}

/** The MCP server as Entra knows it: the audience of access tokens, with a role and a scope for each tool. */
export class ToolApi extends ComponentResource {
  readonly clientId: Output<string>;

  constructor(name: string, args: ToolApiArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:ToolApi', name, {}, options);

    const application = new Application('tool-api', {
      displayName: args.displayName,
      description: 'MCP server on Azure App Service: one app role and one delegated scope a tool.',
      // Identifier URIs with https pass only on single-tenant applications with v2 tokens.
      signInAudience: 'AzureADMyOrg',
      api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: scopesOf(args.tools) },
      appRoles: appRolesOf(args.tools),
      // The URIs name hosts, which exist only after the sites: they are resources of their own.
    }, { parent: this, ignoreChanges: ['identifierUris'] });

    const principal = new ServicePrincipal('tool-api', {
      clientId: application.clientId,
      appRoleAssignmentRequired: false,
      description: 'Holds who may call which tool.',
    }, { parent: this });

    // One after the other: both change the same list of the application.
    const production = new ApplicationIdentifierUri('server-url', { applicationId: application.id, identifierUri: args.serverUrls.production }, { parent: this });
    new ApplicationIdentifierUri('server-url-staging', { applicationId: application.id, identifierUri: args.serverUrls.staging }, { parent: this, dependsOn: production });

    this.clientId = application.clientId;
    this.registerOutputs({ clientId: this.clientId, servicePrincipalId: principal.objectId });
  }
}
