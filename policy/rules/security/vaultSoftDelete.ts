import { fixInputs, judgeRequirement, mustBe } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';
import { settingValue } from '../../setting.ts';
import { typeKeyOf, VAULT } from '../../typeKey.ts';

const SWITCH = mustBe('properties.enableSoftDelete', true, { passes: 'the service switches it on' }, true);
/** Source: learn.microsoft.com, "Azure Key Vault soft-delete overview": 7 to 90 days, 90 unless set. */
const MINIMUM_DAYS = { name: 'minimumDays', description: 'The shortest time in which a deleted vault may be recovered, in days.', default: 7, minimum: 7, maximum: 90 };

/** A vault that is deleted by mistake is recovered, with all in it. */
export const vaultSoftDelete: ResourceRule = {
  kind: 'resource',
  name: 'vault-soft-delete',
  displayName: 'Deleted vaults can be recovered',
  description: 'A deleted vault is retained for at least the configured number of days, and can be recovered.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-8'], cis: ['3.3.5'], azurePolicy: { vault: '1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d' } },
  remediationSteps: 'Set properties.enableSoftDelete: true on the vault, or leave it out; raise properties.softDeleteRetentionInDays (mcp-app-service:softDeleteRetentionDays of the stack).',
  url: 'https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview',
  settings: [MINIMUM_DAYS],
  judge({ type, props }, given) {
    if (typeKeyOf(type) !== VAULT) return doesNotConcern('The resource is no vault.');
    const minimum = settingValue(MINIMUM_DAYS, given);
    const days = { input: 'properties.softDeleteRetentionInDays', allowed: `at least ${minimum} days`, accepts: (value: unknown) => typeof value === 'number' && value >= minimum, omitted: { passes: 'the service retains for 90 days' } };
    return found([judgeRequirement(props, SWITCH), judgeRequirement(props, days)]);
  },
  remediate: ({ type, props }) => typeKeyOf(type) === VAULT && fixInputs(props, [SWITCH]),
};
