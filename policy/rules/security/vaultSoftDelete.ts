import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { VAULT } from '../../typeKey.ts';

/** A vault that is deleted by mistake is recovered, with all in it. */
export const vaultSoftDelete = inputRule({
  name: 'vault-soft-delete',
  displayName: 'Deleted vaults can be recovered',
  description: 'A deleted vault is retained, and can be recovered.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-8'], cis: ['3.3.5'], azurePolicy: { vault: '1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d' } },
  remediationSteps: 'Set properties.enableSoftDelete: true on the vault, or leave it out.',
  url: 'https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview',
  concerns: [VAULT],
  requires: [mustBe('properties.enableSoftDelete', true, { passes: 'the service switches it on' }, true)],
});
