import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** A debugger reads whatever the process holds, tokens and keys included. */
export const remoteDebuggingOff = inputRule({
  name: 'remote-debugging-off',
  displayName: 'Remote debugging is off',
  description: 'Sites and slots let no remote debugger in, neither that of App Service nor the inspector of Node.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['PV-2'], cis: ['9.12'], azurePolicy: { site: 'cb510bfd-1cba-4d9f-a230-cb0976f4bb71', slot: 'a08ae1ab-8d1d-422b-a123-df82b307ba61' } },
  remediationSteps: 'Set siteConfig.remoteDebuggingEnabled: false on the site and on each slot, or leave it out; leave --inspect out of siteConfig.appCommandLine.',
  url: 'https://learn.microsoft.com/azure/app-service/configure-common',
  concerns: SITES_AND_SLOTS,
  requires: [
    mustBe('siteConfig.remoteDebuggingEnabled', false, { passes: 'the service leaves it off' }, true),
    { input: 'siteConfig.appCommandLine', allowed: 'a command that starts no inspector', accepts: (value) => typeof value === 'string' && !/--(?:inspect|debug)/.test(value), omitted: { passes: 'the service starts the package\'s own script' } },
  ],
});
