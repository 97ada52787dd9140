import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

/** Object replication would copy the record of calls into the tenant of somebody else. */
export const storageNoCrossTenantReplication = inputRule({
  name: 'storage-no-cross-tenant-replication',
  displayName: 'No replication into other tenants',
  description: 'Blobs are not replicated into other tenants.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { azurePolicy: { account: '92a89a79-6c52-4a7e-a03f-61306fc49312' } },
  remediationSteps: 'Set allowCrossTenantReplication: false on the account.',
  url: 'https://learn.microsoft.com/azure/storage/blobs/object-replication-prevent-cross-tenant-policies',
  concerns: [STORAGE_ACCOUNT],
  requires: [mustBe('allowCrossTenantReplication', false, { violates: 'the service then decides, by the age of the account' }, true)],
});
