import { inputRule } from '../../inputRule.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** An app without an identity needs a secret for whatever it asks for. */
export const managedIdentity = inputRule({
  name: 'managed-identity',
  displayName: 'Managed identity',
  description: 'Sites and slots run under a managed identity.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['IM-3'], azurePolicy: { site: '2b9ad585-36bc-4615-b300-fd4435808332', slot: '4a15c15f-90d5-4a1f-8b63-2903944963fd' } },
  remediationSteps: 'Set identity on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/overview-managed-identity',
  concerns: SITES_AND_SLOTS,
  requires: [{
    input: 'identity.type',
    allowed: '"UserAssigned", "SystemAssigned" or both',
    accepts: (value) => typeof value === 'string' && /^(?:SystemAssigned|UserAssigned|SystemAssigned, ?UserAssigned)$/.test(value),
    omitted: { violates: 'the app then has no identity' },
  }],
});
