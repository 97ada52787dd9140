import { idKey } from '../arm/paths.ts';
import type { Resource, ResourceType } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';

export const LOCK_TYPE = 'Microsoft.Authorization/locks';
const BELOW_SCOPE = '/providers/microsoft.authorization/locks/';

/**
 * The row of Microsoft.Authorization/locks.
 * Source: learn.microsoft.com, "Management Locks - Create Or Update By Scope" and "Lock your Azure resources to protect your infrastructure".
 */
export const lockType: ResourceType = {
  type: LOCK_TYPE,
  token: 'authorization:ManagementLockByScope',
  path: `/{scope}/providers/${LOCK_TYPE}/{lockName}`,
  apiVersions: ['2020-05-01', '2016-09-01'],
  envelope: [],
  existence: 'created',
  behaviour: {
    validate({ body, parameters }) {
      const { level, notes } = body['properties'] as { level?: string; notes?: string };
      if (level === 'NotSpecified') throw new AzureError(400, 'InvalidLockLevel', 'The level of a lock is CanNotDelete or ReadOnly.');
      if ((notes ?? '').length > 512) throw new AzureError(400, 'InvalidLockNotes', `The notes of a lock have at most 512 characters; ${notes?.length} were given.`);
      if (!/^[^<>%&:?/]{1,90}[^<>%&:?/. ]?$/.test(parameters['lockName'] ?? '')) throw new AzureError(400, 'InvalidLockName', `The lock name '${parameters['lockName']}' is not allowed: 1 to 90 characters without < > % & : ? /.`);
    },
  },
};

/**
 * Refuses what a lock forbids. A lock holds for its scope and all that is below it, extension resources such as role assignments included; what contains something locked
 * cannot be deleted either. Locks themselves may go: that is how a lock is taken off.
 * @throws AzureError 409 ScopeLocked
 */
export function refuseLocked(id: string, operation: 'delete' | 'write', locks: readonly Resource[]): void {
  const key = idKey(id);
  if (key.includes(BELOW_SCOPE)) return;
  const holding = locks.filter((lock) => {
    const scope = scopeOf(lock);
    const isAtOrBelow = key === scope || key.startsWith(`${scope}/`);
    return operation === 'delete' ? isAtOrBelow || scope.startsWith(`${key}/`) : isAtOrBelow && String(lock.properties['level']).toLowerCase() === 'readonly';
  });
  if (holding.length === 0) return;
  throw new AzureError(409, 'ScopeLocked', `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: '${holding.map(({ id: lockId }) => lockId.slice(0, idKey(lockId).lastIndexOf(BELOW_SCOPE))).join("', '")}'. Please remove the lock and try again.`);
}

function scopeOf(lock: Resource): string {
  const key = idKey(lock.id);
  return key.slice(0, key.lastIndexOf(BELOW_SCOPE));
}
