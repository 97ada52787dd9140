import type { Arm } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import type { Principal } from '../entra/types.ts';
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

export type SecretAction = (typeof SECRET_ACTIONS)[keyof typeof SECRET_ACTIONS];

/** The scope of an action: a secret has a resource id of its own, so a role may be assigned on one secret. */
export function scopeOf(vault: VaultRecord, secretName?: string): string {
  return secretName === undefined ? vault.id : `${vault.id}/secrets/${secretName}`;
}

/** @throws AzureError 403 ForbiddenByRbac. Source: learn.microsoft.com, "Azure Key Vault REST API error codes", HTTP 403. */
export function requireAccess(arm: Arm, principal: Principal | undefined, action: SecretAction, vault: VaultRecord, secretName?: string): void {
  const scope = scopeOf(vault, secretName);
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
