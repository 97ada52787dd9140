import { hash } from 'node:crypto';
import { z } from 'zod';

/** A signature by the key that does not leave the vault. */
export interface SignedText {
  /** URL of the key, with its version. */
  readonly key: string;
  /** ES256 over the UTF-8 bytes of the text: the 64 bytes of JWS, base64url. */
  readonly signature: string;
}

export type Sign = (text: string) => Promise<SignedText>;

export interface VaultSignerOptions {
  /** URL of the key, without version: the current one signs. */
  readonly keyUrl: string;
  /** @returns an access token for the scope */
  readonly getToken: (scope: string) => Promise<string>;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/** Source: learn.microsoft.com, "Azure Key Vault REST API reference: Sign". */
const API_VERSION = '7.6';
const SCOPE = 'https://vault.azure.net/.default';
const resultSchema = z.object({ kid: z.string().min(1), value: z.string().min(1) });

/** Signs by Key Vault, which sees the digest alone. One plain request: the vendor's client would bring a megabyte for it. */
export function createVaultSigner({ keyUrl, getToken, fetch: send, timeoutMs }: VaultSignerOptions): Sign {
  return async (text) => {
    const response = await send(`${keyUrl}/sign?api-version=${API_VERSION}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await getToken(SCOPE)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ alg: 'ES256', value: hash('sha256', text, 'base64url') }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`The vault refuses to sign: HTTP ${response.status}.`);
    }
    const { kid, value } = resultSchema.parse(await response.json());
    return { key: kid, signature: value };
  };
}
