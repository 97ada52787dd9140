import { hash } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { vaultKeys } from '../../audit/publicKeys.ts';
import { CommandError } from '../../commandError.ts';

/** The key in the stack's vault by which releases sign; the server's identity has no right to it (docs/decisions/035-gates-of-a-release.md). */
export interface ReleaseKey {
  /** @returns URL of the key with its version, and ES256 over the UTF-8 bytes of the text, base64url */
  sign(text: string): Promise<{ readonly key: string; readonly signature: string }>;
  verify(key: string, text: string, signature: string): Promise<boolean>;
}

const VAULT_SCOPE = 'https://vault.azure.net/.default';
/** Source: learn.microsoft.com, "Azure Key Vault REST API reference: Sign". */
const API_VERSION = '7.6';
const TIMEOUT_MS = 30_000;
const resultSchema = z.object({ kid: z.string().min(1), value: z.string().min(1) });

/**
 * @param keyUrl without version: the current one signs, and every version of this key verifies
 */
export function openReleaseKey(keyUrl: string, credential: TokenCredential): ReleaseKey {
  const getToken = async (): Promise<string> => (await credential.getToken(VAULT_SCOPE))?.token ?? '';
  const keys = vaultKeys(keyUrl, getToken);
  return {
    async sign(text) {
      const response = await reach(keyUrl, async () => fetch(`${keyUrl}/sign?api-version=${API_VERSION}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await getToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ alg: 'ES256', value: hash('sha256', text, 'base64url') }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }));
      if (!response.ok) {
        await response.body?.cancel();
        throw new CommandError('RELEASE_KEY_REFUSED', `The vault answered ${response.status} when ${keyUrl} was to sign. Signing takes the role Key Vault Crypto User on this key, and with private endpoints a host in the stack's network (docs/network.md).`);
      }
      const { kid, value } = resultSchema.parse(await response.json());
      return { key: kid, signature: value };
    },
    async verify(key, text, signature) {
      await reach(keyUrl, () => keys.load(new Set([key])));
      return keys.verify(key, text, signature);
    },
  };
}

/** @throws CommandError RELEASE_KEY_UNREACHABLE where no answer comes, as from outside of the network */
async function reach<T>(keyUrl: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('RELEASE_KEY_UNREACHABLE', `The vault of ${keyUrl} gave no answer: ${(error as Error).message}. With private endpoints it is reached from the stack's network alone: release from a host there (docs/network.md).`);
  }
}
