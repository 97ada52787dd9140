import type { FastifyInstance } from 'fastify';
import { BASELINE_SCOPE } from '../tools/wellKnownAccess.ts';
import { publicOriginOf } from './hosts.ts';
import { qualifiedScope, type IssuerOf } from './resourceMetadata.ts';

const METADATA_PATH = '/.well-known/oauth-authorization-server';

export interface AuthorizationServerMetadataOptions {
  readonly tenantId: string;
  /** Base URL of the login service, without a trailing slash. */
  readonly authorityHost: string;
}

/** Entra itself: the client reads the tenant's own OpenID configuration. */
export function createEntraIssuer({ tenantId, authorityHost }: AuthorizationServerMetadataOptions): IssuerOf {
  const issuer = `${authorityHost}/${tenantId}/v2.0`;
  return () => issuer;
}

/** This server: the client reads the metadata below. An issuer without a path, so that there is one place where the metadata can be. */
export const facadeIssuer: IssuerOf = publicOriginOf;

/**
 * Metadata of an authorization server whose endpoints are Entra's: what Entra's own document leaves out is that it takes PKCE, at which a client that
 * follows the specification stops. Nothing is proxied; codes and tokens pass between client and Entra.
 * It names no way to register, because Entra has none, and it is no OpenID provider: the ID tokens come from Entra and name Entra
 * (OpenID Connect Discovery 1.0, section 4.3). docs/decisions/023-who-issues-tokens.md.
 * Source: RFC 8414, sections 2 and 3; Model Context Protocol 2026-07-28, basic/authorization/security-considerations, "Authorization Code Protection";
 * learn.microsoft.com, "OAuth 2.0 authorization code flow" on the Microsoft identity platform.
 */
export function registerAuthorizationServerMetadata(app: FastifyInstance, { tenantId, authorityHost }: AuthorizationServerMetadataOptions): void {
  const tenant = `${authorityHost}/${tenantId}`;
  app.get(METADATA_PATH, async (request) => ({
    // The client compares it, character by character, with what the resource metadata named.
    issuer: facadeIssuer(request),
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    // offline_access is of the authorization server, not of the resource: a client that wants refresh tokens looks for it here.
    scopes_supported: [qualifiedScope(request, BASELINE_SCOPE), 'offline_access'],
  }));
}
