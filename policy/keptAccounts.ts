import type { StackResource } from './rule.ts';
import { isMadeFrom, ofTypes } from './stackResources.ts';
import { STORAGE_ACCOUNT } from './typeKey.ts';

/** The storage accounts whose contents may not be changed or deleted for a time: those with a retention policy on one of their containers. They hold the evidence. */
export function keptAccounts(resources: readonly StackResource[]): readonly StackResource[] {
  const policies = ofTypes(resources, ['storage:BlobContainerImmutabilityPolicy']);
  return ofTypes(resources, [STORAGE_ACCOUNT]).filter((account) => policies.some((policy) => isMadeFrom(policy, 'accountName', account)));
}
