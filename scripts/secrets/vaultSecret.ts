import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import { REQUEST_STATE_SECRET } from '../../infra/names.ts';
import { CommandError } from '../commandError.ts';
import { formatKeyRing, keyIdsOf, parseKeyRing, type KeyIds, type KeyRing } from './keyRing.ts';
import type { RingStore, StoredRing } from './rotate.ts';

/** A version of the secret, without its value. */
export interface SecretVersion {
  readonly version: string;
  readonly createdAt: Date;
  /** Undefined for one that is disabled, or holds something else. */
  readonly keys: KeyIds | undefined;
}

export interface VaultSecret extends RingStore {
  /** @returns newest first, as many of them at the most @param limit */
  versions(limit: number): Promise<SecretVersion[]>;
}

/** The secret of the request-state key in a vault, over the vault's own API: what ARM takes in goes through the program alone. */
export function vaultSecret(client: SecretClient): VaultSecret {
  const readVersion = async (version?: string): Promise<{ text: string; properties: SecretProperties }> => {
    const { value = '', properties } = await client.getSecret(REQUEST_STATE_SECRET, version === undefined ? {} : { version });
    return { text: value, properties };
  };
  const read = async (): Promise<StoredRing & { readonly properties: SecretProperties }> => {
    const { text, properties } = await readVersion();
    const { version = '' } = properties;
    const ring = parseKeyRing(text);
    if (!ring) throw new CommandError('SECRETS_NOT_A_KEY', `Version ${version} of the secret ${REQUEST_STATE_SECRET} is neither one key nor the two of a rotation (${text.length} characters, not shown). Make an earlier version the current one: set its value again; or replace it: npm run secrets -- rotate --emergency`);
    return { ring, version, properties };
  };
  const changed = (): CommandError => new CommandError('SECRETS_CHANGED_MEANWHILE', `Somebody else has changed the secret ${REQUEST_STATE_SECRET} at the same time. See what it holds now: npm run secrets -- status; then run this again.`);
  return {
    read,
    currentVersion: async () => (await readVersion()).properties.version ?? '',
    async write(ring: KeyRing, overVersion) {
      const { properties } = await readVersion();
      if (properties.version !== overVersion) throw changed();
      // What the program has written beside the value goes on to the new version: a refresh of the stack finds what it knows.
      const written = await client.setSecret(REQUEST_STATE_SECRET, formatKeyRing(ring), {
        enabled: true,
        ...(properties.contentType === undefined ? {} : { contentType: properties.contentType }),
        ...(properties.tags === undefined ? {} : { tags: properties.tags }),
      });
      const stored = await read();
      if (stored.version !== written.properties.version) throw changed();
      return stored;
    },
    async versions(limit) {
      const all: SecretProperties[] = [];
      for await (const properties of client.listPropertiesOfSecretVersions(REQUEST_STATE_SECRET)) all.push(properties);
      const { properties: current } = await readVersion();
      // Times are whole seconds, within which several may have been written.
      const rank = (properties: SecretProperties): number => (properties.version === current.version ? Number.POSITIVE_INFINITY : createdAt(properties).getTime());
      const newest = all.sort((a, b) => rank(b) - rank(a)).slice(0, limit);
      return Promise.all(newest.map(async (properties) => {
        const ring = properties.enabled === false ? undefined : parseKeyRing((await readVersion(properties.version)).text);
        return { version: properties.version ?? '', createdAt: createdAt(properties), keys: ring && keyIdsOf(ring) };
      }));
    },
  };
}

function createdAt({ createdOn }: SecretProperties): Date {
  return createdOn ?? new Date(0);
}
