import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** Access tokens stand in every request: none may travel in clear, not even to be redirected. */
export const httpsOnly = inputRule({
  name: 'https-only',
  displayName: 'HTTPS only',
  description: 'Sites and slots serve HTTPS alone.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-3'], cis: ['9.1'], azurePolicy: { site: 'a4af4a39-4135-47fb-b175-47fbdf85311d', slot: 'ae1b9a8c-dfce-4605-bd91-69213b4a26fc' } },
  remediationSteps: 'Set httpsOnly: true on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/configure-ssl-bindings',
  concerns: SITES_AND_SLOTS,
  requires: [mustBe('httpsOnly', true, { violates: 'App Service then serves plain HTTP as well' }, true)],
});
