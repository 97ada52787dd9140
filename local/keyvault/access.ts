import type { Arm } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import type { Principal } from '../entra/types.ts';
import type { NetworkReach } from '../network/index.ts';
import type { VaultRecord } from './vaults.ts';

/**
 * Data actions on secrets. Source: learn.microsoft.com, "Azure permissions for Security", Microsoft.KeyVault,
 * and the permission that the REST reference names for each operation.
 */
export const SECRET_ACTIONS = {
  get: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  set: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  update: 'Microsoft.KeyVault/vaults/secrets/update/action',
  readMetadata: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  delete: 'Microsoft.KeyVault/vaults/secrets/delete',
  recover: 'Microsoft.KeyVault/vaults/secrets/recover/action',
  purge: 'Microsoft.KeyVault/vaults/secrets/purge/action',
} as const;

/** Data actions on keys; source as above. */
export const KEY_ACTIONS = {
  read: 'Microsoft.KeyVault/vaults/keys/read',
  sign: 'Microsoft.KeyVault/vaults/keys/sign/action',
} as const;

export type VaultAction = (typeof SECRET_ACTIONS)[keyof typeof SECRET_ACTIONS] | (typeof KEY_ACTIONS)[keyof typeof KEY_ACTIONS];

const KEYS = 'Microsoft.KeyVault/vaults/keys/';

/** The scope of an action: a secret and a key have resource ids of their own, so that a role may be assigned on one of them. */
export function scopeOf(vault: VaultRecord, collection: 'secrets' | 'keys', name?: string): string {
  return name === undefined ? vault.id : `${vault.id}/${collection}/${name}`;
}

/**
 * Who asks has to come from where the vault lets in, whatever its rights.
 * @param address source address of the connection
 * @throws AzureError 403 ForbiddenByConnection. Source: learn.microsoft.com, "Azure Key Vault REST API error codes", HTTP 403; "Integrate Key Vault with Azure Private Link"
 */
export function requireNetwork({ arm, network }: { arm: Arm; network: NetworkReach }, principal: Principal | undefined, vault: VaultRecord, address: string | undefined): void {
  const resource = arm.get(vault.id);
  if (!resource || network.admits(resource, { address, principalId: principal?.objectId })) return;
  throw new AzureError(
    403,
    'ForbiddenByConnection',
    [
      'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
      `Caller: appid=${principal?.clientId ?? ''};oid=${principal?.objectId ?? ''}`,
      `Vault: ${vault.name};location=${vault.location}`,
    ].join('\r\n'),
  );
}

/** @throws AzureError 403 ForbiddenByRbac. Source: learn.microsoft.com, "Azure Key Vault REST API error codes", HTTP 403. */
export function requireAccess(arm: Arm, principal: Principal | undefined, action: VaultAction, vault: VaultRecord, name?: string): void {
  const scope = scopeOf(vault, action.startsWith(KEYS) ? 'keys' : 'secrets', name);
  if (principal && arm.authorizer.isAllowed(principal.objectId, action, scope, 'data')) return;
  throw new AzureError(
    403,
    'ForbiddenByRbac',
    [
      'Caller is not authorized to perform action on resource.',
      'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
      `Caller: appid=${principal?.clientId ?? ''};oid=${principal?.objectId ?? ''}`,
      `Action: '${action}'`,
      `Resource: '${scope}'`,
      'Assignment: (not found)',
      `Vault: ${vault.name};location=${vault.location}`,
    ].join('\r\n'),
  );
}
