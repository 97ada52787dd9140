import type { Json, JsonObject } from '../../arm/types.ts';

/**
 * azuread's Application inputs and Microsoft Graph's application, one into the other.
 * Source: learn.microsoft.com, "application resource type"; registry.terraform.io, azuread_application, for the input names.
 */
export function toGraphApplication(inputs: JsonObject): JsonObject {
  const api = asObject(inputs['api']);
  const web = asObject(inputs['web']);
  const grant = asObject(web['implicitGrant']);
  return dropUndefined({
    displayName: inputs['displayName'],
    description: inputs['description'] ?? null,
    notes: inputs['notes'] ?? null,
    signInAudience: inputs['signInAudience'] ?? 'AzureADMyOrg',
    identifierUris: inputs['identifierUris'],
    isFallbackPublicClient: inputs['fallbackPublicClientEnabled'] ?? null,
    isDeviceOnlyAuthSupported: inputs['deviceOnlyAuthEnabled'] ?? null,
    groupMembershipClaims: inputs['groupMembershipClaims'] === undefined ? null : (inputs['groupMembershipClaims'] as string[]).join(','),
    serviceManagementReference: inputs['serviceManagementReference'] ?? null,
    tags: inputs['tags'] ?? [],
    api: {
      acceptMappedClaims: api['mappedClaimsEnabled'] ?? null,
      knownClientApplications: api['knownClientApplications'] ?? [],
      requestedAccessTokenVersion: api['requestedAccessTokenVersion'] ?? 1,
      oauth2PermissionScopes: asList(api['oauth2PermissionScopes']).map(({ enabled, ...scope }) => dropUndefined({
        adminConsentDescription: scope['adminConsentDescription'],
        adminConsentDisplayName: scope['adminConsentDisplayName'],
        id: scope['id'],
        isEnabled: enabled ?? true,
        type: scope['type'] ?? 'User',
        userConsentDescription: scope['userConsentDescription'],
        userConsentDisplayName: scope['userConsentDisplayName'],
        value: scope['value'],
      })),
    },
    appRoles: asList(inputs['appRoles']).map(({ enabled, ...role }) => ({ ...role, isEnabled: enabled ?? true })),
    optionalClaims: inputs['optionalClaims'] === undefined ? undefined : toGraphClaims(asObject(inputs['optionalClaims'])),
    publicClient: { redirectUris: asObject(inputs['publicClient'])['redirectUris'] ?? [] },
    spa: { redirectUris: asObject(inputs['singlePageApplication'])['redirectUris'] ?? [] },
    web: dropUndefined({
      homePageUrl: web['homepageUrl'],
      logoutUrl: web['logoutUrl'],
      redirectUris: web['redirectUris'] ?? [],
      implicitGrantSettings: {
        enableAccessTokenIssuance: grant['accessTokenIssuanceEnabled'] ?? false,
        enableIdTokenIssuance: grant['idTokenIssuanceEnabled'] ?? false,
      },
    }),
    requiredResourceAccess: asList(inputs['requiredResourceAccesses']).map((access) => ({
      resourceAppId: access['resourceAppId'] as Json,
      resourceAccess: access['resourceAccesses'] ?? [],
    })),
  });
}

/** The outputs of azuread's Application: the inputs as Graph holds them, and what Graph computed. */
export function fromGraphApplication(application: JsonObject, inputs: JsonObject): JsonObject {
  const api = asObject(application['api']);
  const scopes = asList(api['oauth2PermissionScopes']);
  const roles = asList(application['appRoles']);
  return dropUndefined({
    ...inputs,
    displayName: application['displayName'],
    signInAudience: application['signInAudience'],
    identifierUris: application['identifierUris'] ?? [],
    api: dropUndefined({
      ...asObject(inputs['api']),
      requestedAccessTokenVersion: api['requestedAccessTokenVersion'],
      oauth2PermissionScopes: scopes.map(({ isEnabled, ...scope }) => dropUndefined({ ...withoutNulls(scope), enabled: isEnabled })),
    }),
    appRoles: roles.map(({ isEnabled, origin: _origin, ...role }) => dropUndefined({ ...withoutNulls(role), enabled: isEnabled })),
    clientId: application['appId'],
    objectId: application['id'],
    publisherDomain: application['publisherDomain'] ?? undefined,
    disabledByMicrosoft: '',
    appRoleIds: idsByValue(roles),
    oauth2PermissionScopeIds: idsByValue(scopes),
  });
}

/** Inputs that Graph answers, so that a refresh sees what somebody changed in the portal. */
export const APPLICATION_READ_INPUTS = ['displayName', 'signInAudience', 'identifierUris', 'api', 'appRoles'] as const;

function toGraphClaims(claims: JsonObject): JsonObject {
  const list = (name: string): Json => asList(claims[name]).map((claim) => dropUndefined({ name: claim['name'], source: claim['source'] ?? null, essential: claim['essential'] ?? false, additionalProperties: claim['additionalProperties'] ?? [] }));
  return { accessToken: list('accessTokens'), idToken: list('idTokens'), saml2Token: list('saml2Tokens') };
}

function idsByValue(entries: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(entries.flatMap((entry) => (typeof entry['value'] === 'string' && entry['value'] !== '' ? [[entry['value'], entry['id'] as Json]] : [])));
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function dropUndefined(object: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function asList(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}
