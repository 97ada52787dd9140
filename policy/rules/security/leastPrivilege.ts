import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

/** Built-in roles that manage everything, give rights to others, or open all data of a service. Source: learn.microsoft.com, "Azure built-in roles". */
const BROAD_ROLES: ReadonlyMap<string, string> = new Map([
  ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner'],
  ['b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor'],
  ['18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator'],
  ['f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator'],
  ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Storage Blob Data Owner'],
  ['00482a5a-887f-4fb3-b363-3b7fe8e74483', 'Key Vault Administrator'],
]);

/** What the app may do bounds what an agent can be talked into. */
export const leastPrivilege: ResourceRule = {
  kind: 'resource',
  name: 'least-privilege',
  displayName: 'No broad roles',
  description: 'Role assignments give none of the roles that manage everything, hand out rights, or open all data of a service.',
  group: 'security',
  severity: 'critical',
  enforcementLevel: 'mandatory',
  // A role that the same update defines has no id yet; it is judged again before it is assigned.
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Assign the narrowest role that does the work, or a custom role without wildcards.',
  url: 'https://learn.microsoft.com/azure/role-based-access-control/best-practices',
  judge({ type, props }) {
    if (typeKeyOf(type) !== 'authorization:RoleAssignment') return doesNotConcern('The resource is no role assignment.');
    const role = readInput(props, 'roleDefinitionId');
    if (role.state === 'unknown') return found([notJudged('roleDefinitionId', 'Allowed: a role for one task.')]);
    const broad = role.state === 'known' ? BROAD_ROLES.get(String(role.value).split('/').at(-1)?.toLowerCase() ?? '') : undefined;
    return found([broad === undefined ? undefined : violation(`roleDefinitionId is the role ${broad}. Allowed: a role for one task.`)]);
  },
};
