import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

/** Built-in roles that manage everything, give rights to others, open all data of a service, or change what the app has to read alone. Source: learn.microsoft.com, "Azure built-in roles". */
const BROAD_ROLES: ReadonlyMap<string, string> = new Map([
  ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner'],
  ['b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor'],
  ['18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator'],
  ['f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator'],
  ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Storage Blob Data Owner'],
  ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor'],
  ['17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor'],
  ['81a9662b-bebf-436f-a333-f67b29880f12', 'Storage Account Key Operator Service Role'],
  ['00482a5a-887f-4fb3-b363-3b7fe8e74483', 'Key Vault Administrator'],
  ['f25e0fa2-a7c8-4377-a976-54943a77a395', 'Key Vault Contributor'],
  ['8b54135c-b56d-4d72-a534-26097cfdc8d8', 'Key Vault Data Access Administrator'],
  ['b86a8fe4-44ce-4948-aee5-eccb2c155cd7', 'Key Vault Secrets Officer'],
  ['14b46e9e-c2b7-41b4-b07b-48a6ebf60603', 'Key Vault Crypto Officer'],
  ['a4417e6f-fecd-4de8-b567-7b0420556985', 'Key Vault Certificates Officer'],
  ['de139f84-1756-47ae-9be6-808fbbe84772', 'Website Contributor'],
  ['749f88d5-cbae-40b8-bcfc-e573ddc772fa', 'Monitoring Contributor'],
  ['92aaf0da-9dab-42b6-94a3-d43ce8d16293', 'Log Analytics Contributor'],
]);

/** What the app may do bounds what an agent can be talked into. */
export const leastPrivilege: ResourceRule = {
  kind: 'resource',
  name: 'least-privilege',
  displayName: 'No broad roles',
  description: 'Role assignments give none of the roles that manage everything, hand out rights, open all data of a service, or change it.',
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
