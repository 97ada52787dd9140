import type { TokenCredential } from '@azure/identity';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { withdrawnIdentitySecret } from './withdrawSecrets.ts';

const IDENTITY_HEADER = 'x-identity-header';

/** The managed identity as credential; its package is loaded when the first token is needed, off the path of the start. */
export function createManagedIdentity(clientId: string | undefined): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  const load = async (): Promise<TokenCredential> => {
    const [{ ManagedIdentityCredential }, { createDefaultHttpClient }] = await Promise.all([import('@azure/identity'), import('@azure/core-rest-pipeline')]);
    const httpClient = withIdentityHeader(createDefaultHttpClient());
    return new ManagedIdentityCredential(clientId === undefined ? { httpClient } : { clientId, httpClient });
  };
  return {
    async getToken(scopes, options) {
      credential ??= load();
      return (await credential).getToken(scopes, options);
    },
  };
}

/**
 * Writes the withdrawn header over the placeholder that the SDK finds in the environment, on requests to the endpoint that it came with. The SDK
 * looks at the environment when the first token is needed, and again for each token, and takes the header from nowhere else.
 */
function withIdentityHeader(client: HttpClient): HttpClient {
  return {
    sendRequest(request) {
      const secret = withdrawnIdentitySecret();
      if (secret && request.headers.has(IDENTITY_HEADER) && request.url.split('?')[0] === secret.endpoint) request.headers.set(IDENTITY_HEADER, secret.header);
      return client.sendRequest(request);
    },
  };
}

/** Access tokens of a credential for plain requests. */
export function tokensOf(credential: TokenCredential): (scope: string) => Promise<string> {
  return async (scope) => {
    const token = await credential.getToken(scope);
    if (!token) throw new Error(`No access token for ${scope} can be had.`);
    return token.token;
  };
}
