import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { VerifySignature } from './anchors.ts';
import type { SignatureKeys } from './readRecord.ts';

const jwkSchema = z.object({ kid: z.string(), kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });
/** Public halves of the versions of a key, as JSON Web Keys. */
export const keySetSchema = z.object({ keys: z.array(jwkSchema) });
export type KeySet = z.output<typeof keySetSchema>;

/** Makes the check of signatures; one by a key that is not in the set is no signature. */
export function createSignatureCheck({ keys }: KeySet): VerifySignature {
  const byId = new Map<string, KeyObject>(keys.map(({ kid, kty, crv, x, y }) => [kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })]));
  return (id, text, signature) => {
    const key = byId.get(id);
    return key !== undefined && verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  };
}

/** Keys that are at hand, such as those of a copy. */
export function knownKeys(set: KeySet): SignatureKeys {
  return { load: async () => undefined, verify: createSignatureCheck(set) };
}

/** Versions of the signing key, from the vault as they are met. */
export interface VaultKeys extends SignatureKeys {
  /** All that were loaded. */
  readonly loaded: KeySet;
}

/**
 * @param keyUrl of the signing key, without version. An id of another key is left out, and its signatures count for nothing.
 * @param getToken gives an access token for the vault
 */
export function vaultKeys(keyUrl: string, getToken: () => Promise<string>): VaultKeys {
  const asked = new Set<string>();
  const loaded: KeySet = { keys: [] };
  let check = createSignatureCheck(loaded);
  return {
    loaded,
    verify: (id, text, signature) => check(id, text, signature),
    async load(ids) {
      const own = [...ids].filter((id) => !asked.has(id) && id.startsWith(`${keyUrl}/`) && VERSION.test(id.slice(keyUrl.length + 1)));
      if (own.length === 0) return;
      const token = await getToken();
      for (const id of own) loaded.keys.push(...await readPublicKey(id, token));
      for (const id of own) asked.add(id);
      check = createSignatureCheck(loaded);
    },
  };
}

/** Ids come out of blobs: nothing else of the vault is asked for. */
const VERSION = /^[0-9a-zA-Z-]{1,127}$/;

/** @throws CommandError AUDIT_KEY_UNREADABLE */
async function readPublicKey(id: string, token: string): Promise<KeySet['keys']> {
  const answer = await fetch(`${id}?api-version=7.6`, { headers: { authorization: `Bearer ${token}` }, redirect: 'error' });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new CommandError('AUDIT_KEY_UNREADABLE', `The vault answered ${answer.status} for the public half of ${id}. Reading it takes the data action Microsoft.KeyVault/vaults/keys/read, such as the role Key Vault Reader has.`);
  const { key } = z.object({ key: jwkSchema }).parse(await answer.json());
  return [{ ...key, kid: id }];
}
