import { z } from 'zod';
import { idKey } from '../arm/paths.ts';
import type { Resource, ResourceType } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';
import { BUILT_IN_ROLES, type RoleDefinition } from './roleDefinitions.ts';

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const permissionSchema = z.object({
  actions: z.array(z.string()).default([]),
  notActions: z.array(z.string()).default([]),
  dataActions: z.array(z.string()).default([]),
  notDataActions: z.array(z.string()).default([]),
});
const definitionSchema = z.object({
  roleName: z.string().min(1).max(512),
  permissions: z.array(permissionSchema).min(1),
  assignableScopes: z.array(z.string()).min(1),
});

/**
 * The row of Microsoft.Authorization/roleDefinitions, for custom roles.
 * Source: learn.microsoft.com, "Azure custom roles", "Role Definitions - Create Or Update", and "Troubleshoot Azure RBAC" (RoleDefinitionWithSameNameExists,
 * RoleDefinitionHasAssignments).
 */
export function roleDefinitionType(dependencies: { existing: () => Resource[]; assignments: () => Resource[] }): ResourceType {
  return {
    type: 'Microsoft.Authorization/roleDefinitions',
    token: 'authorization:RoleDefinition',
    path: '/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}',
    apiVersions: ['2022-05-01-preview', '2022-04-01', '2018-01-01-preview'],
    envelope: [],
    renames: { roleType: 'type' },
    existence: 'created',
    behaviour: {
      validate({ id, parameters, body }) {
        const { roleDefinitionId = '' } = parameters;
        if (!GUID.test(roleDefinitionId)) throw new AzureError(400, 'InvalidRoleDefinitionId', `The role definition id '${roleDefinitionId}' is not a GUID. Give it a GUID.`);
        if (BUILT_IN_ROLES.some((role) => role.id === roleDefinitionId.toLowerCase())) throw new AzureError(403, 'BuiltInRoleDefinitionCannotBeUpdated', `The role '${roleDefinitionId}' is built in and cannot be changed.`);
        const given = definitionSchema.safeParse(body['properties']);
        if (!given.success) throw new AzureError(400, 'InvalidRoleDefinition', `The role definition is not as the API has it: ${given.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
        const { roleName, assignableScopes, permissions } = given.data;
        if (permissions.some(({ notDataActions }) => notDataActions.length > 0)) throw new AzureError(501, 'NotSupportedByLocalAzure', 'A role with notDataActions is not supported by the local Azure. Leave them out.');
        if (assignableScopes.some((scope) => !/^\/subscriptions\/[^/]+(\/resourceGroups\/[^/]+)?$/i.test(scope))) {
          throw new AzureError(400, 'InvalidAssignableScopes', `assignableScopes are ${assignableScopes.join(', ')}; allowed are subscriptions and resource groups.`);
        }
        const twin = dependencies.existing().find((other) => idKey(other.id) !== idKey(id) && other.properties['roleName'] === roleName);
        if (twin) throw new AzureError(409, 'RoleDefinitionWithSameNameExists', `A custom role named '${roleName}' exists already: ${twin.id}. Names are unique in a tenant.`);
      },
      complete(draft) {
        draft.properties = { ...draft.properties, type: 'CustomRole' };
      },
      remove(resource) {
        const held = dependencies.assignments().filter(({ properties }) => String(properties['roleDefinitionId']).split('/').at(-1)?.toLowerCase() === resource.name.toLowerCase());
        if (held.length > 0) throw new AzureError(400, 'RoleDefinitionHasAssignments', `There are existing role assignments referencing role (code: RoleDefinitionHasAssignments): ${held.length}. Delete them first.`);
      },
    },
  };
}

/** What a stored definition allows. */
export function toRole(resource: Resource): RoleDefinition {
  const { roleName, permissions } = definitionSchema.parse(resource.properties);
  const all = (kind: 'actions' | 'notActions' | 'dataActions'): string[] => permissions.flatMap((permission) => permission[kind]);
  return { id: resource.name, roleName, actions: all('actions'), notActions: all('notActions'), dataActions: all('dataActions') };
}
