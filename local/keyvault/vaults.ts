import { z } from 'zod';
import type { JsonObject, Resource } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import type { LocalContext } from '../core/context.ts';

const DAY_MS = 24 * 3_600_000;

const vaultSchema = z.object({
  name: z.string(),
  id: z.string(),
  location: z.string(),
  tags: z.record(z.string(), z.string()),
  retentionDays: z.number().int(),
  purgeProtection: z.boolean(),
  /** Set while the vault is soft-deleted; `properties` is what a recovery brings back. */
  deletion: z.object({ deletedAt: z.string(), purgeAt: z.string(), properties: z.record(z.string(), z.json()) }).optional(),
});

/** What the data plane knows of a vault, alive or soft-deleted. */
export type VaultRecord = z.infer<typeof vaultSchema>;

/** All vault names that are taken: those of living vaults and of soft-deleted ones until they are purged. */
export interface VaultRegistry {
  /** @param name compared without case */
  find(name: string): VaultRecord | undefined;
  living(): VaultRecord[];
  deleted(): VaultRecord[];
  /** Records a vault as ARM has it; a soft-deleted one comes back to life. */
  keep(resource: Resource): void;
  softDelete(resource: Resource): void;
  purge(name: string): void;
}

/**
 * @param onPurge called with the name of a vault whose data must go
 */
export function createVaultRegistry(context: LocalContext, onPurge: (name: string) => void): VaultRegistry {
  const vaults = context.documents.collection('keyvault-vaults', vaultSchema);
  const purge = (name: string): void => {
    onPurge(name);
    vaults.delete(name.toLowerCase());
  };
  /** The retention of a soft-deleted vault ends by itself. */
  const sweep = (): void => {
    for (const vault of vaults.values()) {
      if (vault.deletion && Date.parse(vault.deletion.purgeAt) <= context.now().getTime()) purge(vault.name);
    }
  };
  return {
    find(name) {
      sweep();
      return vaults.get(name.toLowerCase());
    },
    living() {
      return vaults.values().filter((vault) => !vault.deletion);
    },
    deleted() {
      sweep();
      return vaults.values().filter((vault) => vault.deletion !== undefined);
    },
    keep(resource) {
      vaults.put(resource.name.toLowerCase(), toRecord(resource));
    },
    softDelete(resource) {
      const record = toRecord(resource);
      const deletedAt = context.now();
      vaults.put(resource.name.toLowerCase(), {
        ...record,
        deletion: {
          deletedAt: deletedAt.toISOString(),
          purgeAt: new Date(deletedAt.getTime() + record.retentionDays * DAY_MS).toISOString(),
          properties: resource.properties,
        },
      });
    },
    purge,
  };
}

function toRecord(resource: Resource): VaultRecord {
  const { properties } = resource;
  return {
    name: resource.name,
    id: resource.id,
    location: typeof resource['location'] === 'string' ? resource['location'] : '',
    tags: z.record(z.string(), z.string()).catch({}).parse(resource['tags'] ?? {}),
    retentionDays: z.number().catch(90).parse(properties['softDeleteRetentionInDays']),
    purgeProtection: properties['enablePurgeProtection'] === true,
  };
}

/**
 * A soft-deleted vault as ARM lists it.
 * Source: learn.microsoft.com, Key Vault REST API, "Vaults - List Deleted".
 */
export function toDeletedVault(vault: VaultRecord, subscriptionId: string): JsonObject {
  if (!vault.deletion) throw new AzureError(404, 'DeletedVaultNotFound', `The vault ${vault.name} is not soft-deleted.`);
  return {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/${vault.location}/deletedVaults/${vault.name}`,
    name: vault.name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: vault.id,
      location: vault.location,
      tags: vault.tags,
      deletionDate: vault.deletion.deletedAt,
      scheduledPurgeDate: vault.deletion.purgeAt,
      purgeProtectionEnabled: vault.purgeProtection,
    },
  };
}
