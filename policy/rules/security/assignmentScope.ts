import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

/** A subscription, a management group, the root of all. */
const TOO_WIDE = /^(?:\/?subscriptions\/[^/]+|\/?providers\/Microsoft\.Management\/managementGroups\/[^/]+|)\/?$/i;

/** A role on the subscription is one on all that others will put there. */
export const assignmentScope: ResourceRule = {
  kind: 'resource',
  name: 'assignment-scope',
  displayName: 'Roles on resources',
  description: 'Role assignments stand at a resource or a resource group, never at a subscription or above.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  // What an assignment stands at comes into being with the update; it is judged again before the assignment is made.
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Set scope to the id of the resource that the role is needed for.',
  url: 'https://learn.microsoft.com/azure/role-based-access-control/scope-overview',
  judge({ type, props }) {
    if (typeKeyOf(type) !== 'authorization:RoleAssignment') return doesNotConcern('The resource is no role assignment.');
    const scope = readInput(props, 'scope');
    if (scope.state === 'unknown') return found([notJudged('scope', 'Allowed: a resource or a resource group.')]);
    return found([scope.state === 'known' && !TOO_WIDE.test(String(scope.value)) ? undefined : violation('scope is a subscription or above, or left out. Allowed: a resource or a resource group.')]);
  },
};
