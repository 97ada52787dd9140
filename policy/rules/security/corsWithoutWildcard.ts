import { appSettingsOf, SETTINGS_RESOURCES } from '../../appSettings.ts';
import { readItems, readPath } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

const INPUT = 'siteConfig.cors.allowedOrigins';
const ALLOWED = 'Allowed: origins in full, such as https://inspector.example.com.';
const TYPES: readonly string[] = SITES_AND_SLOTS;
const SETTINGS: readonly string[] = SETTINGS_RESOURCES;
/** The server answers browsers itself. */
const SETTING = 'MCP_ALLOWED_ORIGINS';

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
  remediationSteps: `Leave CORS to the app, and name each origin in ${SETTING} (mcp-app-service:allowedOrigins of the stack).`,
  url: 'https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-rest-api',
  judge(resource) {
    const { type, props } = resource;
    if (SETTINGS.includes(typeKeyOf(type))) {
      const settings = appSettingsOf(resource) ?? [];
      if (settings === 'unknown') return found([notJudged('The app settings', ALLOWED)]);
      return found(settings.filter(([name]) => name === SETTING).map(([, value]) => {
        if (value.state === 'unknown') return notJudged(SETTING, ALLOWED);
        return value.state === 'known' && String(value.value).includes('*') ? violation(`${SETTING} has a wildcard. ${ALLOWED}`) : undefined;
      }));
    }
    if (!TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is no App Service site or slot, nor its settings.');
    const origins = readPath(props, INPUT);
    if (origins.state === 'unknown') return found([notJudged(INPUT, ALLOWED)]);
    return found((origins.state === 'absent' ? [] : readItems(origins.value) ?? []).map((origin, place) => {
      if (origin.state === 'unknown') return notJudged(`${INPUT}[${place}]`, ALLOWED);
      return origin.state === 'known' && String(origin.value).includes('*') ? violation(`${INPUT}[${place}] has a wildcard. ${ALLOWED}`) : undefined;
    }));
  },
};
