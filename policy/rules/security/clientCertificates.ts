import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

const TYPES: readonly string[] = SITES_AND_SLOTS;
const ALLOWED = 'Allowed: clientCertMode "Required" with clientCertEnabled true, or neither.';

/** Optional certificates look like a second factor in a review, and are none: who sends no certificate comes in all the same. */
export const clientCertificates: ResourceRule = {
  kind: 'resource',
  name: 'client-certificates',
  displayName: 'Client certificates are required, or not asked for',
  description: 'Where a site or slot asks for client certificates, it requires them, on every path.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: 'Set clientCertMode to Required and leave out clientCertExclusionPaths, or set clientCertEnabled: false.',
  url: 'https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth',
  judge({ type, props }) {
    if (!TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is no App Service site or slot.');
    const enabled = readInput(props, 'clientCertEnabled');
    if (enabled.state === 'unknown') return found([notJudged('clientCertEnabled', ALLOWED)]);
    if (enabled.state === 'absent' || enabled.value === false) return found([]);
    const [mode, exclusions] = [readInput(props, 'clientCertMode'), readInput(props, 'clientCertExclusionPaths')];
    return found([
      mode.state === 'unknown' ? notJudged('clientCertMode', ALLOWED) : mode.state === 'known' && mode.value === 'Required' ? undefined : violation(`clientCertEnabled is true, and clientCertMode does not require a certificate. ${ALLOWED}`),
      exclusions.state === 'absent' || (exclusions.state === 'known' && exclusions.value === '') ? undefined : violation('clientCertExclusionPaths lets paths in without a certificate. Allowed: no paths.'),
    ]);
  },
};
