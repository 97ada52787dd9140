import { z } from 'zod';

/**
 * The objects of the directory as they are kept, in Microsoft Graph's shape and with Graph's names.
 * Source: learn.microsoft.com, "application resource type", "servicePrincipal resource type", "appRoleAssignment resource type",
 * "oAuth2PermissionGrant resource type", "user resource type", "group resource type" (Microsoft Graph v1.0).
 */

const text = z.string().nullable();

export const appRoleSchema = z.object({
  id: z.guid(),
  allowedMemberTypes: z.array(z.enum(['User', 'Application'])).min(1),
  description: text,
  displayName: text,
  isEnabled: z.boolean(),
  origin: z.string(),
  value: text,
});
export type AppRole = z.infer<typeof appRoleSchema>;

export const permissionScopeSchema = z.object({
  id: z.guid(),
  adminConsentDescription: text,
  adminConsentDisplayName: text,
  isEnabled: z.boolean(),
  type: z.enum(['User', 'Admin']),
  userConsentDescription: text,
  userConsentDisplayName: text,
  value: text,
});
export type PermissionScope = z.infer<typeof permissionScopeSchema>;

export const apiSchema = z.object({
  acceptMappedClaims: z.boolean().nullable(),
  knownClientApplications: z.array(z.guid()),
  oauth2PermissionScopes: z.array(permissionScopeSchema),
  preAuthorizedApplications: z.array(z.object({ appId: z.guid(), delegatedPermissionIds: z.array(z.guid()) })),
  requestedAccessTokenVersion: z.union([z.literal(1), z.literal(2)]).nullable(),
});

export const webSchema = z.object({
  homePageUrl: text,
  logoutUrl: text,
  redirectUris: z.array(z.string()),
  implicitGrantSettings: z.object({ enableAccessTokenIssuance: z.boolean(), enableIdTokenIssuance: z.boolean() }),
});

const optionalClaimSchema = z.object({
  name: z.string(),
  source: text,
  essential: z.boolean(),
  additionalProperties: z.array(z.string()),
});
export const optionalClaimsSchema = z.object({
  accessToken: z.array(optionalClaimSchema),
  idToken: z.array(optionalClaimSchema),
  saml2Token: z.array(optionalClaimSchema),
});

export const passwordCredentialSchema = z.object({
  keyId: z.guid(),
  displayName: text,
  hint: text,
  startDateTime: z.string(),
  endDateTime: z.string(),
});
export type PasswordCredential = z.infer<typeof passwordCredentialSchema>;

export const applicationSchema = z.object({
  id: z.guid(),
  appId: z.guid(),
  displayName: z.string(),
  description: text,
  createdDateTime: z.string(),
  signInAudience: z.string(),
  identifierUris: z.array(z.string()),
  appRoles: z.array(appRoleSchema),
  api: apiSchema,
  web: webSchema,
  spa: z.object({ redirectUris: z.array(z.string()) }),
  publicClient: z.object({ redirectUris: z.array(z.string()) }),
  isFallbackPublicClient: z.boolean().nullable(),
  isDeviceOnlyAuthSupported: z.boolean().nullable(),
  requiredResourceAccess: z.array(
    z.object({ resourceAppId: z.guid(), resourceAccess: z.array(z.object({ id: z.guid(), type: z.enum(['Role', 'Scope']) })) }),
  ),
  optionalClaims: optionalClaimsSchema.nullable(),
  passwordCredentials: z.array(passwordCredentialSchema),
  keyCredentials: z.array(z.never()),
  groupMembershipClaims: text,
  info: z.object({ marketingUrl: text, privacyStatementUrl: text, supportUrl: text, termsOfServiceUrl: text, logoUrl: text }),
  notes: text,
  publisherDomain: text,
  serviceManagementReference: text,
  tags: z.array(z.string()),
});
export type Application = z.infer<typeof applicationSchema>;

export const servicePrincipalSchema = z.object({
  id: z.guid(),
  appId: z.guid(),
  displayName: z.string(),
  servicePrincipalType: z.enum(['Application', 'ManagedIdentity', 'ServiceIdentity']),
  accountEnabled: z.boolean(),
  alternativeNames: z.array(z.string()),
  appRoleAssignmentRequired: z.boolean(),
  createdDateTime: z.string(),
  description: text,
  homepage: text,
  loginUrl: text,
  notes: text,
  notificationEmailAddresses: z.array(z.string()),
  preferredSingleSignOnMode: text,
  tags: z.array(z.string()),
  /** Application id of the blueprint, for the identity of an agent. */
  agentBlueprintAppId: z.guid().nullable(),
});
export type ServicePrincipal = z.infer<typeof servicePrincipalSchema>;

export const userSchema = z.object({
  id: z.guid(),
  userPrincipalName: z.string(),
  displayName: z.string(),
  givenName: text,
  surname: text,
  mail: text,
  accountEnabled: z.boolean(),
  createdDateTime: z.string(),
});
export type User = z.infer<typeof userSchema>;

export const groupSchema = z.object({
  id: z.guid(),
  displayName: z.string(),
  description: text,
  mailNickname: z.string(),
  createdDateTime: z.string(),
  /** Object ids of the direct members. One whose object is gone counts for nothing. */
  memberIds: z.array(z.guid()),
});
/** A security group with assigned membership: the one kind that is kept here. */
export type Group = z.infer<typeof groupSchema>;

export const appRoleAssignmentSchema = z.object({
  id: z.string(),
  appRoleId: z.guid(),
  createdDateTime: z.string(),
  principalDisplayName: z.string(),
  principalId: z.guid(),
  principalType: z.enum(['User', 'Group', 'ServicePrincipal']),
  resourceDisplayName: z.string(),
  resourceId: z.guid(),
});
export type AppRoleAssignment = z.infer<typeof appRoleAssignmentSchema>;

export const permissionGrantSchema = z.object({
  id: z.string(),
  clientId: z.guid(),
  consentType: z.enum(['AllPrincipals', 'Principal']),
  principalId: z.guid().nullable(),
  resourceId: z.guid(),
  scope: z.string(),
});
export type PermissionGrant = z.infer<typeof permissionGrantSchema>;

export const deletedItemSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('application'), deletedDateTime: z.string(), object: applicationSchema }),
  z.object({ kind: z.literal('servicePrincipal'), deletedDateTime: z.string(), object: servicePrincipalSchema }),
]);
export type DeletedItem = z.infer<typeof deletedItemSchema>;

/** The role that stands for "assigned, without a role of its own". Source: learn.microsoft.com, "appRoleAssignment resource type". */
export const DEFAULT_ROLE_ID = '00000000-0000-0000-0000-000000000000';
