import { appTypeOf } from '../appServiceTypes.ts';
import { readInput, type Reading } from '../readInput.ts';
import { doesNotConcern, found, type Rule } from '../rule.ts';

const SWITCH = 'clientAffinityEnabled';
/** Refinements of affinity, off unless they are switched on. Only azure-native has them. */
const REFINEMENTS = ['clientAffinityProxyEnabled', 'clientAffinityPartitioningEnabled'];

/**
 * A stateless server is served by any instance. An affinity cookie ties a client to one: load spreads unevenly, a new instance gets no
 * old clients, and state kept by mistake goes unnoticed.
 */
export const affinityOff: Rule = {
  name: 'affinity-off',
  displayName: 'Session affinity is off',
  description: 'App Service sites and slots send no affinity cookie: any instance serves any request.',
  group: 'stateless',
  severity: 'high',
  enforcementLevel: 'mandatory',
  framework: {
    name: 'PSRule for Azure',
    version: 'v1',
    reference: 'Azure.AppService.ARRAffinity',
    specification: 'Disable client affinity for stateless services.',
  },
  remediationSteps: `Set ${SWITCH}: false on the site and on each slot, and leave out ${REFINEMENTS.join(' and ')} or set them to false. The values must be literals that a preview knows.`,
  url: 'https://azure.github.io/PSRule.Rules.Azure/en/rules/Azure.AppService.ARRAffinity/',
  judge(resource) {
    const app = appTypeOf(resource.type);
    if (app === undefined) return doesNotConcern('The resource is no App Service site or slot.');
    const judged = [
      judgeInput(SWITCH, readInput(resource.props, SWITCH), app.omittedAffinity),
      ...(app.provider === 'azure-native' ? REFINEMENTS.map((name) => judgeInput(name, readInput(resource.props, name), 'off')) : []),
    ];
    return found(judged.filter((finding) => finding !== undefined));
  },
};

function judgeInput(name: string, reading: Reading, omitted: 'on' | 'off'): string | undefined {
  const remedy = `Set ${name}: false.`;
  if (reading.state === 'unknown') return `${name} is not known before the change is made, so that it may turn out to be on; only false is allowed. ${remedy}`;
  if (reading.state === 'absent') return omitted === 'off' ? undefined : `${name} is left out, and App Service then switches it on; only false is allowed. ${remedy}`;
  if (reading.value === false) return undefined;
  return reading.value === true ? `${name} is true; only false is allowed. ${remedy}` : `${name} is not a boolean; only false is allowed. ${remedy}`;
}
