import type { Arm, JsonObject, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import type { Listener } from '../core/listeners.ts';
import type { Directory } from '../entra/types.ts';
import { OPEN_NETWORK, type NetworkReach } from '../network/index.ts';
import { createDataPlane } from './dataPlane.ts';
import { createKeyStore } from './keys.ts';
import { resolveReference, type ResolvedReference, type SecretReference } from './references.ts';
import { keyVaultResourceTypes, listenerName } from './rows.ts';
import { createSecretStore } from './secrets.ts';
import { createVaultRegistry, toDeletedVault } from './vaults.ts';

export type { ResolvedReference, SecretReference } from './references.ts';

/** Soft-deleted vaults of the subscription, as ARM serves them under Microsoft.KeyVault/deletedVaults. */
export interface DeletedVaults {
  list(): JsonObject[];
  /** @throws AzureError 404 DeletedVaultNotFound */
  get(location: string, vaultName: string): JsonObject;
  /** @throws AzureError 404 DeletedVaultNotFound, 405 MethodNotAllowed when the vault has purge protection */
  purge(location: string, vaultName: string): void;
}

export interface KeyVault {
  readonly resourceTypes: ResourceType[];
  readonly deletedVaults: DeletedVaults;
  /** @throws AzureError VaultNotFound | SecretNotFound | SecretVersionNotFound | AccessToKeyVaultDenied */
  resolveReference(reference: SecretReference): ResolvedReference;
  close(): Promise<void>;
}

/** Key Vault: the ARM resources, and for each living vault a listener with the REST API for secrets. */
export async function createKeyVault({ context, arm, directory, network = OPEN_NETWORK }: { context: LocalContext; arm: Arm; directory: Directory; network?: NetworkReach }): Promise<KeyVault> {
  const secrets = createSecretStore(context);
  const keys = createKeyStore(context);
  const vaults = createVaultRegistry(context, (name) => {
    secrets.purgeVault(name);
    keys.purgeVault(name);
    context.listeners.forget(listenerName(name));
  });
  const open = new Map<string, { listener: Listener; close(): Promise<unknown> }>();

  const serve = async (name: string): Promise<void> => {
    const key = name.toLowerCase();
    if (open.has(key)) return;
    const baseUrl = (): string => `https://127.0.0.1:${context.listeners.portOf(listenerName(name)) ?? 0}`;
    const app = createDataPlane({ context, arm, directory, network, vaults, secrets, keys, vaultName: name, baseUrl });
    await app.ready();
    open.set(key, { listener: await context.listeners.open(listenerName(name), (request, response) => app.routing(request, response), { tls: true }), close: () => app.close() });
  };
  const stopServing = async (name: string): Promise<void> => {
    const key = name.toLowerCase();
    const served = open.get(key);
    open.delete(key);
    await served?.listener.close();
    await served?.close();
  };
  const deletedVault = (location: string, vaultName: string): ReturnType<typeof vaults.deleted>[number] => {
    const vault = vaults.find(vaultName);
    if (vault?.deletion && sameLocation(vault.location, location)) return vault;
    throw new AzureError(404, 'DeletedVaultNotFound', `The specified deleted vault '${vaultName}' does not exist in ${location}.`);
  };

  const portOf = ({ name }: { name: string }): number | undefined => context.listeners.portOf(listenerName(name));

  for (const vault of vaults.living()) await serve(vault.name);

  return {
    resourceTypes: keyVaultResourceTypes({ context, arm, directory, vaults, secrets, keys, serve, stopServing }),
    deletedVaults: {
      list: () => vaults.deleted().map((vault) => toDeletedVault(vault, context.subscriptionId)),
      get: (location, vaultName) => toDeletedVault(deletedVault(location, vaultName), context.subscriptionId),
      purge(location, vaultName) {
        const vault = deletedVault(location, vaultName);
        if (vault.purgeProtection) {
          throw new AzureError(405, 'MethodNotAllowed', `Operation 'DeletedVaultPurge' is not allowed: the vault '${vault.name}' has purge protection. It is purged when its retention ends, ${vault.deletion?.purgeAt ?? ''}.`);
        }
        vaults.purge(vault.name);
      },
    },
    resolveReference: (reference) => resolveReference({ vaults, secrets, arm, network, portOf }, reference),
    async close() {
      await Promise.all([...open.keys()].map((name) => stopServing(name)));
    },
  };
}

function sameLocation(one: string, other: string): boolean {
  const plain = (location: string): string => location.toLowerCase().replaceAll(' ', '');
  return plain(one) === plain(other);
}
