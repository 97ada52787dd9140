import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';

/** Publishing credentials are a password that never expires. They are judged where they are switched off; that each site and slot has the switch is for basic-auth-covered. */
export const scmBasicAuthOff = inputRule({
  name: 'scm-basic-auth-off',
  displayName: 'No passwords for the SCM site',
  description: 'SCM sites of sites and slots take no user name and password.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { azurePolicy: { site: 'aede300b-d67f-480a-ae26-4b3dfb1a1fdc', slot: '847ef871-e2fe-4e6e-907e-4adbf71de5cf' } },
  remediationSteps: 'Set allow: false on each WebAppScmAllowed and WebAppScmAllowedSlot.',
  url: 'https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable',
  concerns: ['web:WebAppScmAllowed', 'web:WebAppScmAllowedSlot'],
  requires: [mustBe('allow', false, { violates: 'the service then takes passwords' }, true)],
});
