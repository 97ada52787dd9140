import { inputRule } from '../../inputRule.ts';
import { mustBeOneOf } from '../../requirement.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

/** Older versions of TLS can be broken, and the service takes them unless told otherwise. */
export const storageTls = inputRule({
  name: 'storage-tls',
  displayName: 'Storage by TLS 1.2 or later',
  description: 'Storage accounts take no TLS before 1.2.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { cis: ['4.15'], azurePolicy: { account: 'fe83a0eb-a853-422d-aac2-1bffd182c5d0' } },
  remediationSteps: 'Set minimumTlsVersion: TLS1_2 on the account.',
  url: 'https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version',
  concerns: [STORAGE_ACCOUNT],
  requires: [mustBeOneOf('minimumTlsVersion', ['TLS1_2', 'TLS1_3'], { violates: 'the version is then up to the service' }, true)],
});
