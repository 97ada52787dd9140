import type { ArmExtension, JsonObject } from '../arm/types.ts';
import type { DeletedVaults } from './index.ts';

const API_VERSIONS = ['2024-11-01', '2023-07-01', '2023-02-01'];

/**
 * The paths by which ARM shows and purges soft-deleted vaults.
 * Source: learn.microsoft.com, "Vaults - List Deleted", "Vaults - Get Deleted", "Vaults - Purge Deleted".
 */
export function deletedVaultPaths(deleted: DeletedVaults): ArmExtension[] {
  const one = '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{vaultName}';
  const named = (parameters: Readonly<Record<string, string>>): [string, string] => [parameters['location'] ?? '', parameters['vaultName'] ?? ''];
  return [
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/deletedVaults',
      apiVersions: API_VERSIONS,
      action: 'Microsoft.KeyVault/deletedVaults/read',
      handle: () => ({ value: deleted.list() }),
    },
    {
      method: 'GET',
      path: one,
      apiVersions: API_VERSIONS,
      action: 'Microsoft.KeyVault/locations/deletedVaults/read',
      handle: (parameters): JsonObject => deleted.get(...named(parameters)),
    },
    {
      method: 'POST',
      path: `${one}/purge`,
      apiVersions: API_VERSIONS,
      action: 'Microsoft.KeyVault/locations/deletedVaults/purge/action',
      handle(parameters) {
        deleted.purge(...named(parameters));
        return undefined;
      },
    },
  ];
}
