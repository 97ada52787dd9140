import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Application, PasswordCredential } from './records.ts';
import { sha256, type DirectoryStore } from './store.ts';

/** Default life of a secret. Source: learn.microsoft.com, "application: addPassword": two years. */
const LIFETIME_MS = 2 * 365 * 24 * 3_600_000;

export interface AddedSecret {
  readonly credential: PasswordCredential;
  /** The secret; it is told once and only its digest is kept. */
  readonly secretText: string;
}

/** Adds a client secret to an application. */
export function addClientSecret(store: DirectoryStore, application: Application, options: { displayName?: string | null; startDateTime?: string; endDateTime?: string } = {}): AddedSecret {
  const secretText = randomBytes(30).toString('base64url');
  const now = store.now();
  const credential: PasswordCredential = {
    keyId: randomUUID(),
    displayName: options.displayName ?? null,
    hint: secretText.slice(0, 3),
    startDateTime: options.startDateTime ?? now.toISOString(),
    endDateTime: options.endDateTime ?? new Date(now.getTime() + LIFETIME_MS).toISOString(),
  };
  store.secrets.put(credential.keyId, { sha256: sha256(secretText) });
  const current = store.applications.get(application.id) ?? application;
  store.applications.put(application.id, { ...current, passwordCredentials: [...current.passwordCredentials, credential] });
  return { credential, secretText };
}

/** @returns false when the application has no secret of that key id */
export function removeClientSecret(store: DirectoryStore, application: Application, keyId: string): boolean {
  const passwordCredentials = application.passwordCredentials.filter((credential) => credential.keyId !== keyId);
  if (passwordCredentials.length === application.passwordCredentials.length) return false;
  store.applications.put(application.id, { ...application, passwordCredentials });
  store.secrets.delete(keyId);
  return true;
}

/** Judges a secret against those of an application. */
export function checkClientSecret(store: DirectoryStore, application: Application, secret: string): 'valid' | 'expired' | 'wrong' {
  const given = Buffer.from(sha256(secret));
  const now = store.now().getTime();
  let result: 'valid' | 'expired' | 'wrong' = 'wrong';
  for (const { keyId, startDateTime, endDateTime } of application.passwordCredentials) {
    const kept = store.secrets.get(keyId);
    if (!kept || !timingSafeEqual(Buffer.from(kept.sha256), given)) continue;
    if (Date.parse(startDateTime) <= now && now < Date.parse(endDateTime)) return 'valid';
    result = 'expired';
  }
  return result;
}
