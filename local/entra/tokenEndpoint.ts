import type { AuthorizationCodes } from './authorizationCodes.ts';
import { authenticateClient, missingParameter, refuseSecret, requireSecret, type Client, type Parameters } from './clientAuthentication.ts';
import { EntraError } from './entraError.ts';
import type { Application, User } from './records.ts';
import type { ClientType } from './redirectUris.ts';
import type { RefreshTokens } from './refreshTokens.ts';
import { resolveScopes, type RequestedAccess } from './resources.ts';
import type { DirectoryStore } from './store.ts';
import type { TokenIssuer } from './tokenIssuer.ts';
import type { IssuedToken } from './types.ts';

export interface TokenEndpointDeps {
  readonly store: DirectoryStore;
  readonly issuer: TokenIssuer;
  readonly codes: AuthorizationCodes;
  readonly refreshTokens: RefreshTokens;
}

export interface TokenRequest {
  readonly parameters: Parameters;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  /** `v1` is `/oauth2/token`, which takes `resource` instead of `scope`. */
  readonly version: 'v1' | 'v2';
}

export interface TokenAnswer {
  readonly body: Record<string, unknown>;
  /** The web origin that may read the answer: a single-page application's. */
  readonly allowedOrigin: string | undefined;
}

/**
 * Answers a token request.
 * Source: learn.microsoft.com, "OAuth 2.0 client credentials flow" and "OAuth 2.0 authorization code flow" on the Microsoft identity platform.
 * @throws EntraError
 */
export async function answerTokenRequest(deps: TokenEndpointDeps, request: TokenRequest): Promise<TokenAnswer> {
  const grantType = request.parameters['grant_type'];
  if (grantType === undefined) throw missingParameter('grant_type');
  if (grantType === 'client_credentials') return clientCredentials(deps, request);
  if (grantType === 'authorization_code') return authorizationCode(deps, request);
  if (grantType === 'refresh_token') return refresh(deps, request);
  throw new EntraError(400, 'unsupported_grant_type', 70003, `The app requested an unsupported grant type '${grantType}'. The local Entra offers client_credentials, authorization_code and refresh_token.`);
}

async function clientCredentials(deps: TokenEndpointDeps, request: TokenRequest): Promise<TokenAnswer> {
  const client = authenticateClient(deps.store, request.parameters, request.authorization);
  requireSecret(client);
  const scope = requestedScope(request);
  if (scope === undefined) throw missingParameter(request.version === 'v1' ? 'resource' : 'scope');
  if (scope.split(' ').some((value) => value !== '' && !value.endsWith('/.default'))) {
    throw new EntraError(400, 'invalid_scope', 1002012, `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`);
  }
  const { target } = resolveScopes(deps.store, scope, resourceIndicator(request));
  const token = await deps.issuer.forServicePrincipal(client.servicePrincipal, client.proof, target);
  return { body: answerBody(deps, request, token), allowedOrigin: undefined };
}

async function authorizationCode(deps: TokenEndpointDeps, request: TokenRequest): Promise<TokenAnswer> {
  const { parameters } = request;
  const client = authenticateClient(deps.store, parameters, request.authorization);
  const code = parameters['code'];
  if (code === undefined) throw missingParameter('code');
  const grant = deps.codes.redeem(code, {
    clientId: client.application.appId,
    redirectUri: parameters['redirect_uri'],
    codeVerifier: parameters['code_verifier'],
  });
  const allowedOrigin = checkClientType(client, grant.clientType, request.origin, grant.redirectUri);
  const user = activeUser(deps.store, grant.userId);
  const scope = requestedScope(request) ?? grant.scope;
  const access = resolveScopes(deps.store, scope, resourceIndicator(request));
  const body = await userAnswer(deps, request, { client, user, scope, access, nonce: grant.nonce, clientType: grant.clientType });
  return { body, allowedOrigin };
}

