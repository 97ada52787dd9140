import type { TokenCredential } from '@azure/identity';

/** The managed identity as credential; its package is loaded when the first token is needed, off the path of the start. */
export function createManagedIdentity(clientId: string | undefined): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  const load = async (): Promise<TokenCredential> => {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  };
  return {
    async getToken(scopes, options) {
      credential ??= load();
      return (await credential).getToken(scopes, options);
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
