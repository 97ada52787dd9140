import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import type { Collection } from '../core/documents.ts';
import { AzureError } from '../core/errors.ts';

const versionSchema = z.object({
  version: z.string(),
  /** The private scalar, base64url, sealed. */
  sealedKey: z.string(),
  x: z.string(),
  y: z.string(),
  enabled: z.boolean(),
  created: z.number(),
  updated: z.number(),
});
const keySchema = z.object({
  vault: z.string(),
  name: z.string(),
  operations: z.array(z.string()),
  /** Oldest first; the last is the current one. */
  versions: z.array(versionSchema).min(1),
});

export type KeyVersion = z.infer<typeof versionSchema>;
export type KeyRecord = z.infer<typeof keySchema>;

/** The one kind of key that is held here. */
export const KEY_TYPE = 'EC';
export const CURVE = 'P-256';
export const ALGORITHM = 'ES256';
/** Source: learn.microsoft.com, "Keys - Sign": the value is the digest; ES256 takes one of SHA-256. */
const DIGEST_BYTES = 32;
/** Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources", Microsoft.KeyVault/vaults/keys. */
const KEY_NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** The keys of all vaults; private parts are sealed on disk and never leave this module. */
export interface KeyStore {
  /** Makes the first version of a key; a key that exists stays as it is. */
  create(vault: string, name: string, operations: readonly string[]): KeyRecord;
  find(vault: string, name: string): KeyRecord | undefined;
  /** @throws AzureError 404 KeyNotFound @param version default: the current one */
  get(vault: string, name: string, version?: string): { readonly record: KeyRecord; readonly version: KeyVersion };
  /**
   * Signs a digest.
   * @returns the 64 bytes of JWS
   */
  sign(version: KeyVersion, digest: Uint8Array): Buffer;
  purgeVault(vault: string): void;
}

export function createKeyStore(context: LocalContext): KeyStore {
  const keys: Collection<KeyRecord> = context.documents.collection('keyvault-keys', keySchema);
  const keyOf = (vault: string, name: string): string => `${vault}/${name}`.toLowerCase();
  return {
    create(vault, name, operations) {
      if (!KEY_NAME.test(name)) throw new AzureError(400, 'BadParameter', `The key name '${name}' is not allowed. Allowed: 1 to 127 letters, digits and dashes.`);
      const existing = keys.get(keyOf(vault, name));
      if (existing) return existing;
      const { d = '', x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: CURVE }).privateKey.export({ format: 'jwk' });
      const now = Math.floor(context.now().getTime() / 1_000);
      const record: KeyRecord = {
        vault: vault.toLowerCase(), name, operations: [...operations],
        versions: [{ version: randomBytes(16).toString('hex'), sealedKey: context.sealer.seal(d), x, y, enabled: true, created: now, updated: now }],
      };
      keys.put(keyOf(vault, name), record);
      return record;
    },
    find: (vault, name) => keys.get(keyOf(vault, name)),
    get(vault, name, version) {
      const record = keys.get(keyOf(vault, name));
      const found = version ? record?.versions.find((one) => one.version === version) : record?.versions.at(-1);
      if (!record || !found) throw new AzureError(404, 'KeyNotFound', `A key with (name/id) ${name}/${version ?? ''} was not found in this key vault.`);
      return { record, version: found };
    },
    sign(version, digest) {
      if (digest.length !== DIGEST_BYTES) throw new AzureError(400, 'BadParameter', `The value is ${digest.length} bytes long; ${ALGORITHM} takes a digest of ${DIGEST_BYTES} bytes.`);
      return signDigest(context.sealer.open(version.sealedKey), digest);
    },
    purgeVault(vault) {
      for (const record of keys.values()) if (record.vault === vault.toLowerCase()) keys.delete(keyOf(record.vault, record.name));
    },
  };
}

/** Node signs messages, and here the digest is given. */
function signDigest(privateScalar: string, digest: Uint8Array): Buffer {
  return Buffer.from(p256.sign(digest, Buffer.from(privateScalar, 'base64url'), { prehash: false, lowS: false }));
}
