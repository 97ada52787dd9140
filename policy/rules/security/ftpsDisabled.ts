import { inputRule } from '../../inputRule.ts';
import { mustBeOneOf } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** The app runs from a package: nobody has to upload a file, by FTP least of all. */
export const ftpsDisabled = inputRule({
  name: 'ftps-disabled',
  displayName: 'FTP is off',
  description: 'Sites and slots take no uploads by FTP or FTPS.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['DP-3'], cis: ['9.3'], azurePolicy: { site: '4d24b6d4-5e53-4a4f-a7f4-618fa573ee4b', slot: 'c285a320-8830-4665-9cc7-bbd05fc7c5c0' } },
  remediationSteps: 'Set siteConfig.ftpsState to Disabled on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/deploy-ftp',
  concerns: SITES_AND_SLOTS,
  requires: [mustBeOneOf('siteConfig.ftpsState', ['Disabled'], { violates: 'App Service then takes uploads by FTP' }, true)],
});
