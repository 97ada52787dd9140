import { EntraError } from './entraError.ts';
import type { SigningKeys } from './signingKeys.ts';

/**
 * The OpenID configuration of the tenant, with the real Entra's fields for what the local one serves. Like the real one it names neither
 * `code_challenge_methods_supported` nor a `registration_endpoint`.
 * Source: learn.microsoft.com, "OpenID Connect on the Microsoft identity platform", section "Fetch the OpenID configuration document".
 */
export function openIdConfiguration(authorityHost: string, tenantId: string, version: 'v1' | 'v2'): Record<string, unknown> {
  const tenant = `${authorityHost}/${tenantId}`;
  const path = version === 'v2' ? 'oauth2/v2.0' : 'oauth2';
  return {
    token_endpoint: `${tenant}/${path}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: `${tenant}/${version === 'v2' ? 'discovery/v2.0/keys' : 'discovery/keys'}`,
    response_modes_supported: ['query', 'fragment'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: version === 'v2' ? `${tenant}/v2.0` : `https://sts.windows.net/${tenantId}/`,
    request_uri_parameter_supported: false,
    // Both versions of the token endpoint take the codes of the one authorization endpoint.
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'nonce', 'preferred_username', 'name', 'tid', 'ver', 'oid'],
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net',
  };
}

/** The published keys. As in Entra, a key names no `alg`; the v2 form names the issuer. */
export function jsonWebKeySet(keys: SigningKeys, authorityHost: string, tenantId: string, version: 'v1' | 'v2'): Record<string, unknown> {
  return {
    keys: keys.published().map(({ kid, jwk }) => ({
      kty: jwk.kty,
      use: 'sig',
      kid,
      n: jwk.n,
      e: jwk.e,
      ...(version === 'v2' ? { cloud_instance_name: 'microsoftonline.com', issuer: `${authorityHost}/${tenantId}/v2.0` } : {}),
    })),
  };
}

/**
 * Instance discovery, by which MSAL asks whether an authority can be trusted and which hosts are its aliases.
 * @param authorizationEndpoint parameter `authorization_endpoint`
 * @throws EntraError AADSTS50049 for an authority on another host
 */
export function instanceDiscovery(authorityHost: string, tenantId: string, authorizationEndpoint: string | undefined): Record<string, unknown> {
  const host = new URL(authorityHost).host;
  const asked = authorizationEndpoint !== undefined && URL.canParse(authorizationEndpoint) ? new URL(authorizationEndpoint).host : undefined;
  if (asked !== host) {
    throw new EntraError(400, 'invalid_instance', 50049, `Unknown or invalid instance: ${authorizationEndpoint ?? 'authorization_endpoint is missing'}. The instance here is ${host}.`);
  }
  return {
    tenant_discovery_endpoint: `${authorityHost}/${tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

/**
 * Refuses every tenant but the one.
 * @throws EntraError AADSTS50194 for the names that stand for many tenants, AADSTS90002 for any other
 */
export function requireTenant(tenant: string, tenantId: string): void {
  if (tenant.toLowerCase() === tenantId) return;
  if (['common', 'organizations', 'consumers'].includes(tenant.toLowerCase())) {
    throw new EntraError(400, 'invalid_request', 50194, `The applications of the local Entra are not configured as multi-tenant applications. Usage of the /${tenant} endpoint is not supported for them. Use the tenant-specific endpoint /${tenantId}.`);
  }
  throw new EntraError(400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. The local tenant is ${tenantId}.`);
}
