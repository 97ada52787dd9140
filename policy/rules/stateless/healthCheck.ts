import { inputRule } from '../../inputRule.ts';
import { mustBeOneOf } from '../../requirement.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** The paths on which the server answers whether it lives, and whether it can serve. A test holds them together with the server. */
export const HEALTH_PATHS = ['/health', '/ready'] as const;

/** What takes an instance that answers no more out of the rotation. */
export const healthCheck = inputRule({
  name: 'health-check',
  displayName: 'A health check that the server answers',
  description: 'App Service asks each instance for its health, on a path that the server serves, and takes out those that do not answer.',
  group: 'stateless',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.AppService.WebProbePath', specification: 'Configure a dedicated path for health probe requests.' },
  remediationSteps: `Set siteConfig.healthCheckPath to ${HEALTH_PATHS.join(' or ')} on the site and on each slot.`,
  url: 'https://learn.microsoft.com/azure/app-service/monitor-instances-health-check',
  concerns: SITES_AND_SLOTS,
  requires: [mustBeOneOf('siteConfig.healthCheckPath', HEALTH_PATHS, { violates: 'App Service then asks nobody for health, and sends calls to instances that hang' })],
});
