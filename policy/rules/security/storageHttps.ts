import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

/** Data and tokens travel encrypted. */
export const storageHttps = inputRule({
  name: 'storage-https',
  displayName: 'Storage by HTTPS only',
  description: 'Storage accounts serve HTTPS alone.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-3'], cis: ['4.1'], azurePolicy: { account: '404c3081-a854-4457-ae30-26a93ef643f9' } },
  remediationSteps: 'Set enableHttpsTrafficOnly: true on the account, or leave it out.',
  url: 'https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer',
  concerns: [STORAGE_ACCOUNT],
  requires: [mustBe('enableHttpsTrafficOnly', true, { passes: 'the service switches it on, from API version 2019-04-01' }, true)],
});
