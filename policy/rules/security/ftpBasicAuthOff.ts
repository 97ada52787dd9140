import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';

/** Publishing credentials are a password that never expires. They are judged where they are switched off; that each site and slot has the switch is for basic-auth-covered. */
export const ftpBasicAuthOff = inputRule({
  name: 'ftp-basic-auth-off',
  displayName: 'No passwords for FTP',
  description: 'FTP deployments of sites and slots take no user name and password.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { azurePolicy: { site: '871b205b-57cf-4e1e-a234-492616998bf7', slot: 'ec71c0bc-6a45-4b1f-9587-80dc83e6898c' } },
  remediationSteps: 'Set allow: false on each WebAppFtpAllowed and WebAppFtpAllowedSlot.',
  url: 'https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable',
  concerns: ['web:WebAppFtpAllowed', 'web:WebAppFtpAllowedSlot'],
  requires: [mustBe('allow', false, { violates: 'the service then takes passwords' }, true)],
});
