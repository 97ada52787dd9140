import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Encrypts what must not stand in a state file in clear: secret values and keys of the local Azure. */
export interface Sealer {
  seal(plain: string): string;
  /** @throws Error when the text was not sealed by this sealer */
  open(sealed: string): string;
}

/**
 * AES-256-GCM with a key that is made once and kept beside the state, readable by its owner only.
 * @param keyFile path of the key
 */
export function createSealer(keyFile: string): Sealer {
  if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(32), { mode: 0o600, flag: 'wx' });
  const key = readFileSync(keyFile);
  if (key.length !== 32) throw new Error(`${keyFile} holds ${key.length} bytes; the sealing key has 32. Restore the file, or remove the whole state folder to begin anew.`);
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}
