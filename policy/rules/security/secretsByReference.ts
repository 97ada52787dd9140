import { appSettingsOf } from '../../appSettings.ts';
import type { Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { looksLikeSecret } from '../../secretLikeness.ts';

/** The name is quoted when it looks like one. */
const SETTING_NAME = /^[A-Za-z_]\w{0,127}$/;
const ALLOWED = 'Allowed for a secret: a Key Vault reference, @Microsoft.KeyVault(SecretUri=…).';

/** Settings are read by whoever may read the site's configuration, and stand in state files and deployments. */
export const secretsByReference: ResourceRule = {
  kind: 'resource',
  name: 'secrets-by-reference',
  displayName: 'Secrets are Key Vault references',
  description: 'No app setting or connection string holds a secret in clear: neither by its name nor by what stands in it.',
  group: 'security',
  severity: 'critical',
  enforcementLevel: 'mandatory',
  // References and addresses come into being with what they name; they are judged again before the settings are written.
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Put the secret into the vault, and name it in the setting by @Microsoft.KeyVault(SecretUri=…). Renew a secret that stood in a setting.',
  url: 'https://learn.microsoft.com/azure/app-service/app-service-key-vault-references',
  judge(resource) {
    const settings = appSettingsOf(resource);
    if (settings === undefined) return doesNotConcern('The resource carries no app settings.');
    return found(settings === 'unknown' ? [notJudged('The app settings', ALLOWED)] : settings.map(([name, value]) => judgeSetting(name, value)));
  },
};

function judgeSetting(name: string, value: Reading): Finding | undefined {
  const label = SETTING_NAME.test(name) ? `The setting ${name}` : 'A setting';
  if (value.state === 'unknown') return notJudged(label, ALLOWED);
  return value.state === 'known' && looksLikeSecret(name, String(value.value)) ? violation(`${label} looks like a secret in clear. ${ALLOWED}`) : undefined;
}
