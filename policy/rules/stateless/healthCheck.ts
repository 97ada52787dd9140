import { SETTINGS_RESOURCES } from '../../appSettings.ts';
import { judgeRequirement, mustBeOneOf, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

/** The paths on which the server answers whether it lives, and whether it can serve. A test holds them together with the server. */
export const HEALTH_PATHS = ['/health', '/ready'] as const;

const TYPES: readonly string[] = SITES_AND_SLOTS;
const SETTINGS: readonly string[] = SETTINGS_RESOURCES;
const OF_SITES: readonly Requirement[] = [mustBeOneOf('siteConfig.healthCheckPath', HEALTH_PATHS, { violates: 'App Service then asks nobody for health, and sends calls to instances that hang' })];
/** Before a swap, and before an instance gets its first call. Source: learn.microsoft.com, "Environment variables and app settings in Azure App Service". */
const OF_SETTINGS: readonly Requirement[] = ['WEBSITE_SWAP_WARMUP_PING', 'WEBSITE_WARMUP'].flatMap((name) => [
  mustBeOneOf(`properties.${name}_PATH`, HEALTH_PATHS, { violates: 'App Service then warms up the root, which says nothing' }),
  mustBeOneOf(`properties.${name}_STATUSES`, ['200'], { violates: 'App Service then takes any answer for a warm instance, a 500 as well' }),
]);

/** What takes an instance that answers no more out of the rotation, and keeps one that never answered out of it. */
export const healthCheck: ResourceRule = {
  kind: 'resource',
  name: 'health-check',
  displayName: 'A health check that the server answers',
  description: 'App Service asks each instance for its health, on a path that the server serves, takes out those that do not answer, and swaps in none that has not answered.',
  group: 'stateless',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.AppService.WebProbePath', specification: 'Configure a dedicated path for health probe requests.' },
  remediationSteps: `Set siteConfig.healthCheckPath to ${HEALTH_PATHS.join(' or ')} on the site and on each slot, and in their settings WEBSITE_SWAP_WARMUP_PING_PATH and WEBSITE_WARMUP_PATH, with the _STATUSES of each at 200.`,
  url: 'https://learn.microsoft.com/azure/app-service/monitor-instances-health-check',
  judge({ type, props }) {
    const key = typeKeyOf(type);
    const requirements = TYPES.includes(key) ? OF_SITES : SETTINGS.includes(key) ? OF_SETTINGS : undefined;
    return requirements === undefined ? doesNotConcern('The resource is no App Service site or slot, nor its settings.') : found(requirements.map((requirement) => judgeRequirement(props, requirement)));
  },
};
