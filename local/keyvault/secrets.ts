import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import type { Collection } from '../core/documents.ts';
import { AzureError } from '../core/errors.ts';
import { CONTENT_TYPE_LIMIT_CHARACTERS, SECRET_NAME, SECRET_TAGS_LIMIT, SECRET_VALUE_LIMIT_BYTES } from './limits.ts';

const DAY_MS = 24 * 3_600_000;

const versionSchema = z.object({
  version: z.string(),
  sealedValue: z.string(),
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  notBefore: z.number().optional(),
  expires: z.number().optional(),
  created: z.number(),
  updated: z.number(),
});

const secretSchema = z.object({
  vault: z.string(),
  name: z.string(),
  /** Oldest first; the last is the current one. */
  versions: z.array(versionSchema).min(1),
  deletion: z.object({ deletedAt: z.number(), purgeAt: z.number() }).optional(),
});

export type SecretVersion = z.infer<typeof versionSchema>;
export type SecretRecord = z.infer<typeof secretSchema>;

/** What a caller may say of a version beside its value. Times are seconds since 1970, as the REST API has them. */
export interface SecretAttributes {
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly enabled?: boolean | undefined;
  readonly notBefore?: number | undefined;
  readonly expires?: number | undefined;
}

/** The secrets of all vaults. Values are sealed on disk. Every change is on disk when the call returns. */
export interface SecretStore {
  /** Adds a version, which becomes the current one. */
  set(vault: string, name: string, value: string, attributes: SecretAttributes): SecretVersion;
  /** Changes attributes of a version; those not given stay. */
  update(vault: string, name: string, version: string | undefined, attributes: SecretAttributes): SecretVersion;
  /** @throws AzureError 404 SecretNotFound | SecretVersionNotFound @param version default: the current one */
  get(vault: string, name: string, version?: string): SecretVersion;
  find(vault: string, name: string): SecretRecord | undefined;
  reveal(version: SecretVersion): string;
  list(vault: string): SecretRecord[];
  findDeleted(vault: string, name: string): SecretRecord | undefined;
  listDeleted(vault: string): SecretRecord[];
  delete(vault: string, name: string, retentionDays: number): SecretRecord;
  recover(vault: string, name: string): SecretVersion;
  purge(vault: string, name: string): void;
  purgeVault(vault: string): void;
}

