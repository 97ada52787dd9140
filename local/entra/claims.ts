import { createHash, randomBytes } from 'node:crypto';
import type { ServicePrincipal, User } from './records.ts';
import type { TargetResource } from './resources.ts';

/** How the client proved who it is: nothing (public), a secret, a certificate (managed and agent identities). */
export type ClientProof = 'none' | 'secret' | 'certificate';

export interface AccessTokenFacts {
  readonly tenantId: string;
  readonly authorityHost: string;
  readonly target: TargetResource;
  readonly clientId: string;
  readonly clientProof: ClientProof;
  readonly subject:
    | { readonly kind: 'app'; readonly servicePrincipal: ServicePrincipal }
    | { readonly kind: 'user'; readonly user: User; readonly scopes: readonly string[]; readonly withProfile: boolean };
  readonly roles: readonly string[];
  readonly issuedAtSeconds: number;
  readonly lifetimeSeconds: number;
}

const PROOF_CODES: Record<ClientProof, string> = { none: '0', secret: '1', certificate: '2' };

/**
 * The claims of an access token, in the version that the resource asks for: v2 for applications with `requestedAccessTokenVersion: 2`,
 * v1 for the others and for Azure's own services.
 * Source: learn.microsoft.com, "Access token claims reference"; "Agent token claims"; "Optional claims reference" (idtyp).
 * `idtyp: app` stands in every app-only token. Entra does so for Azure's own services; for other applications it takes the optional claim
 * `idtyp`, which the local one does not require, because without it app-only cannot be told from delegated but by the absence of `scp`.
 * `idtyp: user` stands only where the application registers `idtyp` with `include_user_token`.
 */
export function accessTokenClaims(facts: AccessTokenFacts): Record<string, unknown> {
  return isVersion2(facts.target) ? version2Claims(facts) : version1Claims(facts);
}

export function isVersion2(target: TargetResource): boolean {
  return target.kind === 'application' && target.application.api.requestedAccessTokenVersion === 2;
}

/** Pairwise subject: one user has another `sub` towards each application. */
export function pairwiseSubject(tenantId: string, userId: string, appId: string): string {
  return createHash('sha256').update(`${tenantId}/${userId}/${appId}`).digest('base64url');
}

function version2Claims(facts: AccessTokenFacts): Record<string, unknown> {
  const { target, subject } = facts;
  return {
    aud: target.kind === 'application' ? target.application.appId : target.asked,
    iss: `${facts.authorityHost}/${facts.tenantId}/v2.0`,
    ...commonClaims(facts),
    azp: facts.clientId,
    azpacr: PROOF_CODES[facts.clientProof],
    ...(subject.kind === 'user' && subject.withProfile ? { name: subject.user.displayName, preferred_username: subject.user.userPrincipalName } : {}),
    ver: '2.0',
  };
}

function version1Claims(facts: AccessTokenFacts): Record<string, unknown> {
  const { subject, target } = facts;
  const issuer = `https://sts.windows.net/${facts.tenantId}/`;
  const identityId = subject.kind === 'app' && subject.servicePrincipal.servicePrincipalType === 'ManagedIdentity' ? subject.servicePrincipal.alternativeNames.at(-1) : undefined;
  return {
    aud: target.asked,
    iss: issuer,
    ...commonClaims(facts),
    appid: facts.clientId,
    appidacr: PROOF_CODES[facts.clientProof],
    idp: issuer,
    ...(identityId === undefined ? {} : { xms_mirid: identityId }),
    ...(subject.kind === 'user' ? { name: subject.user.displayName, unique_name: subject.user.userPrincipalName, upn: subject.user.userPrincipalName } : {}),
    ver: '1.0',
  };
}

function commonClaims(facts: AccessTokenFacts): Record<string, unknown> {
  const { subject, target } = facts;
  const resourceAppId = target.kind === 'application' ? target.application.appId : target.asked;
  const who =
    subject.kind === 'app'
      ? { oid: subject.servicePrincipal.id, sub: subject.servicePrincipal.id, idtyp: 'app', ...agentClaims(subject.servicePrincipal) }
      : {
          oid: subject.user.id,
          sub: pairwiseSubject(facts.tenantId, subject.user.id, resourceAppId),
          scp: subject.scopes.join(' '),
          ...(wantsUserTokenType(target) ? { idtyp: 'user' } : {}),
        };
  return {
    iat: facts.issuedAtSeconds,
    nbf: facts.issuedAtSeconds,
    exp: facts.issuedAtSeconds + facts.lifetimeSeconds,
    ...who,
    ...(facts.roles.length > 0 ? { roles: facts.roles } : {}),
    tid: facts.tenantId,
    uti: randomBytes(16).toString('base64url'),
  };
}

function wantsUserTokenType(target: TargetResource): boolean {
  if (target.kind !== 'application') return false;
  return target.application.optionalClaims?.accessToken.some(({ name, additionalProperties }) => name === 'idtyp' && additionalProperties.includes('include_user_token')) ?? false;
}

/** 11 is the facet of an agent identity, among the others that Entra lists with it. */
function agentClaims(principal: ServicePrincipal): Record<string, unknown> {
  if (principal.agentBlueprintAppId === null) return {};
  return { xms_act_fct: '3 9 11', xms_sub_fct: '9 3 11', xms_idrel: '7 10', xms_par_app_azp: principal.agentBlueprintAppId };
}
