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

/** Time before its end at which a token is renewed, in milliseconds; as long as renewing fails, it is used to its end. */
const RENEW_BEFORE_MS = 300_000;
/** Time between two attempts to renew a token that still is good, in milliseconds. */
const RENEW_AGAIN_MS = 30_000;

interface HeldToken {
  readonly token: string;
  readonly expiresAtMs: number;
  renewAtMs: number;
}

/**
 * Access tokens of a credential for plain requests, kept until shortly before they end: the credential itself takes longer to find one than a request takes.
 * @param now the time, in milliseconds since 1970
 * @returns for a scope, a token of it; rejects with what the credential throws, when there is no good one any more
 */
export function tokensOf(credential: TokenCredential, now: () => number = Date.now): (scope: string) => Promise<string> {
  const held = new Map<string, HeldToken>();
  const asked = new Map<string, Promise<HeldToken>>();
  const ask = (scope: string): Promise<HeldToken> => {
    let answer = asked.get(scope);
    if (!answer) {
      answer = fetchToken(credential, scope).then((fresh) => {
        held.set(scope, fresh);
        return fresh;
      }).finally(() => asked.delete(scope));
      asked.set(scope, answer);
    }
    return answer;
  };
  return async (scope) => {
    const known = held.get(scope);
    if (!known || now() >= known.expiresAtMs) return (await ask(scope)).token;
    if (now() >= known.renewAtMs) {
      known.renewAtMs = now() + RENEW_AGAIN_MS;
      // The next one has it; this one has a token that is good.
      ask(scope).catch(() => undefined);
    }
    return known.token;
  };
}

async function fetchToken(credential: TokenCredential, scope: string): Promise<HeldToken> {
  const token = await credential.getToken(scope);
  if (!token) throw new Error(`No access token for ${scope} can be had.`);
  return { token: token.token, expiresAtMs: token.expiresOnTimestamp, renewAtMs: token.expiresOnTimestamp - RENEW_BEFORE_MS };
}