export function createSecretStore(context: LocalContext): SecretStore {
  const secrets: Collection<SecretRecord> = context.documents.collection('keyvault-secrets', secretSchema);
  const keyOf = (vault: string, name: string): string => `${vault}/${name}`.toLowerCase();
  const seconds = (): number => Math.floor(context.now().getTime() / 1000);

  const any = (vault: string, name: string): SecretRecord | undefined => {
    const record = secrets.get(keyOf(vault, name));
    if (!record?.deletion || record.deletion.purgeAt > seconds()) return record;
    secrets.delete(keyOf(vault, name));
    return undefined;
  };
  const alive = (vault: string, name: string): SecretRecord => {
    const record = any(vault, name);
    if (!record || record.deletion) throw secretNotFound(name);
    return record;
  };
  const deleted = (vault: string, name: string): SecretRecord => {
    const record = any(vault, name);
    if (!record?.deletion) throw new AzureError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
    return record;
  };
  const ofVault = (vault: string): SecretRecord[] => secrets.values().flatMap((record) => (record.vault === vault.toLowerCase() ? (any(vault, record.name) ?? []) : []));
  const get = (vault: string, name: string, version?: string): SecretVersion => {
    const record = alive(vault, name);
    const found = version ? record.versions.find((one) => one.version === version) : record.versions.at(-1);
    if (!found) throw new AzureError(404, 'SecretVersionNotFound', `A secret with (name/id) ${name}/${version ?? ''} was not found in this key vault.`);
    return found;
  };

  return {
    get,
    set(vault, name, value, attributes) {
      judgeName(name);
      judgeValue(value);
      judgeAttributes(attributes);
      const record = any(vault, name);
      if (record?.deletion) throw deletedButRecoverable(name);
      const now = seconds();
      const added: SecretVersion = {
        version: randomBytes(16).toString('hex'),
        sealedValue: context.sealer.seal(value),
        contentType: attributes.contentType,
        tags: { ...attributes.tags },
        enabled: attributes.enabled ?? true,
        notBefore: attributes.notBefore,
        expires: attributes.expires,
        created: now,
        updated: now,
      };
      secrets.put(keyOf(vault, name), { vault: vault.toLowerCase(), name: record?.name ?? name, versions: [...(record?.versions ?? []), added] });
      return added;
    },
    update(vault, name, version, attributes) {
      judgeAttributes(attributes);
      const old = get(vault, name, version);
      const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as SecretAttributes;
      const changed = versionSchema.parse({ ...old, ...given, updated: seconds() });
      const record = alive(vault, name);
      secrets.put(keyOf(vault, name), { ...record, versions: record.versions.map((one) => (one.version === old.version ? changed : one)) });
      return changed;
    },
    find(vault, name) {
      const record = any(vault, name);
      return record?.deletion ? undefined : record;
    },
    reveal: (version) => context.sealer.open(version.sealedValue),
    list: (vault) => ofVault(vault).filter((record) => !record.deletion),
    findDeleted(vault, name) {
      const record = any(vault, name);
      return record?.deletion ? record : undefined;
    },
    listDeleted: (vault) => ofVault(vault).filter((record) => record.deletion !== undefined),
    delete(vault, name, retentionDays) {
      const now = seconds();
      const record = { ...alive(vault, name), deletion: { deletedAt: now, purgeAt: now + (retentionDays * DAY_MS) / 1000 } };
      secrets.put(keyOf(vault, name), record);
      return record;
    },
    recover(vault, name) {
      const record = { ...deleted(vault, name) };
      delete record.deletion;
      secrets.put(keyOf(vault, name), record);
      return get(vault, name);
    },
    purge(vault, name) {
      deleted(vault, name);
      secrets.delete(keyOf(vault, name));
    },
    purgeVault(vault) {
      for (const record of secrets.values()) if (record.vault === vault.toLowerCase()) secrets.delete(keyOf(vault, record.name));
    },
  };
}

export function secretNotFound(name: string): AzureError {
  return new AzureError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
  );
}

/** A soft-deleted secret keeps its name. Source: learn.microsoft.com, "Azure Key Vault soft-delete overview". */
export function deletedButRecoverable(name: string): AzureError {
  return new AzureError(
    409,
    'ObjectIsDeletedButRecoverable',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
  );
}

export function judgeName(name: string): void {
  if (!SECRET_NAME.test(name)) {
    throw new AzureError(400, 'BadParameter', `The secret name "${name}" is not allowed. Allowed: 1 to 127 letters, digits and dashes.`);
  }
}

function judgeValue(value: string): void {
  const length = Buffer.byteLength(value);
  if (length > SECRET_VALUE_LIMIT_BYTES) {
    throw new AzureError(400, 'BadParameter', `The secret's value has ${length} bytes; allowed are ${SECRET_VALUE_LIMIT_BYTES}. Keep larger data in a storage account, encrypted with a key from the vault.`);
  }
}

function judgeAttributes(attributes: SecretAttributes): void {
  const tags = Object.keys(attributes.tags ?? {}).length;
  if (tags > SECRET_TAGS_LIMIT) throw new AzureError(400, 'BadParameter', `${tags} tags were given; a secret takes at most ${SECRET_TAGS_LIMIT}.`);
  const contentType = attributes.contentType?.length ?? 0;
  if (contentType > CONTENT_TYPE_LIMIT_CHARACTERS) {
    throw new AzureError(400, 'BadParameter', `The content type has ${contentType} characters; allowed are ${CONTENT_TYPE_LIMIT_CHARACTERS}.`);
  }
}
