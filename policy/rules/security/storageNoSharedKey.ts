import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

/** An account key opens everything, names nobody, and stands above every role. The package account is exempted, because the provider uploads with the key. */
export const storageNoSharedKey = inputRule({
  name: 'storage-no-shared-key',
  displayName: 'No account keys',
  description: 'Storage accounts take identities alone, no account keys.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['IM-1'], azurePolicy: { account: '8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54' } },
  remediationSteps: 'Set allowSharedKeyAccess: false on the account, and assign roles.',
  url: 'https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent',
  concerns: [STORAGE_ACCOUNT],
  requires: [mustBe('allowSharedKeyAccess', false, { violates: 'the service then takes account keys' })],
});
