import { readInput, readItems, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

/** A subscription, a management group, the root of all. */
const ABOVE_GROUPS = /^(?:\/?subscriptions\/[^/]+|\/?providers\/Microsoft\.Management\/managementGroups\/[^/]+|)\/?$/i;
const GROUP = /^\/?subscriptions\/[^/]+\/resourceGroups\/[^/]+\/?$/i;

/** A role on a group is one on all that others will put there. */
export const assignmentScope: ResourceRule = {
  kind: 'resource',
  name: 'assignment-scope',
  displayName: 'Roles on resources',
  description: 'Role assignments stand at a resource, never at a resource group or above; custom roles can be assigned in resource groups and below.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  // What an assignment stands at comes into being with the update; it is judged again before the assignment is made.
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Set scope to the id of the resource that the role is needed for, and assignableScopes of a custom role to resource groups.',
  url: 'https://learn.microsoft.com/azure/role-based-access-control/scope-overview',
  judge({ type, props }) {
    const key = typeKeyOf(type);
    if (key === 'authorization:RoleAssignment') return found([judgeScope('scope', readInput(props, 'scope'), [ABOVE_GROUPS, GROUP], 'a resource')]);
    if (key !== 'authorization:RoleDefinition') return doesNotConcern('The resource is neither a role assignment nor a custom role.');
    const scopes = readInput(props, 'assignableScopes');
    if (scopes.state === 'unknown') return found([notJudged('assignableScopes', 'Allowed: resource groups.')]);
    const items = scopes.state === 'known' ? readItems(scopes.value) ?? [] : [];
    return found(items.length === 0 ? [violation('assignableScopes is left out or empty. Allowed: resource groups.')] : items.map((item, place) => judgeScope(`assignableScopes[${place}]`, item, [ABOVE_GROUPS], 'a resource group')));
  },
};

function judgeScope(label: string, scope: Reading, tooWide: readonly RegExp[], allowed: string): Finding | undefined {
  if (scope.state === 'unknown') return notJudged(label, `Allowed: ${allowed}.`);
  return scope.state === 'known' && !tooWide.some((pattern) => pattern.test(String(scope.value))) ? undefined : violation(`${label} is wider than ${allowed}, or left out. Allowed: ${allowed}.`);
}
