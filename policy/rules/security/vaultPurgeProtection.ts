import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { VAULT } from '../../typeKey.ts';

/** Without it whoever may purge can destroy the keys that the record is verified by. No remediation: it cannot be taken back. */
export const vaultPurgeProtection = inputRule({
  name: 'vault-purge-protection',
  displayName: 'Vaults are protected from purging',
  description: 'A deleted vault can be recovered until its retention ends, whoever asks for a purge.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-8'], cis: ['3.3.5'], azurePolicy: { vault: '0b60c0b2-2dc2-4e1c-b5c9-abbed971de53' } },
  remediationSteps: 'Set properties.enablePurgeProtection: true on the vault.',
  url: 'https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview',
  concerns: [VAULT],
  requires: [mustBe('properties.enablePurgeProtection', true, { violates: 'a deleted vault can then be purged at once' })],
});
