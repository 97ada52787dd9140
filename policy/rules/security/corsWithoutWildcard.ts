import { readItems, readPath } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

const INPUT = 'siteConfig.cors.allowedOrigins';
const ALLOWED = 'Allowed: origins in full, such as https://inspector.example.com.';
const TYPES: readonly string[] = SITES_AND_SLOTS;

/** With a wildcard any page that a user opens may call the tools with the user's token. */
export const corsWithoutWildcard: ResourceRule = {
  kind: 'resource',
  name: 'cors-without-wildcard',
  displayName: 'CORS names its origins',
  description: 'Sites and slots let browser pages of named origins call them, never of all.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['PV-2'], azurePolicy: { site: '5744710e-cc2f-4ee8-8809-3b11e89f4bc9', slot: 'cae7c12e-764b-4c87-841a-fdc6675d196f' } },
  remediationSteps: `Name each origin in ${INPUT} of the site and of each slot, or leave CORS to the app.`,
  url: 'https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-rest-api',
  judge({ type, props }) {
    if (!TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is no App Service site or slot.');
    const origins = readPath(props, INPUT);
    if (origins.state === 'unknown') return found([notJudged(INPUT, ALLOWED)]);
    return found((origins.state === 'absent' ? [] : readItems(origins.value) ?? []).map((origin, place) => {
      if (origin.state === 'unknown') return notJudged(`${INPUT}[${place}]`, ALLOWED);
      return origin.state === 'known' && String(origin.value).includes('*') ? violation(`${INPUT}[${place}] has a wildcard. ${ALLOWED}`) : undefined;
    }));
  },
};
