import type { Mutation } from './mutation.ts';

const ASSIGNMENT = ['authorization:RoleAssignment'];
const ROLE = ['authorization:RoleDefinition'];
const APPLICATION = ['azuread:Application'];
const builtIn = (id: string): string => `/subscriptions/00000000-0000-4000-8000-00000000000a/providers/Microsoft.Authorization/roleDefinitions/${id}`;

/** Who may do what: in Azure and in Entra. */
export const ACCESS_MUTATIONS: readonly Mutation[] = [
  { id: 'owner', means: 'Whoever talks the app into something owns what it stands at.', rule: 'least-privilege', change: { kind: 'to', on: ASSIGNMENT, path: 'roleDefinitionId', to: builtIn('8e3af657-a8ff-443c-a75c-2fe8c4bcb635') } },
  { id: 'data-contributor', means: 'The app can overwrite packages or its record.', rule: 'least-privilege', change: { kind: 'to', on: ASSIGNMENT, path: 'roleDefinitionId', to: builtIn('ba92f5b4-2d11-453d-a403-e96b0029c9fe') } },
  { id: 'right-on-subscription', means: 'The right holds for all that others have there.', rule: 'assignment-scope', change: { kind: 'to', on: ASSIGNMENT, path: 'scope', to: '/subscriptions/00000000-0000-4000-8000-00000000000a' } },
  { id: 'right-on-group', means: 'The right holds for each secret, container and package of the group.', rule: 'assignment-scope', change: { kind: 'to', on: ASSIGNMENT, path: 'scope', to: '/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/mcp-prod' } },
  { id: 'right-for-another', means: 'Somebody else reads secrets, packages and the list of who is denied.', rule: 'within-stack', change: { kind: 'foreign', on: ASSIGNMENT, path: 'principalId', to: '99999999-2222-3333-4444-555555555555' } },
  { id: 'right-added', means: 'The app can hand out rights.', rule: 'least-privilege', change: { kind: 'made', type: 'azure-native:authorization:RoleAssignment', name: 'added', inputs: { scope: '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v', principalId: 'p', roleDefinitionId: builtIn('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9') } } },
  { id: 'role-overwrites', means: 'The app can overwrite what it recorded.', rule: 'custom-roles-without-wildcards', change: { kind: 'to', on: ROLE, path: 'permissions[].dataActions[]', to: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write' } },
  { id: 'role-of-all', means: 'The role grows with each operation that Azure adds.', rule: 'custom-roles-without-wildcards', change: { kind: 'to', on: ROLE, path: 'permissions[].dataActions[]', to: 'Microsoft.KeyVault/vaults/*' } },
  { id: 'role-manages', means: 'The app can give itself any role.', rule: 'custom-roles-without-wildcards', change: { kind: 'added', on: ROLE, path: 'permissions[0].actions', value: ['Microsoft.Authorization/roleAssignments/write'] } },
  { id: 'role-everywhere', means: 'The role can be assigned on the whole subscription.', rule: 'assignment-scope', change: { kind: 'to', on: ROLE, path: 'assignableScopes[]', to: '/subscriptions/00000000-0000-4000-8000-00000000000a' } },
  { id: 'all-tenants', means: 'People of any tenant sign in.', rule: 'entra-application', change: { kind: 'to', on: APPLICATION, path: 'signInAudience', to: 'AzureADMultipleOrgs' } },
  { id: 'old-tokens', means: 'Tokens of another issuer and audience.', rule: 'entra-application', change: { kind: 'to', on: APPLICATION, path: 'api.requestedAccessTokenVersion', to: 1 } },
  { id: 'no-token-type', means: 'An application\'s token passes for a user\'s.', rule: 'entra-application', change: { kind: 'to', on: APPLICATION, path: 'optionalClaims.accessTokens[].name', to: 'ipaddr' } },
  { id: 'token-type-of-some', means: 'The same, for the tokens that the claim is left out of.', rule: 'entra-application', change: { kind: 'to', on: APPLICATION, path: 'optionalClaims.accessTokens[].additionalProperties[]', to: 'use_guid' } },
  { id: 'role-of-no-tool', means: 'A role that nobody reviewed, and a tool that none opens.', rule: 'roles-match-catalogue', change: { kind: 'to', on: APPLICATION, path: 'appRoles[].value', to: 'Tools.hidden' } },
  { id: 'scope-of-no-tool', means: 'The same, for what clients may do for a user.', rule: 'roles-match-catalogue', change: { kind: 'to', on: APPLICATION, path: 'api.oauth2PermissionScopes[].value', to: 'hidden' } },
  { id: 'no-assignment-needed', means: 'Everybody of the tenant gets a token.', rule: 'entra-assignment-required', change: { kind: 'to', on: ['azuread:ServicePrincipal'], path: 'appRoleAssignmentRequired', to: false } },
  { id: 'principal-of-another', means: 'Who needs an assignment is decided for another application.', rule: 'within-stack', change: { kind: 'foreign', on: ['azuread:ServicePrincipal'], path: 'clientId', to: '99999999-2222-3333-4444-555555555555' } },
  { id: 'identifier-elsewhere', means: 'Tokens for another server are tokens for this one.', rule: 'identifier-uris', change: { kind: 'to', on: ['azuread:ApplicationIdentifierUri'], path: 'identifierUri', to: 'https://other.example/mcp' } },
  { id: 'identifier-in-clear', means: 'The same, for an address without TLS.', rule: 'identifier-uris', change: { kind: 'to', on: ['azuread:ApplicationIdentifierUri'], path: 'identifierUri', to: (value) => String(value).replace('https:', 'http:') } },
  { id: 'identifier-of-another', means: 'Another application has the server\'s address: its tokens are asked for.', rule: 'within-stack', change: { kind: 'foreign', on: ['azuread:ApplicationIdentifierUri'], path: 'applicationId', to: '/applications/99999999-2222-3333-4444-555555555555' } },
  { id: 'consent-elsewhere', means: 'A client is consented to for an application of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['azuread:ApplicationPreAuthorized'], path: 'applicationId', to: '/applications/99999999-2222-3333-4444-555555555555' } },
  { id: 'role-elsewhere', means: 'People get roles of an application of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['azuread:AppRoleAssignment'], path: 'resourceObjectId', to: '99999999-2222-3333-4444-555555555555' } },
];
