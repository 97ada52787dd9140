import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { VerifySignature } from './verifyStream.ts';

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

/**
 * Reads the versions of the signing key from the vault.
 * @param keyUrl without version
 * @param ids as they stand in heads; one of another key is left out, and its signatures count for nothing
 * @throws CommandError AUDIT_KEY_UNREADABLE
 */
export async function readPublicKeys(keyUrl: string, ids: ReadonlySet<string>, token: string): Promise<KeySet> {
  const own = [...ids].filter((id) => id.startsWith(`${keyUrl}/`));
  const keys = await Promise.all(own.map(async (id) => {
    const answer = await fetch(`${id}?api-version=7.6`, { headers: { authorization: `Bearer ${token}` }, redirect: 'error' });
    if (answer.status === 404) return [];
    if (!answer.ok) throw new CommandError('AUDIT_KEY_UNREADABLE', `The vault answered ${answer.status} for the public half of ${id}. Reading it takes the data action Microsoft.KeyVault/vaults/keys/read, such as the role Key Vault Reader has.`);
    const { key } = z.object({ key: jwkSchema }).parse(await answer.json());
    return [{ ...key, kid: id }];
  }));
  return { keys: keys.flat() };
}
