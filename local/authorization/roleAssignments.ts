import { AzureError } from '../core/errors.ts';
import type { Resource, ResourceType } from '../arm/types.ts';
import { idKey } from '../arm/paths.ts';
import { BUILT_IN_ROLES, findRole, type RoleDefinition } from './roleDefinitions.ts';

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The row of Microsoft.Authorization/roleAssignments.
 * Source: learn.microsoft.com, "Role Assignments - Create" and "Troubleshoot Azure RBAC" (RoleAssignmentExists, PrincipalNotFound).
 * @param dependencies the directory that knows the principals, and the assignments that stand
 */
export function roleAssignmentType(dependencies: { hasPrincipal: (objectId: string) => boolean; existing: () => Resource[]; customRoles: () => readonly RoleDefinition[] }): ResourceType {
  return {
    type: 'Microsoft.Authorization/roleAssignments',
    token: 'authorization:RoleAssignment',
    path: '/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}',
    apiVersions: ['2022-04-01', '2020-10-01-preview', '2020-04-01-preview'],
    envelope: [],
    existence: 'created',
    replaceOnChange: ['principalId', 'principalType', 'roleDefinitionId', 'condition', 'conditionVersion', 'delegatedManagedIdentityResourceId'],
    behaviour: {
      validate({ id, parameters, body, existing }) {
        const properties = body['properties'] as Record<string, string>;
        const { roleDefinitionId = '', principalId = '' } = properties;
        if (!GUID.test(parameters['roleAssignmentName'] ?? '')) {
          throw new AzureError(400, 'InvalidRoleAssignmentId', `The role assignment name '${parameters['roleAssignmentName']}' is not a GUID. Give it a GUID, or leave the name to the provider.`);
        }
        if (!findRole(roleDefinitionId, dependencies.customRoles())) {
          throw new AzureError(404, 'RoleDefinitionDoesNotExist', `The role definition '${roleDefinitionId}' is neither defined here nor among the built-in roles of the local Azure: ${BUILT_IN_ROLES.map((role) => `${role.roleName} (${role.id})`).join(', ')}.`);
        }
        if (!dependencies.hasPrincipal(principalId)) {
          throw new AzureError(400, 'PrincipalNotFound', `Principal ${principalId} does not exist in the directory. Create it first, and give its object id, not its client id.`);
        }
        if (existing && ['principalId', 'roleDefinitionId'].some((name) => String(existing.properties[name]).toLowerCase() !== String(properties[name]).toLowerCase())) {
          throw new AzureError(400, 'RoleAssignmentUpdateNotPermitted', 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.');
        }
        const scope = idKey(scopeOf(id));
        const twin = dependencies.existing().find((other) =>
          idKey(other.id) !== idKey(id) && idKey(String(other.properties['scope'])) === scope &&
          other.properties['principalId'] === principalId && lastSegment(String(other.properties['roleDefinitionId'])) === lastSegment(roleDefinitionId));
        if (twin) throw new AzureError(409, 'RoleAssignmentExists', `The role assignment already exists: ${twin.id}.`);
      },
      complete(draft) {
        draft.properties['scope'] = scopeOf(draft.id);
        draft.properties['principalType'] ??= 'ServicePrincipal';
      },
    },
  };
}

function scopeOf(id: string): string {
  return id.slice(0, id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/roleassignments/'));
}

function lastSegment(id: string): string | undefined {
  return id.split('/').at(-1)?.toLowerCase();
}