async function refresh(deps: TokenEndpointDeps, request: TokenRequest): Promise<TokenAnswer> {
  const { parameters } = request;
  const client = authenticateClient(deps.store, parameters, request.authorization);
  const token = parameters['refresh_token'];
  if (token === undefined) throw missingParameter('refresh_token');
  const grant = deps.refreshTokens.find(token, client.application.appId);
  const allowedOrigin = checkClientType(client, grant.clientType, request.origin, undefined);
  const user = activeUser(deps.store, grant.userId);
  // Who holds a refresh token may go on refreshing: offline_access need not be asked for again.
  const scope = `${requestedScope(request) ?? grant.scope} offline_access`;
  const access = resolveScopes(deps.store, scope, resourceIndicator(request));
  const body = await userAnswer(deps, request, { client, user, scope, access, nonce: undefined, clientType: grant.clientType }, token);
  return { body, allowedOrigin };
}

interface UserGrant {
  readonly client: Client;
  readonly user: User;
  readonly scope: string;
  readonly access: RequestedAccess;
  readonly nonce: string | undefined;
  readonly clientType: ClientType;
}

async function userAnswer(deps: TokenEndpointDeps, request: TokenRequest, grant: UserGrant, refreshed?: string): Promise<Record<string, unknown>> {
  const { client, user, access } = grant;
  const { application } = client;
  const token = await deps.issuer.forUser(user, application, client.proof, access);
  const prefix = access.target.asked;
  const before = refreshed === undefined ? undefined : deps.refreshTokens.find(refreshed, application.appId);
  return {
    ...answerBody(deps, request, token),
    scope: [...access.openId, ...token.scopes.filter((scope) => !access.openId.includes(scope)).map((scope) => (access.target.kind === 'azure' ? scope : `${prefix}/${scope}`))].join(' '),
    ...(access.openId.includes('offline_access')
      ? { refresh_token: deps.refreshTokens.issue({ clientId: application.appId, clientType: grant.clientType, userId: user.id, scope: grant.scope }, before) }
      : {}),
    ...(access.openId.includes('openid') ? { id_token: await deps.issuer.idToken(user, application, grant.nonce) } : {}),
    ...(request.parameters['client_info'] === '1' ? { client_info: clientInfo(deps.store, user) } : {}),
  };
}

/** What MSAL keys its cache by. */
function clientInfo(store: DirectoryStore, user: User): string {
  return Buffer.from(JSON.stringify({ uid: user.id, utid: store.tenantId })).toString('base64url');
}

function answerBody(deps: TokenEndpointDeps, request: TokenRequest, token: IssuedToken): Record<string, unknown> {
  const expiresOn = Math.floor(token.expiresOn.getTime() / 1000);
  const seconds = expiresOn - Math.floor(deps.store.now().getTime() / 1000);
  const common = { token_type: 'Bearer', access_token: token.accessToken };
  if (request.version === 'v2') return { ...common, expires_in: seconds, ext_expires_in: seconds };
  return { ...common, expires_in: String(seconds), ext_expires_in: String(seconds), expires_on: String(expiresOn), resource: token.resource };
}

function requestedScope({ parameters, version }: TokenRequest): string | undefined {
  if (version === 'v2') return parameters['scope'];
  return parameters['resource'] === undefined ? undefined : `${parameters['resource']}/.default`;
}

function resourceIndicator({ parameters, version }: TokenRequest): string | undefined {
  return version === 'v2' ? parameters['resource'] : undefined;
}

/** @returns the web origin that may read the answer */
function checkClientType(client: Client, clientType: ClientType, origin: string | undefined, redirectUri: string | undefined): string | undefined {
  if (clientType === 'web') {
    requireSecret(client);
    return undefined;
  }
  refuseSecret(client);
  if (clientType === 'publicClient') return undefined;
  const origins = redirectUri === undefined ? spaOrigins(client.application) : [new URL(redirectUri).origin];
  if (origin === undefined || !origins.includes(origin)) {
    throw new EntraError(400, 'invalid_request', 9002327, "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests, from the origin of its redirect URI.");
  }
  return origin;
}

function spaOrigins(application: Application): string[] {
  return application.spa.redirectUris.map((uri) => new URL(uri).origin);
}

function activeUser(store: DirectoryStore, userId: string): User {
  const user = store.users.get(userId);
  if (!user) throw new EntraError(400, 'invalid_grant', 50034, `The user account does not exist in the directory ${store.tenantId}. To sign into this application, the account must be added to the directory.`);
  if (!user.accountEnabled) throw new EntraError(400, 'invalid_grant', 50057, 'The user account is disabled.');
  return user;
}
