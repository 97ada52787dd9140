import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OAuthClientInformationMixed, OAuthClientMetadata, OAuthClientProvider, OAuthDiscoveryState, OAuthTokens } from '@modelcontextprotocol/client';
import { signInOnPage } from './signInPage.ts';

/** Its port is nobody's: the test takes the code from the redirect and opens no listener. */
export const REDIRECT_URI = 'http://127.0.0.1:49152/callback';

/** What a desktop client keeps while a person signs in: nothing but its client id is known beforehand. Serves both versions of the official client. */
export class RegisteredClient implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URI;
  readonly clientMetadata: OAuthClientMetadata = { client_name: 'Desk', redirect_uris: [REDIRECT_URI], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' };
  /** Every authorization request so far; the last one waits for the person. */
  readonly authorizationUrls: URL[] = [];
  readonly #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier: string | undefined;
  #state: string | undefined;
  #discovery: OAuthDiscoveryState | undefined;

  /** @param clientId undefined for a client that nobody has registered */
  constructor(clientId: string | undefined) {
    this.#information = clientId === undefined ? undefined : { client_id: clientId };
  }

  /** Signs a person in for the last authorization request. @returns the parameters that come back to the client */
  async signIn(userName: string): Promise<URLSearchParams> {
    const url = this.authorizationUrls.at(-1);
    assert.ok(url, 'the client has asked for an authorization');
    const callback = await signInOnPage(url, userName);
    assert.equal(callback.get('state'), this.#state, 'the state comes back');
    return callback;
  }

  /** The scopes of the last authorization request. */
  requestedScopes(): readonly string[] {
    return (this.authorizationUrls.at(-1)?.searchParams.get('scope') ?? '').split(' ');
  }

  state(): string {
    return (this.#state = randomUUID());
  }
  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#information;
  }
  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }
  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }
  redirectToAuthorization(authorizationUrl: URL): void {
    this.authorizationUrls.push(authorizationUrl);
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  codeVerifier(): string {
    assert.ok(this.#verifier, 'a verifier was saved');
    return this.#verifier;
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }
  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }
}
