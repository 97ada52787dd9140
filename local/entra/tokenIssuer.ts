import { SignJWT } from 'jose';
import { accessTokenClaims, pairwiseSubject, type ClientProof } from './claims.ts';
import { consentedScopes } from './consent.ts';
import { EntraError } from './entraError.ts';
import { DEFAULT_ROLE_ID, type Application, type ServicePrincipal, type User } from './records.ts';
import type { RequestedAccess, TargetResource } from './resources.ts';
import type { SigningKeys } from './signingKeys.ts';
import type { DirectoryStore } from './store.ts';
import type { IssuedToken } from './types.ts';

/** Entra's access tokens live 60 to 90 minutes; these live 60. Source: learn.microsoft.com, "Access tokens", section "Token lifetime". */
const ACCESS_TOKEN_SECONDS = 3600;
/** Managed identities get 24 hours. Source: learn.microsoft.com, "Managed identities for Azure resources frequently asked questions". */
const MANAGED_IDENTITY_SECONDS = 86_400;

export interface IssuedUserToken extends IssuedToken {
  /** Scope values in the token. */
  readonly scopes: readonly string[];
}

/** Makes and signs tokens; every token of the local Entra, whatever asked for it, comes from here. */
export interface TokenIssuer {
  /** An app-only token. @throws EntraError AADSTS501051, 500014 */
  forServicePrincipal(principal: ServicePrincipal, proof: ClientProof, target: TargetResource): Promise<IssuedToken>;
  /** A delegated token. @throws EntraError AADSTS50105, 65001, 500014 */
  forUser(user: User, client: Application, proof: ClientProof, access: RequestedAccess): Promise<IssuedUserToken>;
  idToken(user: User, client: Application, nonce: string | undefined): Promise<string>;
}

export function createTokenIssuer(deps: { store: DirectoryStore; keys: SigningKeys; authorityHost: string }): TokenIssuer {
  const { store, keys, authorityHost } = deps;
  const { tenantId } = store;

  const sign = async (claims: Record<string, unknown>): Promise<string> => {
    const { kid, privateKey } = keys.current();
    return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid }).sign(privateKey);
  };
  const nowSeconds = (): number => Math.floor(store.now().getTime() / 1000);

  return {
    async forServicePrincipal(servicePrincipal, clientProof, target) {
      const roles = rolesOf(store, [servicePrincipal.id], 'Application', target);
      if (roles === undefined) {
        throw new EntraError(400, 'invalid_grant', 501051, `Application '${servicePrincipal.displayName} (${servicePrincipal.appId})' is not assigned to a role for the application '${nameOf(target)}'.`);
      }
      const lifetimeSeconds = servicePrincipal.servicePrincipalType === 'ManagedIdentity' ? MANAGED_IDENTITY_SECONDS : ACCESS_TOKEN_SECONDS;
      const issuedAtSeconds = nowSeconds();
      const accessToken = await sign(
        accessTokenClaims({ tenantId, authorityHost, target, clientId: servicePrincipal.appId, clientProof, subject: { kind: 'app', servicePrincipal }, roles, issuedAtSeconds, lifetimeSeconds }),
      );
      return { accessToken, expiresOn: new Date((issuedAtSeconds + lifetimeSeconds) * 1000), resource: target.asked };
    },

    async forUser(user, client, clientProof, access) {
      const { target } = access;
      const roles = rolesOf(store, [user.id, ...store.groupsOf(user.id).map(({ id }) => id)], 'User', target);
      if (roles === undefined) {
        throw new EntraError(400, 'invalid_grant', 50105, `Your administrator has configured the application '${nameOf(target)}' to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user.userPrincipalName}' is blocked because they are not assigned.`);
      }
      const consented = consentedScopes(store, client, user, target);
      const missing = access.scopes.filter((scope) => !consented.includes(scope));
      if (missing.length > 0 || (access.byDefault && consented.length === 0)) {
        throw new EntraError(400, 'invalid_grant', 65001, `The user or administrator has not consented to use the application with ID '${client.appId}' named '${client.displayName}'. Send an interactive authorization request for this user and resource.`);
      }
      // A token carries every consented scope of the resource, not only those asked for.
      // Source: learn.microsoft.com, "Scopes and permissions in the Microsoft identity platform".
      const openIdOnly = access.scopes.length === 0 && !access.byDefault;
      const scopes = openIdOnly ? access.openId : consented;
      const issuedAtSeconds = nowSeconds();
      const accessToken = await sign(
        accessTokenClaims({
          tenantId,
          authorityHost,
          target,
          clientId: client.appId,
          clientProof,
          subject: { kind: 'user', user, scopes, withProfile: access.openId.includes('profile') },
          roles,
          issuedAtSeconds,
          lifetimeSeconds: ACCESS_TOKEN_SECONDS,
        }),
      );
      return { accessToken, expiresOn: new Date((issuedAtSeconds + ACCESS_TOKEN_SECONDS) * 1000), resource: target.asked, scopes };
    },

    idToken(user, client, nonce) {
      const issuedAt = nowSeconds();
      return sign({
        aud: client.appId,
        iss: `${authorityHost}/${tenantId}/v2.0`,
        iat: issuedAt,
        nbf: issuedAt,
        exp: issuedAt + ACCESS_TOKEN_SECONDS,
        name: user.displayName,
        ...(nonce === undefined ? {} : { nonce }),
        oid: user.id,
        preferred_username: user.userPrincipalName,
        sub: pairwiseSubject(tenantId, user.id, client.appId),
        tid: tenantId,
        ver: '2.0',
      });
    },
  };
}

/**
 * The values of the enabled roles that a principal has on the target. Groups give theirs to users who are direct members, not through groups in
 * groups, and never to service principals.
 * Source: learn.microsoft.com, "appRoleAssignment resource type"; "Manage users and groups assignment to an application"; "Add app roles to your
 * application and receive them in the token", which says so of service principals.
 * @param principalIds the principal's own, and those of the groups that count for it
 * @returns undefined when the target requires an assignment and the principal has none
 * @throws EntraError AADSTS500014 when the target is disabled. Source: "Disable user sign-in for application": no token is issued for it
 */
function rolesOf(store: DirectoryStore, principalIds: readonly string[], memberType: 'User' | 'Application', target: TargetResource): string[] | undefined {
  if (target.kind === 'azure') return [];
  if (!target.servicePrincipal.accountEnabled) throw new EntraError(400, 'invalid_resource', 500014, `The service principal for resource '${target.asked}' is disabled. Enable it first: PATCH servicePrincipals/${target.servicePrincipal.id} with accountEnabled true.`);
  const assigned = store.liveAssignments().filter((assignment) => principalIds.includes(assignment.principalId) && assignment.resourceId === target.servicePrincipal.id);
  if (target.servicePrincipal.appRoleAssignmentRequired && assigned.length === 0) return undefined;
  const ids = new Set(assigned.map(({ appRoleId }) => appRoleId).filter((id) => id !== DEFAULT_ROLE_ID));
  return target.application.appRoles.flatMap(({ id, isEnabled, allowedMemberTypes, value }) =>
    ids.has(id) && isEnabled && allowedMemberTypes.includes(memberType) && value !== null ? [value] : [],
  );
}

function nameOf(target: TargetResource): string {
  return target.kind === 'azure' ? target.asked : `${target.application.displayName} (${target.application.appId})`;
}
