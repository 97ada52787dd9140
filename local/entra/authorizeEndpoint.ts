import type { AuthorizationCodes } from './authorizationCodes.ts';
import { findClient, missingParameter, type Parameters } from './clientAuthentication.ts';
import { consentedScopes, recordConsent, userConsentable } from './consent.ts';
import { EntraError, notOfferedLocally } from './entraError.ts';
import type { Application, User } from './records.ts';
import { matchRedirectUri } from './redirectUris.ts';
import { resolveScopes, scopesOf, type RequestedAccess } from './resources.ts';
import type { DirectoryStore } from './store.ts';

export interface AuthorizeDeps {
  readonly store: DirectoryStore;
  readonly codes: AuthorizationCodes;
  /** Whether a client is trusted without asking the user: the local command line. */
  isPreconsented(application: Application): boolean;
}

export type AuthorizeAnswer =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'signIn'; readonly application: Application; readonly users: readonly User[]; readonly newScopes: readonly string[]; readonly loginHint: string | undefined };

/** The form field by which the sign-in page says who was chosen. */
export const CHOSEN_USER = 'local_user';

/**
 * Answers an authorization request: with the sign-in page, or at once where a user was chosen on it or `prompt=none` comes with a `login_hint`.
 * Source: learn.microsoft.com, "OAuth 2.0 authorization code flow", section "Request an authorization code".
 * @throws EntraError when the client or its redirect URI is not known: there is nowhere to send the browser
 */
export function answerAuthorizeRequest(deps: AuthorizeDeps, parameters: Parameters): AuthorizeAnswer {
  const application = findClient(deps.store, parameters['client_id']);
  const redirectUri = parameters['redirect_uri'];
  if (redirectUri === undefined) throw missingParameter('redirect_uri');
  const clientType = matchRedirectUri(application, redirectUri);
  if (!clientType) {
    throw new EntraError(400, 'invalid_request', 50011, `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${application.appId}'. Make sure the redirect URI sent in the request matches one added to your application.`);
  }
  const responseMode = parameters['response_mode'] ?? 'query';
  if (responseMode !== 'query' && responseMode !== 'fragment') throw notOfferedLocally(`response_mode=${responseMode}`);
  const redirect = (values: Record<string, string>): AuthorizeAnswer => ({
    kind: 'redirect',
    location: withParameters(redirectUri, responseMode, { ...values, ...(parameters['state'] === undefined ? {} : { state: parameters['state'] }) }),
  });
  try {
    const { codeChallenge, scope } = checkParameters(parameters);
    const access = resolveScopes(deps.store, scope, parameters['resource']);
    const user = signedInUser(deps.store, parameters);
    if (!user) {
      return { kind: 'signIn', application, users: deps.store.users.values().filter(({ accountEnabled }) => accountEnabled), newScopes: wantedScopes(access), loginHint: parameters['login_hint'] };
    }
    consent(deps, application, user, access, parameters);
    const code = deps.codes.issue({ clientId: application.appId, clientType, redirectUri, userId: user.id, scope, resource: parameters['resource'], codeChallenge, nonce: parameters['nonce'] });
    return redirect({ code });
  } catch (error) {
    if (!(error instanceof EntraError) || error.status === 501) throw error;
    return redirect({ error: error.error, error_description: error.message });
  }
}

function checkParameters(parameters: Parameters): { codeChallenge: string; scope: string } {
  const responseType = parameters['response_type'];
  if (responseType === undefined) throw missingParameter('response_type');
  if (responseType !== 'code') {
    throw new EntraError(400, 'unsupported_response_type', 700054, `response_type '${responseType}' is not enabled for the application. The local Entra answers response_type=code only.`);
  }
  const codeChallenge = parameters['code_challenge'];
  if (codeChallenge === undefined || !/^[A-Za-z0-9\-_]{43}$/.test(codeChallenge)) {
    throw new EntraError(400, 'invalid_request', 50147, "The size of the code challenge parameter isn't valid. The local Entra requires PKCE: send code_challenge, 43 characters of base64url, and code_challenge_method=S256.");
  }
  if (parameters['code_challenge_method'] !== 'S256') {
    throw new EntraError(400, 'invalid_request', 501491, `The code_challenge_method '${parameters['code_challenge_method'] ?? 'plain'}' is not accepted; send code_challenge_method=S256.`);
  }
  const scope = parameters['scope'];
  if (scope === undefined) throw missingParameter('scope');
  return { codeChallenge, scope };
}

/** @returns undefined when the user has to be asked */
function signedInUser(store: DirectoryStore, parameters: Parameters): User | undefined {
  const silent = parameters['prompt'] === 'none';
  const name = parameters[CHOSEN_USER] ?? (silent ? parameters['login_hint'] : undefined);
  if (name === undefined) {
    if (silent) throw new EntraError(400, 'login_required', 50058, 'A silent sign-in request was sent but no user is signed in. Send login_hint with the name of a local user, or leave prompt=none out.');
    return undefined;
  }
  const user = store.userByName(name);
  if (!user) {
    const known = store.users.values().map(({ userPrincipalName }) => userPrincipalName);
    throw new EntraError(400, 'login_required', 50034, `The user account ${name} does not exist in the directory ${store.tenantId}. Its users are: ${known.join(', ')}.`);
  }
  if (!user.accountEnabled) throw new EntraError(400, 'access_denied', 50057, 'The user account is disabled.');
  return user;
}

function consent(deps: AuthorizeDeps, application: Application, user: User, access: RequestedAccess, parameters: Parameters): void {
  const wanted = wantedScopes(access);
  const consented = consentedScopes(deps.store, application, user, access.target);
  if (access.byDefault ? consented.length > 0 : wanted.every((scope) => consented.includes(scope))) return;
  const asked = parameters[CHOSEN_USER] !== undefined;
  if (!userConsentable(access.target, wanted)) {
    throw new EntraError(400, 'access_denied', 90094, `Admin consent is required for the permissions requested by the application '${application.displayName}': ${wanted.join(', ')}. Grant them with an oAuth2PermissionGrant of consentType AllPrincipals.`);
  }
  if (!asked && !deps.isPreconsented(application)) {
    throw new EntraError(400, 'consent_required', 65001, `The user or administrator has not consented to use the application with ID '${application.appId}' named '${application.displayName}'. Send an interactive authorization request for this user and resource.`);
  }
  recordConsent(deps.store, application, user, access.target, wanted, 'add');
}

function wantedScopes(access: RequestedAccess): readonly string[] {
  return access.byDefault ? scopesOf(access.target) : access.scopes;
}

function withParameters(redirectUri: string, responseMode: 'query' | 'fragment', values: Record<string, string>): string {
  const url = new URL(redirectUri);
  if (responseMode === 'fragment') {
    url.hash = new URLSearchParams(values).toString();
  } else {
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  }
  return url.toString();
}
