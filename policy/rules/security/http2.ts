import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** Fewer connections, and what the benchmark asks for. Only the TypeScript SDK fills in true; other ways of deployment leave it off. */
export const http2 = inputRule({
  name: 'http2',
  displayName: 'HTTP/2',
  description: 'Sites and slots offer HTTP/2.',
  group: 'security',
  severity: 'low',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: { cis: ['9.10'], azurePolicy: { site: '8c122334-9d20-4eb8-89ea-ac9a705b74ae', slot: '4dcfb8b5-05cd-4090-a931-2ec29057e1fc' } },
  remediationSteps: 'Set siteConfig.http20Enabled: true on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/configure-common',
  concerns: SITES_AND_SLOTS,
  requires: [mustBe('siteConfig.http20Enabled', true, { violates: 'App Service then speaks HTTP/1.1 alone' }, true)],
});
