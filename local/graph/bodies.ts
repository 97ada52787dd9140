import { z } from 'zod';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { badRequest } from './graphError.ts';

/**
 * The request bodies of Graph, with every property that may be set.
 * Source: learn.microsoft.com, "Create application", "Update application", "Create servicePrincipal", "application: addPassword", "Create group".
 */

const guid = z.guid().transform((value) => value.toLowerCase());
const text = z.string().nullable();

const appRole = z.strictObject({
  id: guid,
  allowedMemberTypes: z.array(z.enum(['User', 'Application'])).min(1),
  description: text.default(null),
  displayName: z.string().min(1).max(100),
  isEnabled: z.boolean().default(true),
  origin: z.literal('Application').default('Application'),
  value: text.default(null),
});

const permissionScope = z.strictObject({
  id: guid,
  adminConsentDescription: text.default(null),
  adminConsentDisplayName: text.default(null),
  isEnabled: z.boolean().default(true),
  type: z.enum(['User', 'Admin']).default('User'),
  userConsentDescription: text.default(null),
  userConsentDisplayName: text.default(null),
  value: text.default(null),
});

const optionalClaims = z.array(
  z.strictObject({ name: z.string().min(1), source: text.default(null), essential: z.boolean().default(false), additionalProperties: z.array(z.string()).default([]) }),
);

/** Redirect URIs of the three platforms are checked by their own rules. */
const redirectUris = z.strictObject({ redirectUris: z.array(z.string().max(2048)).max(256) });

export const applicationBody = z
  .strictObject({
    displayName: z.string().min(1).max(256),
    description: z.string().max(1024).nullable(),
    signInAudience: z.string(),
    identifierUris: z.array(z.string()).max(50),
    appRoles: z.array(appRole),
    api: z
      .strictObject({
        acceptMappedClaims: z.boolean().nullable(),
        knownClientApplications: z.array(guid),
        oauth2PermissionScopes: z.array(permissionScope),
        preAuthorizedApplications: z.array(z.strictObject({ appId: guid, delegatedPermissionIds: z.array(guid).min(1) })),
        requestedAccessTokenVersion: z.union([z.literal(1), z.literal(2)]).nullable(),
      })
      .partial(),
    web: redirectUris
      .extend({
        homePageUrl: text,
        logoutUrl: text,
        implicitGrantSettings: z.strictObject({ enableAccessTokenIssuance: z.boolean().default(false), enableIdTokenIssuance: z.boolean().default(false) }),
        redirectUriSettings: z.array(z.strictObject({ uri: z.string(), index: z.number().int().nullable().optional() })),
      })
      .partial(),
    spa: redirectUris,
    publicClient: redirectUris,
    isFallbackPublicClient: z.boolean().nullable(),
    isDeviceOnlyAuthSupported: z.boolean().nullable(),
    requiredResourceAccess: z.array(
      z.strictObject({ resourceAppId: guid, resourceAccess: z.array(z.strictObject({ id: guid, type: z.enum(['Role', 'Scope']) })) }),
    ),
    optionalClaims: z
      .strictObject({ accessToken: optionalClaims.default([]), idToken: optionalClaims.default([]), saml2Token: optionalClaims.default([]) })
      .nullable(),
    groupMembershipClaims: text,
    info: z.strictObject({ marketingUrl: text, privacyStatementUrl: text, supportUrl: text, termsOfServiceUrl: text, logoUrl: text }).partial(),
    notes: text,
    serviceManagementReference: text,
    tags: z.array(z.string()),
  })
  .partial();
export type ApplicationBody = z.infer<typeof applicationBody>;

/** Properties of an application that the local Graph knows and does not offer; null and empty lists are taken as absent. */
export const APPLICATION_NOT_OFFERED = [
  'addIns', 'authenticationBehaviors', 'certification', 'defaultRedirectUri', 'keyCredentials', 'logo', 'nativeAuthenticationApisEnabled', 'oauth2RequirePostResponse',
  'parentalControlSettings', 'passwordCredentials', 'requestSignatureVerification', 'samlMetadataUrl', 'servicePrincipalLockConfiguration', 'tokenEncryptionKeyId',
  'uniqueName', 'verifiedPublisher', 'applicationTemplateId',
];
export const APPLICATION_READ_ONLY = ['id', 'appId', 'createdDateTime', 'deletedDateTime', 'publisherDomain', 'disabledByMicrosoftStatus'];

export const servicePrincipalBody = z
  .strictObject({
    appId: guid,
    accountEnabled: z.boolean(),
    alternativeNames: z.array(z.string()),
    appRoleAssignmentRequired: z.boolean(),
    description: text,
    homepage: text,
    loginUrl: text,
    notes: text,
    notificationEmailAddresses: z.array(z.string()),
    preferredSingleSignOnMode: text,
    tags: z.array(z.string()),
  })
  .partial();
