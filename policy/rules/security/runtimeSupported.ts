import { inputRule } from '../../inputRule.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** The first that the server runs on. Its support ends on 2028-04-30. Source: github.com/nodejs/Release. */
const FIRST_MAJOR = 24;

/** A runtime out of support gets no fixes, whoever finds a hole in it. */
export const runtimeSupported = inputRule({
  name: 'runtime-supported',
  displayName: 'A runtime that is in support',
  description: `Sites and slots run on a long-term release of Node that gets fixes: ${FIRST_MAJOR} or later.`,
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'SA-22', specification: 'Unsupported system components: replace system components when support is no longer available.' },
  remediationSteps: `Set siteConfig.linuxFxVersion to NODE|${FIRST_MAJOR}-lts or a later one on the site and on each slot.`,
  url: 'https://learn.microsoft.com/azure/app-service/language-support-policy',
  concerns: SITES_AND_SLOTS,
  requires: [{
    input: 'siteConfig.linuxFxVersion',
    allowed: `"NODE|${FIRST_MAJOR}-lts" or a later one`,
    accepts: (value) => typeof value === 'string' && Number(/^NODE\|(\d+)-lts$/i.exec(value)?.[1] ?? 0) >= FIRST_MAJOR,
    omitted: { violates: 'the app then runs on whatever the service chooses' },
  }],
});
