import type { Authorizer, Resource } from '../arm/types.ts';
import { idKey } from '../arm/paths.ts';
import { findRole, matchesAction, type RoleDefinition } from './roleDefinitions.ts';

/** One assignment as the judgement needs it. */
export interface Assignment {
  readonly principalId: string;
  readonly role: RoleDefinition;
  /** Id key of the scope: lower case, no trailing slash; empty for the whole tenant. */
  readonly scope: string;
}

/**
 * Judges by the assignments that stand at this moment.
 * An assignment counts at its scope and at everything below it; rights add up, nothing denies.
 * Source: learn.microsoft.com, "What is Azure role-based access control (Azure RBAC)?".
 * @param assignments all assignments; asked anew at each judgement
 */
export function createAuthorizer(assignments: () => Iterable<Assignment>): Authorizer {
  return {
    isAllowed(principalId, action, scope, plane) {
      const key = idKey(scope);
      for (const assignment of assignments()) {
        if (assignment.principalId.toLowerCase() !== principalId.toLowerCase()) continue;
        if (key !== assignment.scope && !key.startsWith(`${assignment.scope}/`)) continue;
        if (roleAllows(assignment.role, action, plane)) return true;
      }
      return false;
    },
  };
}

/** The assignment that a stored role assignment stands for; undefined when its role is none of the known ones. */
export function toAssignment(resource: Resource, custom: readonly RoleDefinition[]): Assignment | undefined {
  const { principalId, roleDefinitionId, scope } = resource.properties;
  const role = findRole(String(roleDefinitionId), custom);
  return role ? { principalId: String(principalId), role, scope: idKey(String(scope)) } : undefined;
}

function roleAllows(role: RoleDefinition, action: string, plane: 'control' | 'data'): boolean {
  if (plane === 'data') return role.dataActions.some((pattern) => matchesAction(pattern, action));
  return role.actions.some((pattern) => matchesAction(pattern, action)) && !role.notActions.some((pattern) => matchesAction(pattern, action));
}