export type ServicePrincipalBody = z.infer<typeof servicePrincipalBody>;

export const SERVICE_PRINCIPAL_NOT_OFFERED = [
  'addIns', 'customSecurityAttributes', 'keyCredentials', 'passwordCredentials', 'preferredTokenSigningKeyThumbprint', 'samlSingleSignOnSettings', 'tokenEncryptionKeyId', 'verifiedPublisher',
];
export const SERVICE_PRINCIPAL_READ_ONLY = [
  'id', 'appDisplayName', 'appDescription', 'appOwnerOrganizationId', 'appRoles', 'createdDateTime', 'deletedDateTime', 'disabledByMicrosoftStatus', 'displayName', 'info', 'logoutUrl',
  'oauth2PermissionScopes', 'replyUrls', 'servicePrincipalNames', 'servicePrincipalType', 'signInAudience',
];

/** The alias of a group may hold ASCII but for these. Source: learn.microsoft.com, "Create group", property mailNickname. */
const MAIL_NICKNAME = /^[!#-'*+\-/-9=?A-Z^-~]{1,64}$/;

export const groupBody = z
  .strictObject({
    displayName: z.string().min(1).max(256),
    description: text,
    mailEnabled: z.boolean(),
    mailNickname: z.string().regex(MAIL_NICKNAME, '1 to 64 characters of ASCII without space and @ ( ) \\ [ ] " ; : . < > ,'),
    securityEnabled: z.boolean(),
  })
  .partial();
export type GroupBody = z.infer<typeof groupBody>;

export const GROUP_NOT_OFFERED = [
  'classification', 'groupTypes', 'isAssignableToRole', 'isManagementRestricted', 'members', 'membershipRule', 'membershipRuleProcessingState', 'owners', 'preferredDataLocation',
  'preferredLanguage', 'serviceProvisioningErrors', 'theme', 'uniqueName', 'visibility',
];
export const GROUP_READ_ONLY = [
  'id', 'createdDateTime', 'deletedDateTime', 'expirationDateTime', 'mail', 'onPremisesDomainName', 'onPremisesLastSyncDateTime', 'onPremisesNetBiosName', 'onPremisesProvisioningErrors',
  'onPremisesSamAccountName', 'onPremisesSecurityIdentifier', 'onPremisesSyncEnabled', 'proxyAddresses', 'renewedDateTime', 'securityIdentifier',
];

export const appRoleAssignmentBody = z.strictObject({ principalId: guid, resourceId: guid, appRoleId: guid });
export const permissionGrantBody = z.strictObject({
  clientId: guid,
  consentType: z.enum(['AllPrincipals', 'Principal']),
  principalId: guid.nullable().default(null),
  resourceId: guid,
  scope: z.string().default(''),
});
export const permissionGrantChange = z.strictObject({ scope: z.string() });
export const addPasswordBody = z.strictObject({
  passwordCredential: z
    .strictObject({ displayName: z.string().nullable().optional(), startDateTime: z.iso.datetime({ offset: true }).optional(), endDateTime: z.iso.datetime({ offset: true }).optional() })
    .nullable()
    .optional(),
});
export const removePasswordBody = z.strictObject({ keyId: guid });

/**
 * Reads a request body. OData annotations (`@odata.type` and the like) are dropped, as in Graph.
 * @throws AzureError Request_BadRequest, which names each property that is unknown, read-only or of a wrong kind; NotSupportedByLocalAzure
 */
export function readBody<T>(schema: z.ZodType<T>, body: unknown, known: { typeName: string; readOnly?: readonly string[]; notOffered?: readonly string[] }): T {
  const plain = withoutAnnotations(body);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw new AzureError(400, 'BadRequest', 'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format: an object.');
  const values: Record<string, unknown> = { ...plain };
  for (const [name, value] of Object.entries(values)) {
    if (known.readOnly?.includes(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`, name);
    if (!known.notOffered?.includes(name)) continue;
    if (value !== null && !(Array.isArray(value) && value.length === 0)) throw notSupportedLocally(`Property '${name}' of ${known.typeName} in Microsoft Graph`);
    delete values[name];
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      const names = issue.keys.map((key) => (path === '' ? key : `${path}.${key}`));
      return { target: names[0] ?? path, message: `${names.map((name) => `Invalid property '${name}'`).join('. ')}: ${known.typeName} has no such property.` };
    }
    return { target: path, message: `Invalid value specified for property '${path}' of resource '${known.typeName}': ${issue.message}.` };
  });
  throw new AzureError(400, 'Request_BadRequest', findings.map(({ message }) => message).join(' '), {
    details: findings.map(({ message, target }) => ({ code: 'InvalidValue', message, target })),
  });
}

function withoutAnnotations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.includes('@odata.'))
      .map(([name, inner]) => [name, withoutAnnotations(inner)]),
  );
}
