import { appTypeOf } from '../../appServiceTypes.ts';
import { fixInputs, judgeRequirement, mustBe, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';

const SWITCH = 'clientAffinityEnabled';
/** Refinements of affinity, off unless they are switched on. Only azure-native has them. */
const REFINEMENTS = ['clientAffinityProxyEnabled', 'clientAffinityPartitioningEnabled'];

/**
 * A stateless server is served by any instance. An affinity cookie ties a client to one: load spreads unevenly, a new instance gets no
 * old clients, and state kept by mistake goes unnoticed.
 */
export const affinityOff: ResourceRule = {
  kind: 'resource',
  name: 'affinity-off',
  displayName: 'Session affinity is off',
  description: 'App Service sites and slots send no affinity cookie: any instance serves any request.',
  group: 'stateless',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  framework: {
    name: 'PSRule for Azure',
    version: 'v1',
    reference: 'Azure.AppService.ARRAffinity',
    specification: 'Disable client affinity for stateless services.',
  },
  remediationSteps: `Set ${SWITCH}: false on the site and on each slot, and leave out ${REFINEMENTS.join(' and ')} or set them to false. The values must be literals that a preview knows.`,
  url: 'https://azure.github.io/PSRule.Rules.Azure/en/rules/Azure.AppService.ARRAffinity/',
  judge({ type, props }) {
    const requirements = affinityRequirements(type);
    return requirements === undefined ? doesNotConcern('The resource is no App Service site or slot.') : found(requirements.map((requirement) => judgeRequirement(props, requirement)));
  },
  remediate: ({ type, props }) => fixInputs(props, affinityRequirements(type) ?? []),
};

/** What affinity has to be on a type; undefined when it is no App Service site or slot. */
function affinityRequirements(type: string): readonly Requirement[] | undefined {
  const app = appTypeOf(type);
  if (app === undefined) return undefined;
  const omitted = app.omittedAffinity === 'off' ? { passes: 'the provider sends false' } : { violates: 'App Service then switches it on' };
  const refinements = app.provider === 'azure-native' ? REFINEMENTS.map((name) => mustBe(name, false, { passes: 'the service leaves it off' }, true)) : [];
  return [mustBe(SWITCH, false, omitted, true), ...refinements];
}
