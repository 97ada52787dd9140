import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';

/** An address is personal data; who called stands in the record of calls, under its own rights and its own time. */
export const clientAddressesMasked = inputRule({
  name: 'client-addresses-masked',
  displayName: 'Telemetry holds no addresses of callers',
  description: 'Application Insights masks the addresses of callers.',
  group: 'security',
  severity: 'low',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'GDPR', version: '2016/679', reference: 'Article 5(1)(c)', specification: 'Data minimisation.' },
  remediationSteps: 'Set disableIpMasking: false on the component, or leave it out.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/app/ip-collection',
  concerns: ['applicationinsights:Component'],
  requires: [mustBe('disableIpMasking', false, { passes: 'the service masks them' }, true)],
});
