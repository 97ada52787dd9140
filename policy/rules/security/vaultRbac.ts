import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { VAULT } from '../../typeKey.ts';

/** Source: learn.microsoft.com, "Key Vault access policy": each lets Azure Resource Manager, virtual machines or disk encryption read secrets for whoever may deploy. */
const BY_DEPLOYMENT = ['enabledForDeployment', 'enabledForDiskEncryption', 'enabledForTemplateDeployment'] as const;

/** Access policies of a vault give rights to all of its secrets at once; a role assignment can name one. The SDK fills in false. */
export const vaultRbac = inputRule({
  name: 'vault-rbac',
  displayName: 'Vaults use role assignments',
  description: 'Access to vaults is by role assignments, neither by access policies nor by way of deployments.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['PA-7'], cis: ['3.3.6'], azurePolicy: { vault: '12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5' } },
  remediationSteps: 'Set properties.enableRbacAuthorization: true on the vault, leave out enabledForDeployment and its like, and assign roles.',
  url: 'https://learn.microsoft.com/azure/key-vault/general/rbac-guide',
  concerns: [VAULT],
  requires: [
    mustBe('properties.enableRbacAuthorization', true, { violates: 'access policies then open the whole vault' }),
    ...BY_DEPLOYMENT.map((name) => mustBe(`properties.${name}`, false, { passes: 'the service leaves it off' })),
  ],
});
