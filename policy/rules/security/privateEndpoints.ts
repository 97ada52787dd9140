import { keptAccounts } from '../../keptAccounts.ts';
import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { VAULT } from '../../typeKey.ts';

/** Secrets and evidence are reached from the network of the app, and from nowhere else. */
export const privateEndpoints: StackRule = {
  kind: 'stack',
  name: 'private-endpoints',
  displayName: 'Vault and record by private endpoints',
  description: 'Vaults, and storage accounts that hold records under a retention policy, have private endpoints.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'advisory',
  blocksOnUnknown: false,
  controls: { mcsb: ['NS-2', 'DP-8'], cis: ['4.9'], azurePolicy: { vault: 'a6abeaec-4d90-4a02-805f-6b26c4d3fbe9', account: '6edd7eda-6dd8-40f7-810d-67160c639cd9' } },
  remediationSteps: 'Add a PrivateEndpoint whose privateLinkServiceConnections name the vault, and one for the account (group blob), with their private DNS zones.',
  url: 'https://learn.microsoft.com/azure/private-link/private-endpoint-overview',
  judge(resources) {
    const kept = [...ofTypes(resources, [VAULT]), ...keptAccounts(resources)];
    if (kept.length === 0) return doesNotConcern('The stack has neither a vault nor records.');
    const endpoints = ofTypes(resources, ['network:PrivateEndpoint']);
    return found(kept.map((one) => (endpoints.some((endpoint) => isMadeFrom(endpoint, 'privateLinkServiceConnections', one)) ? undefined : violation(`${labelOf(one)} has no private endpoint. Add one.`, one.urn))));
  },
};
