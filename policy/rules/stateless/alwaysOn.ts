import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** Without it App Service unloads an idle instance, and the next call of an agent pays for the start. */
export const alwaysOn = inputRule({
  name: 'always-on',
  displayName: 'Instances stay loaded',
  description: 'App Service sites and slots are always on: an instance that nobody calls for a while is not unloaded.',
  group: 'stateless',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.AppService.AlwaysOn', specification: 'Configure Always On for App Service apps.' },
  remediationSteps: 'Set siteConfig.alwaysOn: true on the site and on each slot.',
  url: 'https://azure.github.io/PSRule.Rules.Azure/en/rules/Azure.AppService.AlwaysOn/',
  concerns: SITES_AND_SLOTS,
  requires: [mustBe('siteConfig.alwaysOn', true, { violates: 'App Service then unloads idle instances' }, true)],
});
