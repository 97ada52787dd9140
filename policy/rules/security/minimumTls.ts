import { inputRule } from '../../inputRule.ts';
import { mustBeOneOf } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** Older versions of TLS can be broken. The SCM site takes deployments, and is judged as well. */
export const minimumTls = inputRule({
  name: 'minimum-tls',
  displayName: 'TLS 1.2 or later',
  description: 'Sites and slots, and their SCM sites, take no TLS before 1.2.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['NS-8', 'DP-3'], cis: ['9.4'], azurePolicy: { site: 'f0e6e85b-9b9f-4a4b-b67b-f730d42f1b0b', slot: '4ee5b817-627a-435a-8932-116193268172' } },
  remediationSteps: 'Set siteConfig.minTlsVersion and siteConfig.scmMinTlsVersion to 1.2 or 1.3 on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/overview-tls',
  concerns: SITES_AND_SLOTS,
  requires: [
    mustBeOneOf('siteConfig.minTlsVersion', ['1.2', '1.3'], { violates: 'the version is then up to the service' }, true),
    mustBeOneOf('siteConfig.scmMinTlsVersion', ['1.2', '1.3'], { violates: 'the version is then up to the service' }, true),
  ],
});
