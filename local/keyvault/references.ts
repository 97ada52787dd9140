import type { Arm } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import type { NetworkReach } from '../network/index.ts';
import { scopeOf, SECRET_ACTIONS } from './access.ts';
import type { SecretStore } from './secrets.ts';
import type { VaultRecord, VaultRegistry } from './vaults.ts';

/** A Key Vault reference of App Service, taken apart: the vault stands in it by its URI or by its name. */
export interface SecretReference {
  readonly vaultUri?: string;
  readonly vaultName?: string;
  readonly secretName: string;
  /** Default: the current version. */
  readonly version?: string;
  /** Object id of the identity that reads. */
  readonly principalId: string;
  /** Resource id of the site or slot that it is read for. */
  readonly siteId: string;
}

export interface ResolvedReference {
  readonly value: string;
  readonly version: string;
}

/**
 * Reads a secret for App Service, with the rights of the identity named.
 * @throws AzureError with the status names of App Service: VaultNotFound, SecretNotFound, SecretVersionNotFound, AccessToKeyVaultDenied.
 * Source: learn.microsoft.com, "Use Key Vault references as app settings", section "Troubleshoot Key Vault references".
 */
export function resolveReference(
  { vaults, secrets, arm, network, portOf }: { vaults: VaultRegistry; secrets: SecretStore; arm: Arm; network: NetworkReach; portOf: (vault: VaultRecord) => number | undefined },
  reference: SecretReference,
): ResolvedReference {
  const vault = findVault(vaults, portOf, reference);
  if (!vault) {
    throw new AzureError(404, 'VaultNotFound', `There is no vault ${reference.vaultName ?? reference.vaultUri ?? '(neither a name nor a URI was given)'}.`);
  }
  const resource = arm.get(vault.id);
  if (resource && !network.admitsSite(resource, reference.siteId)) {
    throw new AzureError(
      403,
      'AccessToKeyVaultDenied',
      `The vault ${vault.name} is closed to public networks, and the site has no way to a private endpoint of it. Integrate the site with the endpoint's virtual network, route all of its traffic there, and link the zone privatelink.vaultcore.azure.net to it.`,
    );
  }
  // Rights come before the secret, so that who may not read learns nothing of which secrets exist.
  if (!arm.authorizer.isAllowed(reference.principalId, SECRET_ACTIONS.get, scopeOf(vault, 'secrets', reference.secretName), 'data')) {
    throw new AzureError(
      403,
      'AccessToKeyVaultDenied',
      `The identity ${reference.principalId} may not read the secret ${reference.secretName} of ${vault.name}. Assign it the role Key Vault Secrets User on the vault or on the secret.`,
    );
  }
  const version = secrets.get(vault.name, reference.secretName, reference.version);
  if (!version.enabled) {
    throw new AzureError(403, 'AccessToKeyVaultDenied', `The secret ${reference.secretName} of ${vault.name} is disabled. Enable it, or name another version.`);
  }
  return { value: secrets.reveal(version), version: version.version };
}

function findVault(vaults: VaultRegistry, portOf: (vault: VaultRecord) => number | undefined, reference: SecretReference): VaultRecord | undefined {
  if (reference.vaultName !== undefined) {
    const vault = vaults.find(reference.vaultName);
    return vault?.deletion ? undefined : vault;
  }
  if (reference.vaultUri === undefined || !URL.canParse(reference.vaultUri)) return undefined;
  const uri = new URL(reference.vaultUri);
  return vaults.living().find((vault) => String(portOf(vault)) === uri.port && uri.hostname === '127.0.0.1');
}
